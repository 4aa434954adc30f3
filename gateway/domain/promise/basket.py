"""What is asked for, and what it finds where: units that can be promised, weight, value, and the age of the figures."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from gateway.domain.ids import LocationCode, Sku
from gateway.domain.order import PlannedShipment
from gateway.domain.promise.options import PromiseFacts
from gateway.domain.quantities import SkuQuantity
from gateway.domain.stock import Freshness, StockPosition, available_to_sell, worst


def merged_lines(lines: Iterable[SkuQuantity]) -> tuple[SkuQuantity, ...]:
    """Return each sku once, with the units of all its lines, in the order of first mention."""
    units: dict[Sku, int] = {}
    for line in lines:
        units[line.sku] = units.get(line.sku, 0) + line.quantity
    return tuple(SkuQuantity(sku, quantity) for sku, quantity in units.items())


class Basket:
    """The lines, each sku once, and the units of them at each place; what is too old to be promised is kept apart (`withheld`)."""

    def __init__(self, facts: PromiseFacts, lines: Iterable[SkuQuantity]) -> None:
        self.lines = merged_lines(lines)
        self.weight_g_by_sku = facts.weight_g_by_sku
        self.weight_g = sum(facts.weight_g_by_sku.get(line.sku, 0) * line.quantity for line in self.lines)
        self.value = sum((facts.value_by_sku.get(line.sku, Decimal(0)) * line.quantity for line in self.lines), Decimal(0))
        self._positions: dict[tuple[LocationCode, Sku], StockPosition] = {}
        self.units: dict[LocationCode, dict[Sku, int]] = {}
        self.withheld: dict[LocationCode, dict[Sku, int]] = {}
        for line in self.lines:
            for position in facts.positions.get(line.sku, ()):
                self._put(position)

    def _put(self, position: StockPosition) -> None:
        units = available_to_sell(position)
        if units <= 0:
            return
        self._positions[position.location, position.sku] = position
        shelf = self.units if position.sellable else self.withheld
        shelf.setdefault(position.location, {})[position.sku] = units

    @property
    def skus(self) -> tuple[Sku, ...]:
        return tuple(line.sku for line in self.lines)

    def whole_at(self, location: LocationCode) -> bool:
        """Tell whether the place has all of it."""
        shelf = self.units.get(location, {})
        return all(shelf.get(line.sku, 0) >= line.quantity for line in self.lines)

    def missing_at(self, location: LocationCode) -> tuple[Sku, ...]:
        shelf = self.units.get(location, {})
        return tuple(line.sku for line in self.lines if shelf.get(line.sku, 0) < line.quantity)

    def total(self, sku: Sku) -> int:
        return sum(units.get(sku, 0) for units in self.units.values())

    def total_withheld(self, sku: Sku) -> int:
        return sum(units.get(sku, 0) for units in self.withheld.values())

    def age(self, shipments: Iterable[PlannedShipment], now: datetime) -> tuple[datetime, Freshness]:
        """Return the oldest figure that a plan rests on, and the worst freshness."""
        used = [self._positions[shipment.location, line.sku] for shipment in shipments for line in shipment.lines]
        return min((position.as_of for position in used), default=now), worst(position.freshness for position in used)
