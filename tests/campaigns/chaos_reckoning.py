"""What gateway and systems must agree on after the storm, to the unit: orders, works, figures and what callers were told."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

from adapters.mongo.client import client_of
from adapters.mongo.writes import Bounds
from gateway.domain.claims.documents import StockDoc
from gateway.domain.ids import StockKey
from gateway.domain.order import Order
from gateway.domain.ordering.owed import GIVING
from gateway.domain.outbox import OutboxEntry
from tests.campaigns.campaign import Findings
from tests.campaigns.chaos_fleet import DATABASE, Fleet
from tests.campaigns.reckoning import Reckoning, out_of_sequence
from tests.support.chaos import SUPPLIERS, Shopping

GONE = frozenset({"SHIPPED", "DELIVERED", "COLLECTED", "RETURN_REQUESTED", "RETURNED", "CANCELED", "UNSOURCED"})
OWNERS_OF_SHELVES = ("wms", "pos")
"""Systems that state what lies there; suppliers state what they can still sell."""
MOST_NAMED = 5


def in_database(fleet: Fleet, ask: Callable[[Any], Any]) -> Any:
    async def asked() -> Any:
        client = client_of(fleet.database.uri, Bounds(command_s=30.0), 120.0)
        try:
            return await ask(client[DATABASE])
        finally:
            client.close()

    return asyncio.run(asked())


class Marks:
    """I10: the place in its owner's order of every position, looked at again and again."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self._known: dict[StockKey, tuple[str, int]] = {}

    async def look(self, database: Any) -> None:
        async for one in database["stock"].find({"m": {"$exists": True}}, {"own": 1}):
            epoch, order = one["own"]["epoch"], one["own"]["seq"]
            before = self._known.get(one["_id"])
            falls = before is not None and before[0] == epoch and order < before[1]
            self.findings.check(not falls, f"I10 {one['_id']} went from {before} to {(epoch, order)}")
            self._known[one["_id"]] = (epoch, order)
        self.findings.counts["looks at every mark"] += 1


