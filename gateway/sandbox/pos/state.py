"""What the tills hold: stock of every shop, the journal of what moved it, receipts, store tasks."""

from __future__ import annotations  # array takes no type arguments before 3.12

from array import array
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import accumulate
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.sandbox.dice import picked
from gateway.sandbox.feed import Entry, Feed
from gateway.sandbox.levels import PACE_WEIGHTS
from gateway.sandbox.pos import dialect, endpoints, steps
from gateway.sandbox.pos.opening import is_open
from gateway.sandbox.refused import Refused
from gateway.sandbox.stamps import local_time, wall_ms
from gateway.sandbox.system import Accepted, Behavior, System, fingerprint
from gateway.sandbox.webhooks import Body, Signed, Told

_REASONS = ("STOCK_NOT_FOUND", "STOCK_NOT_FOUND", "DAMAGED", "NO_CAPACITY")
_RECEIPTS_KEPT = 50_000
_TRIES = 6


class Pos(System):
    defaults: ClassVar[Behavior] = {
        "auto_staff": False,
        "staff_after_s": 60,
        "collect_after_s": 600,
        "reject_rate": 0,
        "sell_rate_per_hour": 6,
        "restock_rate_per_hour": 4,
        "only_when_open": False,
    }

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.on_hand = {shop.code: self.retailer.first_levels(shop.code) for shop in self.retailer.shops}
        self.display = {code: self.retailer.first_aside(code, row) for code, row in self.on_hand.items()}
        self.shop_by_no = {shop.code: shop for shop in self.retailer.shops}
        self.moves, self.move_no, self.receipt_no = Feed(), 0, 0
        self.receipts: OrderedDict[str, tuple[str, int, list[tuple[int, int]]]] = OrderedDict()
        self.number_by_reference: dict[str, str] = {}
        self._first = {code: row[:] for code, row in self.on_hand.items()}
        self._sold: dict[tuple[str, int], None] = {}
        self._weights = list(accumulate(PACE_WEIGHTS[product.pace] for product in self.retailer.products))
        self._numbers = range(self.retailer.sku_count)

    @property
    def sequence(self) -> int:
        return self.move_no

    def routes(self) -> Sequence[Route]:
        return endpoints.routes(self)

    def words(self, refused: Refused) -> Response:
        return dialect.refusal(refused)

    def admits(self, request: Request, credential: str) -> bool:
        return request.headers.get("Authorization") == f"Bearer {credential}"

    def levels(self) -> Mapping[str, array[int]]:
        return self.on_hand

    def aside(self) -> Mapping[str, array[int]]:
        return self.display

    def plan(self) -> None:
        for work in self.work.values():
            self.plan_task(work)
        shops = len(self.on_hand)
        self.pulse("sell_rate_per_hour", shops, self._sell)
        self.pulse("restock_rate_per_hour", shops, self._restock)

    def set_level(self, location: str, number: int, quantity: int, aside: int | None) -> None:
        delta = quantity - self.on_hand[location][number]
        self.record("count", shop=location, number=number, delta=delta, display=aside)

    def _apply_count(self, fact: dict[str, Any]) -> None:
        if fact["display"] is not None:
            self.display[fact["shop"]][fact["number"]] = fact["display"]
        self._move(fact, fact["shop"], fact["number"], "count", fact["delta"])

    def sell(self, shop: str, lines: list[tuple[int, int]], ago_ms: int = 0) -> str:
        """Ring up a sale and return its receipt; `ago_ms` is how much later the till posts it."""
        self.record("sale", shop=shop, lines=lines, stamp=max(self._last_ms, wall_ms()) - ago_ms)
        return self._receipt(shop)

    def _receipt(self, shop: str) -> str:
        return f"{shop}-{self.receipt_no:09d}"

    def _apply_sale(self, fact: dict[str, Any]) -> None:
        self.receipt_no += 1
        shop, lines, number = fact["shop"], [(line[0], line[1]) for line in fact["lines"]], self._receipt(fact["shop"])
        self.receipts[number] = (shop, fact["stamp"], lines)
        if len(self.receipts) > _RECEIPTS_KEPT:
            self.receipts.popitem(last=False)
        for product, quantity in lines:
            self._sold[shop, product] = None
            self._move(fact, shop, product, "return" if quantity < 0 else "sale", -quantity, receipt=number, stamp_ms=fact["stamp"])

    def _apply_delivery(self, fact: dict[str, Any]) -> None:
        self._sold.pop((fact["shop"], fact["number"]), None)
        self._move(fact, fact["shop"], fact["number"], "delivery", fact["delta"])

    def _move(
        self,
        fact: dict[str, Any],
        shop: str,
        number: int,
        kind: str,
        delta: int,
        *,
        receipt: str | None = None,
        reference: str | None = None,
        stamp_ms: int | None = None,
    ) -> None:
        self.on_hand[shop][number] += delta
        self.move_no += 1
        row = dialect.Move(shop, number, kind, delta, fact["at"], receipt, reference)
        entry = Entry(self.move_no, fact["at"] if stamp_ms is None else stamp_ms, f"J{shop}-{self.move_no:09d}", row)
        self.moves.append(entry)
        self.tell("move", entry)

    def _sell(self) -> None:
        """Let a customer at some shop buy something that lies on its shelves."""
        shop = self._random.choice(self.retailer.shops)
        if self.behavior["only_when_open"] and not is_open(shop.weekly_hours, local_time(wall_ms())):
            return
        on_hand, display = self.on_hand[shop.code], self.display[shop.code]
        for number in self._random.choices(self._numbers, cum_weights=self._weights, k=_TRIES):
            free = on_hand[number] - display[number]
            if free > 0:
                self.sell(shop.code, [(number, min(free, self._random.choice((1, 1, 1, 1, 2))))])
                return

    def _restock(self) -> None:
        """Bring the article that was sold the longest ago back to its first level."""
        if not self._sold:
            return
        shop, number = next(iter(self._sold))
        delta = self._first[shop][number] - self.on_hand[shop][number]
        if delta > 0:
            self.record("delivery", shop=shop, number=number, delta=delta)
        else:
            del self._sold[shop, number]

    def take_task(self, body: dict[str, Any], lines: list[dict[str, Any]]) -> Accepted:
        fact = self.record("task", number=f"T{len(self.work) + 1:06d}", body=body, lines=lines, fingerprint=fingerprint(body))
        work = self.work[fact["number"]]
        self.plan_task(work)
        return work

    def _apply_task(self, fact: dict[str, Any]) -> None:
        body = fact["body"]
        work = Accepted(
            kind="task",
            number=fact["number"],
            reference=body["client_ref"],
            key=body["client_ref"],
            fingerprint=fact["fingerprint"],
            at_ms=fact["at"],
            due_from_s=fact["work_s"],
            location=body["shop"],
            lines=fact["lines"],
            body=body,
            status="new",
            changed_ms=fact["at"],
        )
        self.work[work.number] = work
        self.number_by_reference[work.reference] = work.number
        self._tell_task(work)

    def step(
        self,
        work: Accepted,
        step: str,
        reason: str | None = None,
        parcels: list[dict[str, Any]] | None = None,
        quantities: list[int] | None = None,
    ) -> None:
        """Take a step; `quantities` are the units of each line that it is taken with, the others are left where they are."""
        self.record("step", number=work.number, step=step, reason=reason, parcels=parcels, quantities=quantities)
        self.plan_task(work)

    def _apply_step(self, fact: dict[str, Any]) -> None:
        work = self.work[fact["number"]]
        work.status, work.changed_ms = fact["step"], fact["at"]
        work.extra["step_s"] = fact["work_s"]
        work.extra["reason"] = fact["reason"]
        if fact["parcels"]:
            work.extra["parcels"] = fact["parcels"]
        for line, quantity in zip(work.lines, fact.get("quantities") or [], strict=False):
            line["quantity"] = quantity
        if steps.moves_stock(fact["step"]) and "moved_ms" not in work.extra:
            work.extra["moved_ms"] = fact["at"]
            for line in (line for line in work.lines if line["quantity"]):
                self._sold[work.location or "", line["n"]] = None
                self._move(fact, work.location or "", line["n"], "task", -line["quantity"], reference=work.reference)
        self._tell_task(work)

    def _tell_task(self, work: Accepted) -> None:
        self.tell("task", Entry(0, work.changed_ms, f"{work.number}-{work.status}", dialect.task(work)))

    def plan_task(self, work: Accepted) -> None:
        """Plan what the shop's own staff do next, when they are asked to work by themselves."""
        following = steps.next_automatic(work.body["kind"], work.status) if self.behavior["auto_staff"] else None
        if following is None:
            return
        step, share = following
        if share is None:
            due_s = float(work.extra["step_s"]) + float(self.behavior["collect_after_s"])
        else:
            due_s = work.due_from_s + share * float(self.behavior["staff_after_s"])
        self.agenda.plan(due_s, partial(self._staff_step, work, work.status, step))

    def _staff_step(self, work: Accepted, state: str, step: str, _: float) -> None:
        if work.status != state:
            return
        if step == "accepted" and self.unlucky(work.number):
            self.step(work, "rejected", picked(_REASONS, self.retailer.seed, work.number))
            return
        tracking = f"CC{int(work.number[1:]):09d}FR"
        self.step(work, step, parcels=[{"tracking": tracking, "carrier": "COLISSIMO"}] if step == "shipped" else None)

    def push(self) -> tuple[Body, Signed]:
        """Return how this system words and signs what it pushes."""

        def body(batch: Sequence[Told]) -> dict[str, Any]:
            events = [dialect.event(entry, self.retailer.products) for topic, entry in batch if topic == "move"]
            tasks = [entry.row for topic, entry in batch if topic == "task"]
            return {"journal": {"event": events}, "tasks": {"task": tasks}}

        return body, dialect.signed
