"""A good plan, not proven the cheapest: where a solver of integer programs starts from, and what is left when its time is up."""

from collections.abc import Iterator, Sequence

from gateway.domain.sourcing.millionths import micros
from gateway.domain.sourcing.prices import Offers
from gateway.domain.sourcing.rules import Loads, Rules

Load = tuple[int, ...]


def good_loads(offers: Offers, rules: Rules) -> Loads | None:
    """Return the better of two greedy plans that keep the rules, improved while it pays to hand a shipment over; None without any."""
    search = _Search(offers, rules)
    plans = [plan for by_units in (True, False) if (plan := search.greedy(by_units=by_units)) is not None]
    return min((search.improved(plan) for plan in plans if rules.kept_by(plan)), key=search.cost, default=None)


def improved_loads(offers: Offers, rules: Rules, loads: Loads) -> Loads:
    """Return a plan improved while it pays to hand a shipment over."""
    return _Search(offers, rules).improved(loads)


class _Search:
    def __init__(self, offers: Offers, rules: Rules) -> None:
        self._offers, self._rules = offers, rules
        self._known: dict[tuple[int, Load], int] = {}

    def price(self, candidate: int, load: Load) -> int:
        if (candidate, load) not in self._known:
            self._known[candidate, load] = micros(self._offers.cost(candidate, load)[0].total)
        return self._known[candidate, load]

    def cost(self, loads: Loads) -> int:
        return sum(self.price(candidate, load) for candidate, load in loads.items())

    def greedy(self, *, by_units: bool) -> Loads | None:
        """Take as much as one place has, again and again: from who has most, or from who asks least per unit."""
        wanted, loads = self._rules.quantities, Loads()
        while any(wanted) and len(loads) < self._rules.most_shipments:
            offered, open_lines = [], self._open(wanted, loads)
            for candidate in range(len(self._offers.candidates)):
                load = self.most(candidate, open_lines) if candidate not in loads else ()
                if any(load) and self._offers.sends(candidate, load):
                    units = sum(load)
                    offered.append((-units if by_units else 0, self.price(candidate, load) / units, candidate, load))
            if not offered:
                break
            _, _, candidate, load = min(offered)
            loads[candidate] = load
            wanted = tuple(want - units for want, units in zip(wanted, load, strict=True))
        return loads if loads and (self._rules.partial or not any(wanted)) else None

    def _open(self, wanted: Sequence[int], loads: Loads) -> Load:
        """Return what is wanted of the lines that may come from one place more."""
        used = [sum(load[number] > 0 for load in loads.values()) for number in range(len(wanted))]
        bounds = zip(wanted, used, self._rules.most_places, strict=True)
        return tuple(want if most is None or places < most else 0 for want, places, most in bounds)

    def most(self, candidate: int, wanted: Sequence[int]) -> Load:
        left, load = int(self._offers.most_units[candidate]), []
        for have, want, splits in zip(self._offers.have[candidate], wanted, self._rules.splits, strict=True):
            units = min(int(have), want, left)
            load.append(units if splits or units == want else 0)
            left -= load[-1]
        return tuple(load)

    def improved(self, loads: Loads) -> Loads:
        cost = self.cost(loads)
        while True:
            better = [(moved_cost, n, moved) for n, moved in enumerate(self._moves(loads)) if (moved_cost := self.cost(moved)) < cost]
            if not better:
                return loads
            cost, _, loads = min(better)

    def _moves(self, loads: Loads) -> Iterator[Loads]:
        """Yield plans in which one shipment is sent by another place, alone or together with what that place sends already."""
        for sender, load in loads.items():
            for other in range(len(self._offers.candidates)):
                if other == sender:
                    continue
                joint = tuple(mine + theirs for mine, theirs in zip(load, loads.get(other, (0,) * len(load)), strict=True))
                moved = {**{place: kept for place, kept in loads.items() if place != sender}, other: joint}
                if self._offers.sends(other, joint) and self._rules.kept_by(moved):
                    yield moved