class ChaosReckoning(Reckoning):
    """`ledgers`: what each system has, by its code."""

    def __init__(self, findings: Findings, fleet: Fleet, shopping: Shopping) -> None:
        super().__init__(findings)
        self.shopping, self.own_sales = shopping, fleet.own_sales
        self.ledgers = {code: fleet.control(code, "GET", "ledger") for code in fleet.sources}
        in_database(fleet, self.read)
        self.placed = {order.order.number: order.order for order in self.orders.values() if order.order}

    @cached_property
    def owed(self) -> Counter[str]:
        """The units that orders have allocated and that have not left, by position."""
        owed = Counter[str]()
        for order in self.placed.values():
            for line in order.lines:
                for units in line.units:
                    if units.location and units.state not in GONE:
                        owed[f"{line.sku}|{units.location}"] += units.quantity
        return owed

    def differences(self) -> list[str]:
        """Return what only time may still bring together: messages on their way, figures and work not yet told."""
        return [*self.open_messages(), *self.unlike_figures()]

    def is_for_people(self, entry: OutboxEntry) -> bool:
        """Tell whether a person must say more: of what cannot be asked for, or of work that has begun and is not canceled any more."""
        too_late = entry.kind == "CANCEL" and entry.state == "DEAD" and entry.ambiguous_at is None
        return too_late or (entry.state == "PARKED" and entry.source in SUPPLIERS)

    def is_sold_short(self, stock: StockDoc) -> bool:
        """Tell whether the owner itself, where it may, has sold what orders wait for: it has less than that."""
        there = self.ledgers[stock.source]["stock"].get(stock.key.rpartition("|")[2], {}).get(stock.key.rpartition("|")[0], 0)
        short = (
            self.own_sales and stock.source in OWNERS_OF_SHELVES and stock.q + stock.unavailable == there and stock.q < self.owed[stock.key]
        )
        self.findings.counts["positions sold short by their owner"] += short
        return short

    def unlike_figures(self) -> Iterator[str]:
        """I9: what an owner has is what the ledger has of it, and what is allocated there is what orders have not sent yet."""
        for key, stock in self.stock.items():
            sku, _, place = key.rpartition("|")
            held, there = sum(marker.q for marker in stock.markers.values()), self.ledgers[stock.source]["stock"].get(place, {}).get(sku)
            if stock.source in OWNERS_OF_SHELVES and (stock.q + stock.unavailable, held) != (there, self.owed[key]):
                self.tell(stock)
                yield f"I9 {stock}: its owner has {there}, orders wait for {self.owed[key]}"

    def of_all(self) -> None:
        self.at_rest()
        self.held(frozenset(self.reflected()))
        self.moved()
        self.effects()
        self.sequence()
        self.answers()
        for order in self.placed.values():
            for line in order.lines:
                self.check(sum(units.quantity for units in line.units) == line.quantity, f"I11 {order.number} line {line.id}: {line.units}")

    def tell(self, stock: StockDoc) -> None:
        """Put the whole story of a position beside a violation of it."""
        rows: list[tuple[Any, ...]] = [("at", "kind", "cause", "change", "quantity", "units", "left")]
        movements = sorted((one for one in self.movements if one.key == stock.key), key=lambda one: one.at)
        rows += [(one.at.isoformat(), one.kind, one.cause, one.change, one.quantity, one.units, one.left) for one in movements]
        sku, _, place = stock.key.rpartition("|")
        for work in self.ledgers[stock.source]["accepted"]:
            units = sum(line["quantity"] for line in work["lines"] if line["sku"] == sku)
            if units and work["location"] in {place, None}:
                rows.append((work["at"], "at its owner", work["reference"], units, work["status"], "", ""))
        for order in self.orders.values():
            for claim in order.claims:
                if claim.key == stock.key:
                    states = (
                        [units.state for line in order.order.lines for units in line.units if units.mid == claim.mid] if order.order else []
                    )
                    told = [(entry.kind, entry.state) for entry in order.outbox if entry.source == stock.source]
                    rows.append((order.touched_ms, "claim", claim.mid, claim.units, order.st, str(states), str(told)))
        self.findings.details[f"The story of {stock.key}"] = rows

    def reflected(self) -> Iterator[str]:
        """Yield the claims that their owner's figure counts: of goods that have left, and what a supplier has taken."""
        for order in self.placed.values():
            for line in order.lines:
                yield from (units.mid for units in line.units if units.mid and (units.state in GONE or units.location in SUPPLIERS))

    def effects(self) -> None:
        """I7: each order and each work is at its system once; where nobody can be asked, at most once."""
        taken = {code: Counter(work["reference"] for work in ledger["accepted"]) for code, ledger in self.ledgers.items()}
        states: dict[tuple[str, str], set[str]] = defaultdict(set)
        for order in self.orders.values():
            for entry in order.outbox:
                if entry.kind in GIVING and order.order:
                    states[entry.source, order.order.number if entry.kind == "ORDER" else entry.leg].add(entry.state)
                self.findings.counts[f"messages {entry.state.lower()}"] += 1
        for (source, reference), reached in states.items():
            times = taken[source][reference]
            self.check(times == 1 if "ACKNOWLEDGED" in reached else times <= 1, f"I7 {reference} is {times} times at {source}: {reached}")
        for code, references in taken.items():
            ours = {
                reference for reference in references if (code, reference) not in states and reference.partition("-")[0] in self.heads()
            }
            self.check(not ours, f"I7 {code} has {sorted(ours)[:MOST_NAMED]}, which nobody owes it")

    def sequence(self) -> None:
        for order in self.orders.values():
            for passed in out_of_sequence(order.outbox):
                self.check(holds=False, violation=f"{order.rid} {passed}")

    def heads(self) -> set[str]:
        return {number.partition("-")[0] for number in self.placed}

    def answers(self) -> None:
        """I5, I6: what was told is so; every order of a buyer was made by one key."""
        for wrong in self.shopping.wrong:
            self.check(holds=False, violation=wrong)
        counted = Counter(self.shopping.numbers)
        for number, times in counted.items():
            order: Order | None = self.placed.get(number)
            self.check(order is not None, f"I5 {number} was told as placed and is not there")
            self.check(times == 1, f"I6 {number} was made by {times} keys")
        self.findings.counts["orders told"] = len(counted)
