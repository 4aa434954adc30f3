"""What the WMS holds: numbered stock per facility, shipments on their way through the house, goods coming in."""

from __future__ import annotations  # array takes no type arguments before 3.12

from array import array
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.sandbox.dice import picked
from gateway.sandbox.feed import Entry, Feed
from gateway.sandbox.refused import Refused
from gateway.sandbox.replenishment import PurchaseOrder, purchase_orders
from gateway.sandbox.stamps import epoch_ms, local_date
from gateway.sandbox.system import Accepted, Behavior, System
from gateway.sandbox.webhooks import Body, Signed, Told
from gateway.sandbox.wms import dialect, endpoints

_DAY_S = 86_400
_STAGES = (("ACCEPTED", "PICKED", 0.4), ("PICKED", "PACKED", 0.7), ("PACKED", "SHIPPED", 1.0))
_REASONS = ("STOCK_NOT_FOUND", "STOCK_NOT_FOUND", "DAMAGED", "NO_CAPACITY")
_WEEKS_BACK, _ANNOUNCED_DAYS = 3, 10


class Wms(System):
    defaults: ClassVar[Behavior] = {
        "ship_after_s": 90,
        "deliver_after_s": 600,
        "auto_ship": True,
        "reject_rate": 0,
        "other_sales_per_hour": 10,
    }

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.on_hand = {place.code: self.retailer.first_levels(place.code) for place in self.retailer.warehouses}
        self.blocked = {code: self.retailer.first_aside(code, row) for code, row in self.on_hand.items()}
        self.changes, self.events = Feed(), Feed()
        self.change_no, self.event_seq = 0, 0
        self.number_by_key: dict[str, str] = {}
        self._received: set[str] = set()
        self._planned: set[str] = set()

    @property
    def sequence(self) -> int:
        return self.change_no

    def routes(self) -> Sequence[Route]:
        return endpoints.routes(self)

    def words(self, refused: Refused) -> Response:
        return dialect.refusal(refused)

    def admits(self, request: Request, credential: str) -> bool:
        return request.headers.get("X-Api-Key") == credential

    def levels(self) -> Mapping[str, array[int]]:
        return self.on_hand

    def aside(self) -> Mapping[str, array[int]]:
        return self.blocked

    def plan(self) -> None:
        self._planned.clear()
        for work in self.work.values():
            self.plan_shipment(work)
        self._plan_arrivals(self.clock.now_s())
        self.pulse("other_sales_per_hour", 1, self._sell_elsewhere)

    def set_level(self, location: str, number: int, quantity: int, aside: int | None) -> None:
        before, blocked = self.on_hand[location][number], self.blocked[location][number]
        self._change(location, number, "COUNT", quantity - before, 0 if aside is None else aside - blocked)

    def _change(self, facility: str, number: int, kind: str, delta: int, blocked_delta: int = 0) -> None:
        self.record("change", facility=facility, number=number, type=kind, delta=delta, blocked_delta=blocked_delta)

    def _apply_change(self, fact: dict[str, Any]) -> None:
        self._move(fact, fact["facility"], fact["number"], fact["type"], fact["delta"], fact["blocked_delta"])

    def _move(
        self, fact: dict[str, Any], facility: str, number: int, kind: str, delta: int, blocked_delta: int = 0, work: Accepted | None = None
    ) -> int:
        """Change one position under the next number, and tell it."""
        on_hand, blocked = self.on_hand[facility], self.blocked[facility]
        on_hand[number] += delta
        blocked[number] += blocked_delta
        self.change_no += 1
        reference, shipment = (work.reference, work.number) if work else (None, None)
        row = dialect.StockChange(facility, number, kind, delta, on_hand[number], blocked_delta, blocked[number], reference, shipment)
        entry = Entry(self.change_no, fact["at"], f"c{self.change_no}", row)
        self.changes.append(entry)
        self.tell("change", entry)
        return self.change_no

    def _sell_elsewhere(self) -> None:
        """Let another customer of the warehouse take something, as a wholesale order does."""
        facility = self._random.choice(list(self.on_hand))
        number = self._random.randrange(self.retailer.sku_count)
        free = self.on_hand[facility][number] - self.blocked[facility][number]
        if free > 0:
            self._change(facility, number, "ISSUE", -self._random.randint(1, min(5, free)))

    def purchases(self, at_s: float) -> list[PurchaseOrder]:
        return purchase_orders(self.retailer, local_date(at_s * 1000), _WEEKS_BACK)

    def announced(self) -> list[tuple[PurchaseOrder, int]]:
        """Return the orders that come in within ten days, each with the moment now expected."""
        now_s = self.clock.now_s()
        today = local_date(now_s * 1000)
        return [
            (order, epoch_ms(order.arrives_at() + timedelta(days=(order.expected_on(today) - order.slipped_to).days)))
            for order in self.purchases(now_s)
            if self._is_owed(order) and order.expected_on(today) <= today + timedelta(days=_ANNOUNCED_DAYS)
        ]

    def _is_owed(self, order: PurchaseOrder) -> bool:
        """Tell whether goods are still to come; what arrived before the data began lies in the first levels."""
        return order.number not in self._received and dialect.arrival_ms(order) > self.journal.header["opened_ms"]

    def _plan_arrivals(self, at_s: float) -> None:
        for order in self.purchases(at_s):
            if order.number not in self._planned and self._is_owed(order):
                self._planned.add(order.number)
                self.agenda.plan(dialect.arrival_ms(order) / 1000, partial(self._receive, order))
        self.agenda.plan(at_s + _DAY_S, self._plan_arrivals)

    def _receive(self, order: PurchaseOrder, _: float) -> None:
        self.record("receipt", purchase=order.number, facility=order.warehouse, lines=order.lines)

    def _apply_receipt(self, fact: dict[str, Any]) -> None:
        self._received.add(fact["purchase"])
        for number, quantity in fact["lines"]:
            self._move(fact, fact["facility"], number, "RECEIPT", quantity)

    def take_shipment(self, body: dict[str, Any], lines: list[dict[str, Any]], key: str | None, mark: str) -> Accepted:
        fact = self.record("shipment", number=f"SHP-{len(self.work) + 1:06d}", body=body, lines=lines, key=key, fingerprint=mark)
        work = self.work[fact["number"]]
        self.plan_shipment(work)
        return work

    def _apply_shipment(self, fact: dict[str, Any]) -> None:
        body = fact["body"]
        work = Accepted(
            kind="shipment",
            number=fact["number"],
            reference=body["orderRef"],
            key=fact["key"],
            fingerprint=fact["fingerprint"],
            at_ms=fact["at"],
            due_from_s=fact["work_s"],
            location=body["facilityId"],
            lines=fact["lines"],
            body=body,
            status="ACCEPTED",
            changed_ms=fact["at"],
        )
        work.extra["answer"] = dialect.shipment(work)
        self.work[work.number] = work
        if work.key is not None:
            self.number_by_key[work.key] = work.number
        self._tell_status(work)

    def plan_shipment(self, work: Accepted) -> None:
        if not self.behavior["auto_ship"]:
            return
        for status, following, share in _STAGES:
            if work.status == status:
                due_s = work.due_from_s + share * float(self.behavior["ship_after_s"])
                self.agenda.plan(due_s, partial(self._advance, work, status, following))
        if work.status == "SHIPPED":
            due_s = work.extra["shipped_s"] + float(self.behavior["deliver_after_s"])
            self.agenda.plan(due_s, partial(self._advance, work, "SHIPPED", "DELIVERED"))

    def _advance(self, work: Accepted, status: str, following: str, due_s: float) -> None:
        """Take the next step unless something else came between."""
        if work.status != status:
            return
        reason = self._refusal_reason(work) if following == "PICKED" else None
        if reason is not None:
            self.record("status", number=work.number, status="REJECTED", reason=reason)
            return
        self.record("status", number=work.number, status=following, shipped_s=due_s)
        self.plan_shipment(work)

    def _refusal_reason(self, work: Accepted) -> str | None:
        if self.unlucky(work.number):
            return picked(_REASONS, self.retailer.seed, work.number)
        on_hand, blocked = self.on_hand[work.location or ""], self.blocked[work.location or ""]
        wanted: dict[int, int] = {}
        for line in work.lines:
            wanted[line["n"]] = wanted.get(line["n"], 0) + line["quantity"]
        short = any(on_hand[number] - blocked[number] < quantity for number, quantity in wanted.items())
        return "STOCK_NOT_FOUND" if short else None

    def cancel(self, work: Accepted) -> None:
        self.record("status", number=work.number, status="CANCELED", reason="REQUESTED")

    def _apply_status(self, fact: dict[str, Any]) -> None:
        work = self.work[fact["number"]]
        work.status, work.changed_ms = fact["status"], fact["at"]
        work.extra["reason"] = fact.get("reason")
        if work.status == "SHIPPED":
            work.extra["shipped_s"] = fact["shipped_s"]
            work.extra["parcels"] = dialect.parcels(work, self.retailer.products)
            work.extra["changes"] = [
                self._move(fact, work.location or "", line["n"], "ISSUE", -line["quantity"], 0, work) for line in work.lines
            ]
        self._tell_status(work)

    def push(self) -> tuple[Body, Signed]:
        """Return how this system words and signs what it pushes."""

        def body(batch: Sequence[Told]) -> dict[str, Any]:
            changes = [dialect.stock_change(entry, self.retailer.products) for topic, entry in batch if topic == "change"]
            events = [dialect.shipment_event(entry) for topic, entry in batch if topic == "event"]
            return {"epoch": self.journal.epoch, "changes": changes, "events": events}

        return body, dialect.signed

    def _tell_status(self, work: Accepted) -> None:
        self.event_seq += 1
        entry = Entry(self.event_seq, work.changed_ms, f"e{self.event_seq}", dialect.event_row(work))
        self.events.append(entry)
        self.tell("event", entry)
