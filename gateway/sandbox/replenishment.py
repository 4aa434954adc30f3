"""Goods on their way from suppliers to warehouses: a pure function of the retailer and the day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from gateway.sandbox.dice import drawn
from gateway.sandbox.network import Retailer
from gateway.sandbox.places import Place, Supplier

HORIZON_WEEKS = 8
_WEEK_DAYS = 7
_FIRST_MONDAY = date(2024, 1, 1)
_CYCLE_WEEKS = (12, 8, 5, 4)  # per pace: a product is ordered again after so many weeks
_LOT = (20, 60, 160, 300)
_SLIP_NOTICE_DAYS = 3


@dataclass(frozen=True, slots=True)
class PurchaseOrder:
    """`lines` are (number of the product, quantity); the slip, if any, becomes known on `slipped_on`."""

    number: str
    supplier: str
    warehouse: str
    original_on: date
    slipped_on: date | None
    slipped_to: date
    ordered_on: date
    lines: tuple[tuple[int, int], ...]

    def expected_on(self, today: date) -> date:
        return self.slipped_to if self.slipped_on is not None and today >= self.slipped_on else self.original_on

    def arrives_at(self) -> datetime:
        """Return when it really comes in: 08:00 UTC of its final day."""
        return datetime.combine(self.slipped_to, time(8), UTC)


def purchase_orders(retailer: Retailer, today: date, weeks_back: int = 1) -> list[PurchaseOrder]:
    """Return the orders whose original date lies from `weeks_back` before this week to eight weeks after it."""
    this_week = (today - _FIRST_MONDAY).days // _WEEK_DAYS
    weeks = range(this_week - weeks_back, this_week + HORIZON_WEEKS + 1)
    lines = _lines(retailer, weeks)
    return [
        _order(retailer, week, supplier, warehouse, found)
        for week in weeks
        for supplier in retailer.suppliers
        for warehouse in retailer.warehouses
        if (found := lines.get((week, supplier.code, warehouse.code)))
    ]


def _lines(retailer: Retailer, weeks: range) -> dict[tuple[int, str, str], list[tuple[int, int]]]:
    lines: dict[tuple[int, str, str], list[tuple[int, int]]] = {}
    for product in retailer.products:
        if not product.active:
            continue
        supplier = retailer.main_supplier(product)
        cycle = _CYCLE_WEEKS[product.pace]
        for place, warehouse in enumerate(retailer.warehouses):
            phase = (product.number * 7 + place * 3 + retailer.seed) % cycle
            for week in range(weeks.start + (phase - weeks.start) % cycle, weeks.stop, cycle):
                lot = _LOT[product.pace] * (4 + (product.number + week) % 5) // 4
                lines.setdefault((week, supplier.code, warehouse.code), []).append((product.number, lot))
    return lines


def _order(retailer: Retailer, week: int, supplier: Supplier, warehouse: Place, lines: Sequence[tuple[int, int]]) -> PurchaseOrder:
    key = (retailer.seed, "order", week, supplier.code, warehouse.code)
    monday = _FIRST_MONDAY + timedelta(weeks=week)
    original = monday + timedelta(days=1 + drawn(3, *key, "day"))
    slips = drawn(5, *key, "slips") == 0
    iso = monday.isocalendar()
    return PurchaseOrder(
        number=f"45-{iso.year}W{iso.week:02d}-{supplier.short}-{warehouse.code.removeprefix('WH-')}",
        supplier=supplier.code,
        warehouse=warehouse.code,
        original_on=original,
        slipped_on=original - timedelta(days=_SLIP_NOTICE_DAYS) if slips else None,
        slipped_to=original + timedelta(days=2 + drawn(5, *key, "slip")) if slips else original,
        ordered_on=original - timedelta(weeks=HORIZON_WEEKS + 2),
        lines=tuple(lines),
    )
