"""Claims on supply to come: what of a lot can be promised, and how what was promised gets its units when they come.

A claim waits for one lot (its peg) and moves to the shelf in the very write that learns of the goods, oldest promise first, so that nobody
buys them before. A lot is never promised beyond its own units, and debts of the position are paid before it promises anything.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate, groupby

from gateway.domain.claims.documents import Marker, Peg, StockDoc
from gateway.domain.claims.meaning import Times
from gateway.domain.stock import Inbound

Markers = Mapping[str, Marker]


@dataclass(frozen=True, slots=True)
class Lot:
    """What of a lot is still to come, and when."""

    name: str
    at_ms: int
    units: int


def lot_name(feed: str, lot: Inbound) -> str:
    """Return the name that a claim knows a lot by: its source's own reference, else its date."""
    return f"{feed}#{lot.reference or date_of(lot)}"


def date_of(lot: Inbound) -> int:
    return milliseconds(lot.expected_at)


def milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def peg_of(feed: str, lot: Inbound) -> Peg:
    return Peg(lot_name(feed, lot), date_of(lot))


def lots_to_come(stock: StockDoc) -> list[Lot]:
    """Return the lots without what the shelf's figure is taken to count already, the next to come first."""
    units: dict[str, Lot] = {}
    for feed, lots in stock.lots.items():
        for lot in lots:
            name = lot_name(feed, lot)
            known = units.get(name)
            units[name] = Lot(name, date_of(lot), lot.quantity + (known.units if known else 0))
    left = [replace(lot, units=lot.units - stock.arrived.get(lot.name, 0)) for lot in units.values()]
    return sorted((lot for lot in left if lot.units > 0), key=lambda lot: (lot.at_ms, lot.name))


def inbound_left(stock: StockDoc) -> tuple[Inbound, ...]:
    """Return what is still to come, each with what can be promised of it: together they never promise more than `atp` at any date."""
    promised, arrived, left = waiting(stock.markers), Counter(stock.arrived), []
    promisable_units = steps_of_atp(stock)
    for feed, lots in stock.lots.items():
        for lot in lots:
            name = lot_name(feed, lot)
            came = min(lot.quantity, arrived[name])
            taken = min(lot.quantity - came, promised[name])
            available = min(max(0, lot.available - came - taken), promisable_units[name])
            arrived[name] -= came
            promised[name] -= taken
            promisable_units[name] -= available
            if lot.quantity > came:
                left.append(replace(lot, quantity=lot.quantity - came, available=available, lot=name))
    return tuple(left)


def steps_of_atp(stock: StockDoc) -> Counter[str]:
    """Return by lot how much `atp` rises with it: atp(t) is the least of all that is left at t or later, what is owed paid first."""
    lots, promised = lots_to_come(stock), waiting(stock.markers)
    owed = promised.total() - sum(promised[lot.name] for lot in lots) - min(0, stock.free)
    dates = [(at_ms, tuple(same)) for at_ms, same in groupby(lots, key=lambda lot: lot.at_ms)]
    curve = list(accumulate((sum(lot.units - promised[lot.name] for lot in same) for _, same in dates), initial=-owed))[1:]
    steps, before = Counter[str](), 0
    for n, (_, same) in enumerate(dates):
        atp = max(0, min(curve[n:]))
        for lot in same:
            steps[lot.name] = min(max(0, lot.units - promised[lot.name]), atp - before)
            before += steps[lot.name]
        before = atp
    return steps


def waiting(markers: Markers) -> Counter[str]:
    """Return the promised units that are still to come, by lot."""
    units = Counter[str]()
    for marker in markers.values():
        if marker.peg:
            units[marker.peg.lot] += marker.due
    return units


def promisable(stock: StockDoc, peg: Peg, now: int) -> int:
    """Return how many units can be pegged to a lot: of its own, as far as nothing that is owed up to any later date needs them.

    A lot past its date promises nothing until its source speaks again; what was promised of it stays promised.
    """
    lots, promised = lots_to_come(stock), waiting(stock.markers)
    own = next((lot for lot in lots if lot.name == peg.lot), None)
    if own is None or own.at_ms <= now:
        return 0
    most = own.units - promised[own.name]
    left = min(0, stock.free) - (promised.total() - sum(promised[lot.name] for lot in lots))
    for lot, following in zip(lots, [*lots[1:], None], strict=True):
        surplus = lot.units - promised[lot.name]
        left += surplus if lot.at_ms > now else min(0, surplus)
        if lot.at_ms >= own.at_ms and (following is None or following.at_ms > lot.at_ms):
            most = min(most, left)
    return max(0, most)


def served(markers: Markers, lot: str, units: int) -> dict[str, Marker]:
    """Move up to so many promised units of a lot to the shelf, the oldest promise first; the last one maybe in part."""
    after = dict(markers)
    for mid in sorted(after, key=lambda mid: (after[mid].dl, mid)):
        marker = after[mid]
        part = min(marker.due, units) if marker.peg and marker.peg.lot == lot else 0
        if part:
            after[mid], units = replace(marker, due=marker.due - part), units - part
    return after


def with_arrival(stock: StockDoc, rise: int, now: int, times: Times) -> StockDoc:
    """Return a position whose figure rose by units that nothing explains: lots that are due close by them until their source speaks."""
    arrived, markers = dict(stock.arrived), stock.markers
    for lot in lots_to_come(stock):
        part = min(rise, lot.units) if lot.at_ms <= now + times.early_ms else 0
        if part > 0:
            arrived[lot.name], rise = arrived.get(lot.name, 0) + part, rise - part
            markers = served(markers, lot.name, part)
    return with_promises_kept(replace(stock, arrived=arrived, markers=markers))


def with_promises_kept(stock: StockDoc) -> StockDoc:
    """Serve from the shelf what was promised of lots that do not bring it any more: they came, or never will."""
    markers, units = stock.markers, {lot.name: lot.units for lot in lots_to_come(stock)}
    free = stock.q - on_shelf(markers)
    for lot, due in sorted(waiting(markers).items()):
        part = min(due - units.get(lot, 0), free)
        if part > 0:
            markers, free = served(markers, lot, part), free - part
    return replace(stock, markers=dict(markers), free=free)


def with_lots(stock: StockDoc, feed: str, lots: tuple[Inbound, ...]) -> StockDoc:
    """Return a position of which a feed told its lots anew: of those that it tells otherwise than before, nothing has arrived yet."""
    told = {name: stock.lots[name] for name in stock.lots if name != feed} | ({feed: lots} if lots else {})
    same = {lot_name(feed, lot) for lot in lots if lot in stock.lots.get(feed, ())}
    others = {lot_name(name, lot) for name in stock.lots if name != feed for lot in stock.lots[name]}
    arrived = {name: units for name, units in stock.arrived.items() if name in same | others}
    return with_promises_kept(replace(stock, lots=told, arrived=arrived))


def on_shelf(markers: Markers) -> int:
    """Return the units that claims take from the shelf."""
    return sum(marker.shelf for marker in markers.values())
