"""What the database holds once everything is at rest, against the invariants of the ledger and of orders."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from adapters.mongo.movement_log import movement_of
from adapters.mongo.order_documents import order_of
from adapters.mongo.stock_documents import stock_of
from gateway.domain.claims.documents import Marker, OrderDoc, StockDoc
from gateway.domain.claims.recording import outstanding
from gateway.domain.movement import Movement
from gateway.domain.outbox import OutboxEntry
from tests.campaigns.campaign import Findings

LIVING = frozenset({"HELD", "PLACED"})
OPEN = frozenset({"WAITING", "SENDING", "PARKED"})
SETTLED = frozenset({"ACKNOWLEDGED", "DROPPED"})
NOTHING = Marker(0, 0)


class Reckoning:
    """One reading of everything; each check says what it found by the name of the invariant."""

    def __init__(self, findings: Findings) -> None:
        self.findings, self.check = findings, findings.check

    async def read(self, database: Any) -> None:
        self.orders = {one["_id"]: order_of(one) async for one in database["orders"].find()}
        self.stock = {one["_id"]: stock_of(one) async for one in database["stock"].find({"m": {"$exists": True}})}
        self.rooms = {one["_id"]: stock_of(one) async for one in database["capacity"].find({"m": {"$exists": True}})}
        self.movements = [movement_of(one) async for one in database["movements"].find()]
        self.claims = {claim.mid: claim for order in self.orders.values() if order.st in LIVING for claim in order.claims}
        self.findings.counts["orders"] += len(self.orders)
        self.findings.counts["positions"] += len(self.stock)
        self.findings.counts["movements"] += len(self.movements)

    def at_rest(self) -> None:
        """I4 of orders, I1, I2 and I4 of stock."""
        for order in self.orders.values():
            self.check(
                (order.change, order.undo, order.unsettled, order.taken) == (None, (), False, ()),
                f"I4 {order.rid} is not at rest: {told(order)}",
            )
            self.check(order.st != "NEW", f"I4 {order.rid} was never decided")
        for key, stock in (self.stock | self.rooms).items():
            held = {mid: marker.q for mid, marker in stock.markers.items() if marker.q}
            self.check(stock.free + sum(held.values()) == stock.q, f"I2 {stock}")
            self.check(stock.free >= 0 or (key in self.stock and self.is_sold_short(stock)), f"I1 {stock}")
            kept = {mid for mid in held if stock.markers[mid].waits}  # until its owner's next word it is nobody's
            self.check(held.keys() - kept <= self.claims.keys(), f"I4 {held.keys() - self.claims.keys()} at {stock.key} belong to nobody")

    def is_sold_short(self, stock: StockDoc) -> bool:
        """Tell whether the owner itself has sold what was promised."""
        return False

    def held(self, reflected: frozenset[str]) -> None:
        """I3: every claim that its owner's figure does not count has its marker, with its units."""
        places = self.stock | self.rooms
        for mid, claim in self.claims.items():
            units = places[claim.key].markers.get(mid, NOTHING).q
            self.check(units == claim.units or (mid in reflected and not units), f"I3 {claim} at {places[claim.key]}")

    def moved(self) -> None:
        """The movements of each claim come to the units that it holds; what a scrub has to add is counted."""
        by_mid: dict[str, list[Movement]] = defaultdict(list)
        for movement in self.movements:
            if movement.rid:
                by_mid[movement.cause].append(movement)
        held = {mid: marker.q for stock in self.stock.values() for mid, marker in stock.markers.items() if marker.q}  # rooms are no goods
        for mid in by_mid.keys() | held.keys():
            left = outstanding(by_mid[mid])
            self.check(left >= held.get(mid, 0), f"movements of {mid} leave {left} of {held.get(mid, 0)}: {by_mid[mid]}")
            self.findings.counts["claims whose movements a scrub completes"] += left > held.get(mid, 0)

    def open_messages(self) -> list[str]:
        """Return messages that are neither through nor rightly left to a person."""
        return [
            f"I7 {entry.kind} of {order.rid} to {entry.source} is {entry.state}: {entry.last_error}"
            for order in self.orders.values()
            for entry in order.outbox
            if entry.state not in SETTLED and not self.is_left_to_people(order, entry)
        ]

    def is_left_to_people(self, order: OrderDoc, entry: OutboxEntry) -> bool:
        """Tell whether a person must say more, of this message or of one that it waits behind."""
        return any(one.source == entry.source and one.n <= entry.n and self.is_for_people(one) for one in order.outbox)

    def is_for_people(self, entry: OutboxEntry) -> bool:
        return False


def out_of_sequence(outbox: Sequence[OutboxEntry]) -> Iterator[str]:
    """Yield what breaks I8: to one system nothing goes before what was owed to it earlier."""
    for source in {entry.source for entry in outbox}:
        line = sorted((entry for entry in outbox if entry.source == source), key=lambda entry: entry.n)
        for before, after in pairwise(line):
            if before.state in OPEN and (after.attempts or after.state == "ACKNOWLEDGED"):
                yield f"I8 {source}: {after.key} went before {before.key}"
        times = [entry.acknowledged_at for entry in line if entry.acknowledged_at]
        if times != sorted(times):
            yield f"I8 {source}: acknowledged out of sequence: {[entry.key for entry in line]}"


def told(order: OrderDoc) -> str:
    return f"{order.st} change={order.change} undo={order.undo} unsettled={order.unsettled}"
