"""What a supplier holds: what can still be ordered of each article, and the purchase orders it took."""

from __future__ import annotations  # array takes no type arguments before 3.12

from array import array
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.sandbox.feed import Entry, Feed
from gateway.sandbox.refused import Refused, invalid
from gateway.sandbox.stamps import local_date
from gateway.sandbox.supplier import dialect, endpoints
from gateway.sandbox.system import Accepted, Behavior, System, fingerprint

_BACKORDER_DAYS = 21
_WEEKEND = 5
_AFTER = {
    "received": ("acknowledged", "acknowledge_after_s"),
    "acknowledged": ("despatched", "despatch_after_s"),
    "despatched": ("delivered", "deliver_after_s"),
}


class SupplierSystem(System):
    defaults: ClassVar[Behavior] = {
        "acknowledge_after_s": 5,
        "despatch_after_s": 60,
        "deliver_after_s": 600,
        "reject_rate": 0,
        "other_sales_per_hour": 10,
    }

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.supplier = next(one for one in self.retailer.suppliers if one.code == self.code)
        self.offered = self.retailer.offered(self.code)
        self.offered_numbers = {product.number for product in self.offered}
        self.available = self.retailer.first_levels(self.code)
        for number in set(range(self.retailer.sku_count)) - self.offered_numbers:
            self.available[number] = 0
        self.changes, self.updates, self.rev = Feed(), Feed(), 0

    @property
    def sequence(self) -> int:
        return self.rev

    def routes(self) -> Sequence[Route]:
        return endpoints.routes(self)

    def words(self, refused: Refused) -> Response:
        return dialect.refusal(refused)

    def admits(self, request: Request, credential: str) -> bool:
        return request.headers.get("Authorization") == f"Token {credential}"

    def levels(self) -> Mapping[str, array[int]]:
        return {self.code: self.available}

    def plan(self) -> None:
        for work in self.work.values():
            self._plan_order(work)
        self.pulse("other_sales_per_hour", 1, self._sell_elsewhere)

    def set_level(self, location: str, number: int, quantity: int, aside: int | None) -> None:
        if number not in self.offered_numbers:
            raise invalid("sku", f"{location} does not sell this product", self.retailer.products[number].item_no)
        if aside is not None:
            raise invalid("blocked", "a supplier tells available units only", aside)
        self.record("offer", number=number, available=quantity)

    def _apply_offer(self, fact: dict[str, Any]) -> None:
        self._move(fact, fact["number"], fact["available"], None)

    def _move(self, fact: dict[str, Any], number: int, available: int, reference: str | None) -> int:
        self.available[number] = available
        self.rev += 1
        self.changes.append(Entry(self.rev, fact["at"], f"o{self.rev}", (number, available, reference)))
        return self.rev

    def _sell_elsewhere(self) -> None:
        """Let another retailer order something, or the shelf fill up again."""
        number = self._random.choice(self.offered).number if self.offered else 0
        free = self.available[number]
        if free > 0:
            self.record("offer", number=number, available=free - self._random.randint(1, min(5, free)))
        elif self.offered:
            self.record("offer", number=number, available=self.retailer.first_levels(self.code)[number])

    def take_order(self, body: dict[str, Any], lines: list[dict[str, Any]]) -> Accepted:
        """Take a purchase order; a resent one is another order, as no reference is remembered."""
        number = f"{self.supplier.short}-{len(self.work) + 1:06d}"
        self.record("purchase", number=number, body=body, lines=lines)
        work = self.work[number]
        self._plan_order(work)
        return work

    def _apply_purchase(self, fact: dict[str, Any]) -> None:
        body = fact["body"]
        self.work[fact["number"]] = Accepted(
            kind="purchase_order",
            number=fact["number"],
            reference=body["po-number"],
            key=None,
            fingerprint=fingerprint(body),
            at_ms=fact["at"],
            due_from_s=fact["work_s"],
            location=self.code,
            lines=fact["lines"],
            body=body,
            status="received",
            changed_ms=fact["at"],
        )

    def _plan_order(self, work: Accepted) -> None:
        if work.status in _AFTER:
            following, after = _AFTER[work.status]
            due_s = float(work.extra.get("step_s", work.due_from_s)) + float(self.behavior[after])
            if work.status == "acknowledged":
                due_s = max(due_s, _complete_s(work))
            self.agenda.plan(due_s, partial(self._advance, work, work.status, following))

    def _advance(self, work: Accepted, status: str, following: str, due_s: float) -> None:
        if work.status != status:
            return
        outcomes = self._outcomes(work) if following == "acknowledged" else None
        self.record("status", number=work.number, status=following, step_s=due_s, outcomes=outcomes)
        self._plan_order(work)

    def _outcomes(self, work: Accepted) -> list[dict[str, Any]]:
        """Decide each line: accepted as far as there is enough, else backordered; rejected by chance."""
        taken: dict[int, int] = {}
        outcomes = []
        for place, line in enumerate(work.lines):
            number, quantity = line["n"], line["quantity"]
            enough = self.available[number] - taken.get(number, 0) >= quantity
            unlucky = self.unlucky(f"{work.number}/{place}")
            outcome = "rejected" if unlucky else "accepted" if enough else "backordered"
            if outcome == "accepted":
                taken[number] = taken.get(number, 0) + quantity
            outcomes.append({"outcome": outcome, "available-on": self._available_on(number, outcome)})
        return outcomes

    def _available_on(self, number: int, outcome: str) -> str | None:
        if outcome == "rejected":
            return None
        days = self.supplier.lead_time_days + number % 3 // 2 + (_BACKORDER_DAYS if outcome == "backordered" else 0)
        return _working_day(local_date(self.clock.now_s() * 1000), days).strftime("%Y%m%d")

    def cancel(self, work: Accepted) -> None:
        self.record("status", number=work.number, status="canceled", reason="requested", step_s=self.clock.now_s())

    def _apply_status(self, fact: dict[str, Any]) -> None:
        work = self.work[fact["number"]]
        work.status, work.changed_ms = fact["status"], fact["at"]
        work.extra["step_s"], work.extra["reason"] = fact["step_s"], fact.get("reason")
        match work.status:
            case "acknowledged":
                self._acknowledge(fact, work)
            case "canceled":
                self._give_back(fact, work)
            case "despatched":
                work.extra["parcels"] = [{"tracking-number": f"{self.supplier.short[:2]}{int(work.number[4:]):08d}", "carrier": "DPD"}]
            case _:
                pass
        self.rev += 1
        self.updates.append(Entry(self.rev, fact["at"], f"u{self.rev}", dialect.update_row(work)))
        if work.status == "acknowledged" and all(one["outcome"] == "rejected" for one in work.extra["outcomes"]):
            work.status = "rejected"

    def _acknowledge(self, fact: dict[str, Any], work: Accepted) -> None:
        work.extra["outcomes"] = [
            {
                "line": line["line"],
                "ean": line["code"],
                "quantity": line["quantity"],
                **decided,
                "stock-rev": self._move(fact, line["n"], self.available[line["n"]] - line["quantity"], work.reference)
                if decided["outcome"] == "accepted"
                else None,
            }
            for line, decided in zip(work.lines, fact["outcomes"], strict=True)
        ]

    def _give_back(self, fact: dict[str, Any], work: Accepted) -> None:
        for line, outcome in zip(work.lines, work.extra.get("outcomes", []), strict=False):
            if outcome["outcome"] == "accepted":
                self._move(fact, line["n"], self.available[line["n"]] + line["quantity"], work.reference)


def _complete_s(work: Accepted) -> float:
    """Return when the last backordered line is there: an order leaves as a whole."""
    awaited = [one["available-on"] for one in work.extra["outcomes"] if one["outcome"] == "backordered"]
    return datetime.strptime(max(awaited), "%Y%m%d").replace(tzinfo=UTC).timestamp() if awaited else 0.0


def _working_day(start: date, days: int) -> date:
    """Return the day so many working days after a day."""
    day = start
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < _WEEKEND
    return day
