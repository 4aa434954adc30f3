"""A plan that keeps the split policy at all, whatever it costs: few places that together have everything."""

import numpy as np

from gateway.domain.sourcing.integer_model import IntegerModel, Undecided
from gateway.domain.sourcing.loads import Ints
from gateway.domain.sourcing.prices import Offers
from gateway.domain.sourcing.rules import Loads, Rules


def covering_loads(offers: Offers, rules: Rules, time_cap_s: float) -> Loads | Undecided | None:
    """Return loads that send everything and keep the rules; None: it is proven that there are none.

    Which places, is an integer program far smaller than that of the cheapest plan: one number for each place. What each of them sends
    is then all that it can of what is still wanted.
    """
    given, model = _given(offers, rules, np.array(rules.quantities, np.int64)), IntegerModel()
    places = [model.column(1.0) for _ in range(len(given))]
    model.row(1, float(rules.most_shipments), dict.fromkeys(places, 1.0))
    for number, units in enumerate(rules.quantities):
        has = np.flatnonzero(given[:, number]).tolist()
        row = {places[place]: float(min(given[place, number], units)) for place in has}
        model.row(float(units), np.inf, row)
    found = model.solved(time_cap_s)
    if found.values is None:
        return None if found.infeasible else Undecided()
    loads = _loads(offers, rules, np.flatnonzero(np.rint(found.values)).tolist())
    return loads if rules.kept_by(loads) else Undecided()


def _loads(offers: Offers, rules: Rules, places: list[int]) -> Loads:
    """Return what each place sends: all that it can, those first that can send most."""
    wanted, loads = np.array(rules.quantities, np.int64), Loads()
    while places and wanted.any():
        given = _given(offers, rules, wanted)[places]
        first = int(np.argmax(given.sum(axis=1)))
        place, load = places.pop(first), given[first]
        load = _prepared(load, rules.splits, int(offers.most_units[place]))
        if load.any() and offers.sends(place, load.tolist()):
            loads[place] = tuple(load.tolist())
            wanted = wanted - load
    return loads


def _given(offers: Offers, rules: Rules, wanted: Ints) -> Ints:
    """Return what each place can send of what is wanted (places x lines): of a line that may not be split all or nothing."""
    have = np.minimum(offers.have, wanted)
    return np.where(np.array(rules.splits, bool) | (have == wanted), have, 0)


def _prepared(given: Ints, splits: tuple[bool, ...], most: int) -> Ints:
    """Return as much of it as can be prepared, line by line."""
    load, left = given.copy(), most
    for number, units in enumerate(given.tolist()):
        load[number] = min(units, left) if splits[number] else units * (units <= left)
        left -= int(load[number])
    return load
