"""The reckoning after a round: what the database and the systems' books hold, against the invariants."""

from collections import Counter, defaultdict

from gateway.domain.ids import sku_and_location
from tests.campaigns.campaign import Findings
from tests.campaigns.killing.books import Books
from tests.campaigns.killing.programs import BY_HAND, Case
from tests.campaigns.killing.shop import UNITS
from tests.campaigns.reckoning import Reckoning

EXPECTED = {
    "place": {"PLACED"},
    "reserve": {"HELD"},
    "place a hold": {"PLACED"},
    "change a hold": {"HELD"},
    "cancel": {"PLACED"},
    "re-route": {"PLACED", "Refused"},  # a relay may have told its place since: then nobody moves it
    "acknowledge": {"PLACED"},
    "carry out": {"PLACED"},
    "collect by hand": {"PLACED"},
}
"""What a repeat is told, when there is enough of everything."""


class RoundReckoning(Reckoning):
    def __init__(self, findings: Findings, books: Books) -> None:
        super().__init__(findings)
        self.books = books

    def of_all(self, cases: list[Case], answers: dict[int, str]) -> None:
        """Check what is at rest, and what callers were told."""
        self.at_rest()
        left = self.books.left()
        self.held(frozenset(mid for mid, claim in self.claims.items() if left[claim.key]))
        self.moved()
        self.counted()
        self.lifted(cases)
        self.planned()
        self.delivered()
        for case in cases:
            told, expected = answers.get(case.n), EXPECTED.get(case.program)
            self.check(told is None or expected is None or told in expected, f"I6 the repeat of {case} was told {told}")

    def counted(self) -> None:
        """I9: figures are their owners' own, and free what nobody claims of them."""
        left, units = self.books.left(), {str(place): units for place, units in UNITS.items()}
        for stock in self.stock.values():
            there = units[stock.key.rpartition("|")[2]] - left[stock.key]
            self.check(stock.q == there, f"I9 {stock}, its owner has {there}")

    def lifted(self, cases: list[Case]) -> None:
        """I9: what left by hand is subtracted no more, once its owner's figure counts it."""
        left, by_hand = self.books.left(), {case.sku for case in cases if case.program in BY_HAND}
        for key, stock in self.stock.items():
            kept = sum(marker.q for marker in stock.markers.values())
            gone = left[key] and sku_and_location(key)[0] in by_hand
            self.check(not (gone and kept), f"I9 {kept} units are kept for what has left {stock}")

    def planned(self) -> None:
        """I3 of plans: where units are claimed, the order says by when they are to go."""
        for order in self.orders.values():
            if order.order is None or order.st != "PLACED":
                continue
            for work in order.order.fulfillments:
                groups = (group for group in order.order.groups if group.id == work.group)
                places = {shipment.location for group in groups for shipment in group.plan}
                self.check(work.location in places, f"I3 {work.number} works at {work.location}, planned are {places}: {order.rid}")

    def delivered(self) -> None:
        """Each message has had one effect, in the order in which it was owed."""
        taken = self.books.receipts()
        times = Counter((line["source"], line["key"]) for line in taken)
        places = {(line["source"], line["key"]): n for n, line in enumerate(taken)}
        for waiting in self.open_messages():
            self.check(holds=False, violation=waiting)
        for order in self.orders.values():
            by_source: dict[str, list[int]] = defaultdict(list)
            for entry in order.outbox:
                effects = times[entry.source, entry.key]
                self.check(effects == 1 if entry.state == "ACKNOWLEDGED" else effects <= 1, f"I7 {effects} effects of {entry}")
                if effects:
                    by_source[entry.source].append(places[entry.source, entry.key])
            for source, in_order in by_source.items():
                self.check(in_order == sorted(in_order), f"I8 {order.rid} at {source}: {in_order}")
        owed = {(entry.source, entry.key) for order in self.orders.values() for entry in order.outbox}
        self.check(times.keys() <= owed, f"I7 {times.keys() - owed} were taken and are owed by nobody")
