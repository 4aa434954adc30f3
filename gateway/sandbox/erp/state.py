"""What the ERP holds: items with their changes, purchase orders of the day, sales orders it took."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.sandbox.erp import dialect, endpoints
from gateway.sandbox.refused import Refused
from gateway.sandbox.replenishment import PurchaseOrder, purchase_orders
from gateway.sandbox.stamps import local_date
from gateway.sandbox.system import Accepted, Behavior, System, fingerprint

_DAY_MS = 86_400_000
_MODIFIED_WITHIN_DAYS = 120
_CHANGEABLE = ("list_price", "active", "description")


class Erp(System):
    defaults: ClassVar[Behavior] = {"confirm_after_s": 5, "free_items": False}

    def __init__(self, *arguments: Any) -> None:
        self.changes: dict[int, dict[str, Any]] = {}
        self._purchases: tuple[date, list[PurchaseOrder]] | None = None
        super().__init__(*arguments)

    @property
    def sequence(self) -> int:
        return len(self.work)

    def plan(self) -> None:
        for order in self.work.values():
            self._plan_order(order)

    def routes(self) -> Sequence[Route]:
        return endpoints.routes(self)

    def words(self, refused: Refused) -> Response:
        return dialect.refusal(refused)

    def admits(self, request: Request, credential: str) -> bool:
        return request.headers.get("Authorization") == dialect.basic(credential)

    def modified_ms(self, number: int) -> int:
        change = self.changes.get(number)
        if change is not None:
            return int(change["at"])
        opened = int(self.journal.header["opened_ms"]) // _DAY_MS * _DAY_MS
        return opened - (number * 7919 % _MODIFIED_WITHIN_DAYS) * _DAY_MS - number % 997 * 60_000

    def change_item(self, number: int, changed: Mapping[str, Any]) -> None:
        self.record("item", number=number, changed={name: changed[name] for name in _CHANGEABLE if name in changed})

    def _apply_item(self, fact: dict[str, Any]) -> None:
        before = self.changes.get(fact["number"], {})
        self.changes[fact["number"]] = {**before, **fact["changed"], "at": fact["at"]}

    def purchases(self) -> list[PurchaseOrder]:
        """Return the purchase orders around the business day, computed once a day."""
        today = self.today()
        if self._purchases is None or self._purchases[0] != today:
            self._purchases = (today, purchase_orders(self.retailer, today))
        return self._purchases[1]

    def today(self) -> date:
        """Return the business day, which runs with the speed of work."""
        return local_date(self.clock.now_s() * 1000)

    def take_order(self, body: dict[str, Any], lines: list[dict[str, Any]]) -> Accepted:
        """Take a sales order; a resent one is another order, as this ERP knows no keys."""
        fact = self.record("order", number=f"SO-{len(self.work) + 1:06d}", lines=lines, body=body)
        order = self.work[fact["number"]]
        self._plan_order(order)
        return order

    def _apply_order(self, fact: dict[str, Any]) -> None:
        body = fact["body"]
        self.work[fact["number"]] = Accepted(
            kind="sales_order",
            number=fact["number"],
            reference=body["your_reference"],
            key=None,
            fingerprint=fingerprint(body),
            at_ms=fact["at"],
            due_from_s=fact["work_s"],
            location=None,
            lines=fact["lines"],
            body=body,
            status="received",
            changed_ms=fact["at"],
        )

    def change_order(self, number: str, quantities: list[int], deliveries: list[dict[str, Any]] | None) -> None:
        self.record("order_lines", number=number, quantities=quantities, deliveries=deliveries)

    def _apply_order_lines(self, fact: dict[str, Any]) -> None:
        order = self.work[fact["number"]]
        order.changed_ms = fact["at"]
        for line, told, quantity in zip(order.lines, order.body["lines"], fact["quantities"], strict=True):
            line["quantity"] = told["qty"] = quantity
        if fact.get("deliveries") is not None:
            order.body["deliveries"] = fact["deliveries"]

    def move_order(self, number: str, state: str) -> None:
        self.record("order_state", number=number, state=state)

    def _apply_order_state(self, fact: dict[str, Any]) -> None:
        order = self.work[fact["number"]]
        order.status, order.changed_ms = fact["state"], fact["at"]

    def _plan_order(self, order: Accepted) -> None:
        if order.status == "received":
            self.agenda.plan(order.due_from_s + float(self.behavior["confirm_after_s"]), partial(self._confirm, order))

    def _confirm(self, order: Accepted, _: float) -> None:
        if order.status == "received":
            self.move_order(order.number, "confirmed")
