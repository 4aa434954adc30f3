"""The reckoning after a round: what the database and the systems' books hold, against the invariants."""

from collections import Counter, defaultdict
from typing import Any

from adapters.mongo.movement_log import movement_of
from adapters.mongo.order_documents import order_of
from adapters.mongo.stock_documents import stock_of
from gateway.domain.claims.documents import OrderDoc, StockDoc
from gateway.domain.claims.recording import outstanding
from gateway.domain.movement import Movement
from tests.campaigns.campaign import Findings
from tests.campaigns.killing.books import Books
from tests.campaigns.killing.programs import Case

THROUGH = {"ACKNOWLEDGED", "DROPPED"}
UNITS_BEFORE = {"WH": 6, "LYO": 4, "NTE": 4}
EXPECTED = {
    "place": {"PLACED"},
    "reserve": {"HELD"},
    "place a hold": {"PLACED"},
    "change a hold": {"HELD"},
    "cancel": {"PLACED"},
    "re-route": {"PLACED"},
    "acknowledge": {"PLACED"},
}
"""What a repeat is told, when there is enough of everything."""


class Reckoning:
    def __init__(self, findings: Findings, books: Books) -> None:
        self.findings, self.books, self.check = findings, books, findings.check

    async def read(self, database: Any) -> None:
        self.orders = {one["_id"]: order_of(one) async for one in database["orders"].find()}
        self.stock = {one["_id"]: stock_of(one) async for one in database["stock"].find({"m": {"$exists": True}})}
        self.movements = [movement_of(one) async for one in database["movements"].find()]

    def of_all(self, cases: list[Case], answers: dict[int, str]) -> None:
        """Check what is at rest, and what callers were told."""
        for order in self.orders.values():
            self.at_rest(order)
        for stock in self.stock.values():
            self.in_sum(stock)
        self.moved()
        self.delivered()
        for case in cases:
            told = answers.get(case.n)
            expected = EXPECTED.get(case.program)
            self.check(told is None or expected is None or told in expected, f"I6 the repeat of {case} was told {told}")

    def at_rest(self, order: OrderDoc) -> None:
        self.check((order.change, order.undo, order.unsettled) == (None, (), False), f"I4 {order}")
        self.check(order.st != "NEW", f"I4 {order}")
        for claim in order.claims:
            marker = self.stock[claim.key].markers.get(claim.mid)
            units = marker.q if marker else 0
            issued = self.stock[claim.key].order > 0 and any(claim.key == line["key"] for line in self.books.lines("issued"))
            self.check(units == claim.units or (issued and units == 0), f"I3 {claim} of {order.rid} at {self.stock[claim.key]}")

    def in_sum(self, stock: StockDoc) -> None:
        held = {mid: marker.q for mid, marker in stock.markers.items() if marker.q}
        self.check(stock.free >= 0, f"I1 {stock}")
        self.check(stock.free + sum(held.values()) == stock.q, f"I2 {stock}")
        claims = {claim.mid for order in self.orders.values() if order.st in {"HELD", "PLACED"} for claim in order.claims}
        self.check(held.keys() <= claims, f"I4 {held.keys() - claims} at {stock.key} belong to nobody")
        sku, _, place = stock.key.partition("|")
        there = UNITS_BEFORE[place] - self.books.left()[stock.key]
        self.check(stock.q == there and stock.free == there - sum(held.values()), f"I9 {stock}, its owner has {there}")

    def moved(self) -> None:
        """The movements of each claim come to the units that it holds; what a scrub has to add is counted."""
        by_mid: dict[str, list[Movement]] = defaultdict(list)
        for movement in self.movements:
            if movement.rid:
                by_mid[movement.cause].append(movement)
        held = {mid: marker.q for stock in self.stock.values() for mid, marker in stock.markers.items() if marker.q}
        for mid in by_mid.keys() | held.keys():
            left = outstanding(by_mid[mid])
            self.check(left >= held.get(mid, 0), f"movements of {mid} leave {left} of {held.get(mid, 0)}: {by_mid[mid]}")
            self.findings.counts["claims whose movements a scrub completes"] += left > held.get(mid, 0)

    def delivered(self) -> None:
        """Each message has had one effect, in the order in which it was owed."""
        taken = self.books.receipts()
        times = Counter((line["source"], line["key"]) for line in taken)
        places = {(line["source"], line["key"]): n for n, line in enumerate(taken)}
        for order in self.orders.values():
            by_source: dict[str, list[int]] = defaultdict(list)
            for entry in order.outbox:
                self.check(entry.state in THROUGH, f"I7 {entry} of {order.rid} waits")
                effects = times[entry.source, entry.key]
                self.check(effects == 1 if entry.state == "ACKNOWLEDGED" else effects <= 1, f"I7 {effects} effects of {entry}")
                if effects:
                    by_source[entry.source].append(places[entry.source, entry.key])
            for source, order_of_taking in by_source.items():
                self.check(order_of_taking == sorted(order_of_taking), f"I8 {order.rid} at {source}: {order_of_taking}")
        owed = {(entry.source, entry.key) for order in self.orders.values() for entry in order.outbox}
        self.check(times.keys() <= owed, f"I7 {times.keys() - owed} were taken and are owed by nobody")
