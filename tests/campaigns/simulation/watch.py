"""Looks at every write that a majority has had, and at what callers were told: each invariant by its name."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from adapters.mongo.movement_log import movement_of
from adapters.mongo.order_documents import order_of
from adapters.mongo.stock_documents import stock_of
from gateway.domain.claims.documents import Claim, OrderDoc, StockDoc
from gateway.domain.claims.folding import standing_apart
from gateway.domain.claims.recording import outstanding
from gateway.domain.ids import Rid
from gateway.domain.movement import Movement
from tests.campaigns.simulation.commands import Documents
from tests.campaigns.simulation.replicas import Entry
from tests.campaigns.simulation.source import Owner

FINAL = {("PLACED", None), ("VOID", "INSUFFICIENT"), ("VOID", "CANCELED"), ("VOID", "EXPIRED")}


@dataclass
class Watch:
    """`been`: the states that an order has had; `told`: what callers were told of it."""

    owner: Owner
    counts: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    stock: dict[str, StockDoc] = field(default_factory=dict)
    orders: dict[Rid, OrderDoc] = field(default_factory=dict)
    been: dict[Rid, set[tuple[str, str | None]]] = field(default_factory=dict)
    told: list[tuple[Rid, tuple[str, str | None]]] = field(default_factory=list)

    def count(self, what: str, n: int = 1) -> None:
        self.counts[what] += n

    def check(self, holds: bool, violation: str) -> None:  # noqa: FBT001 - a truth is what it takes
        if not holds:
            self.violations.append(violation)

    def seen(self, entry: Entry, _documents: Documents) -> None:
        self.counts["writes of a majority"] += 1
        try:
            self.look(entry)
        except (KeyError, TypeError) as error:
            self.check(holds=False, violation=f"{entry.document} cannot be read: {error!r}")

    def look(self, entry: Entry) -> None:
        if entry.document and entry.collection == "stock":
            before, after = self.stock.get(entry.key), stock_of(entry.document)
            self.stock[entry.key] = after
            folded = {mid for mid, marker in before.markers.items() if marker.folded} if before else set()
            self.count("markers unfolded", len(folded & standing_apart(after.markers).keys()))
            self.on_stock(self.stock[entry.key])
        elif entry.document and entry.collection == "orders":
            before, after = self.orders.get(entry.key), order_of(entry.document)
            self.orders[entry.key] = after
            self.on_order(before, after)

    def on_stock(self, stock: StockDoc) -> None:
        self.check(stock.free + sum(marker.q for marker in stock.markers.values()) == stock.q, f"I2 {stock}")
        taken = {mid for mid, answer in self.owner.answers.items() if answer.word == "TAKEN"}
        on_its_way = sum(marker.q for mid, marker in stock.markers.items() if mid in taken)
        self.check(stock.free + on_its_way >= 0, f"I1 {stock}")
        for order in self.orders.values():
            self.held(order)

    def on_order(self, before: OrderDoc | None, after: OrderDoc) -> None:
        state = (after.st, after.why)
        self.been.setdefault(after.rid, set()).add(state)
        if before and (before.st, before.why) in FINAL:
            self.check((before.st, before.why) == state, f"I5 {before} became {after}")
        self.held(after)

    def held(self, order: OrderDoc) -> None:
        if order.st not in {"HELD", "PLACED"}:
            return
        for claim in order.claims:
            self.check(self.units_of(claim) >= claim.units or self.is_reflected(claim), f"I3 {claim} of {order} at {self.stock[claim.key]}")

    def units_of(self, claim: Claim) -> int:
        marker = self.stock[claim.key].markers.get(claim.mid)
        return marker.q if marker else 0

    def is_reflected(self, claim: Claim) -> bool:
        answer = self.owner.answers.get(claim.mid)
        return answer is not None and answer.word == "TAKEN" and self.stock[claim.key].order >= answer.k

    def hear(self, rid: Rid, answer: Any) -> None:
        """What is told has been decided by a majority, at that moment."""
        self.counts["answers"] += 1
        if not isinstance(answer, OrderDoc):
            self.counts[f"told {type(answer).__name__.lower()}"] += 1
            return
        state = (answer.st, answer.why)
        self.counts[f"told {answer.why or answer.st}"] += 1
        self.check(state in self.been.get(rid, set()), f"I5 {rid} was told {state}, which no majority decided")
        self.told.append((rid, state))

    def at_rest(self, documents: Documents) -> None:
        """Everything is recovered, delivered and told by its owner: nothing is held for nobody, and the numbers agree."""
        for rid, state in self.told:
            order = self.orders.get(rid)
            now = (order.st, order.why) if order else None
            self.check(state not in FINAL or state == now, f"I5 {rid} was told {state} and is {now}")
        for order in self.orders.values():
            self.check((order.change, order.undo, order.unsettled) == (None, (), False), f"I4 {order}")
            self.check(order.st in {"PLACED", "VOID"}, f"I4 {order}")
            self.delivered(order)
        claimed = {claim.mid for order in self.orders.values() if order.st == "PLACED" for claim in order.claims}
        taken = {mid for mid, answer in self.owner.answers.items() if answer.word == "TAKEN"}
        self.check(taken <= claimed, f"I7 {taken - claimed} were taken for nobody")
        for stock in self.stock.values():
            left = {mid: marker for mid, marker in stock.markers.items() if marker.q}
            self.check(not left, f"I4 {left} at {stock.key} belong to nobody")
            self.check(stock.free == self.owner.quantities[stock.key], f"I9 {stock}, its owner has {self.owner.quantities[stock.key]}")
        self.moved(documents)

    def delivered(self, order: OrderDoc) -> None:
        for claim in order.claims if order.st == "PLACED" else ():
            answer = self.owner.answers.get(claim.mid)
            whole = answer is not None and (answer.word, answer.units) == ("TAKEN", claim.units)
            self.check(whole, f"I7 {claim} of a placed order, its owner knows {answer}")

    def moved(self, documents: Documents) -> None:
        """No claim has given back more than it took, by its movements, also after a scrub; what that leaves open is counted."""
        of_claims: dict[str, list[Movement]] = {}
        for document in documents.get("movements", {}).values():
            if document.get("rid"):
                of_claims.setdefault(document["cause"], []).append(movement_of(document))
        for mid, movements in of_claims.items():
            left = outstanding(movements)
            self.check(left >= 0, f"movements of {mid} leave {left}: {movements}")
            self.counts["claims whose movements a scrub leaves open"] += left > 0
        self.counts["movements"] += len(documents.get("movements", {}))
