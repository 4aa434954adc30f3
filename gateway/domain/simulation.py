"""Past orders sourced again under two profiles, each order by itself as if it were placed now: what would differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from decimal import Decimal

from gateway.domain.ids import ChannelCode, LocationCode
from gateway.domain.promise.basket import Basket
from gateway.domain.promise.options import DeliveryOption, Destination, PromiseFacts, PromiseRequest
from gateway.domain.promise.quote import options_by
from gateway.domain.promise.timetable import Timetable
from gateway.domain.quantities import SkuQuantity
from gateway.domain.sourcing.explain import told
from gateway.domain.sourcing.strategy import Sourced

TIMETABLE_ORDERS = 50
"""Orders to neighboring destinations that share one timetable; more would keep too many routes."""


@dataclass(frozen=True, slots=True)
class PastGroup:
    """Goods of an order that went the same way."""

    service: str
    lines: tuple[SkuQuantity, ...]
    destination: Destination | None = None
    pickup_location: LocationCode | None = None


@dataclass(frozen=True, slots=True)
class PastOrder:
    number: str
    channel: ChannelCode
    groups: tuple[PastGroup, ...]

    @property
    def where(self) -> tuple[str, str]:
        places = [group.destination for group in self.groups if group.destination]
        return (places[0].country_code, places[0].postal_code or "") if places else ("", "")


@dataclass(frozen=True, slots=True)
class Totals:
    """What orders come to; of one order, or of many. Units that a markdown would have met are expected ones."""

    orders: int = 0
    cost: Decimal = Decimal(0)
    parcels: int = 0
    shipments: int = 0
    late_days: int = 0
    late_orders: int = 0
    units: int = 0
    store_units: int = 0
    markdown_units: float = 0.0

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(**{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)})

    @property
    def splits(self) -> int:
        """Shipments beyond one an order."""
        return self.shipments - self.orders

    @property
    def store_share(self) -> float:
        return self.store_units / self.units if self.units else 0.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """`held` and `tried` are of the orders that both profiles source; the counts beside them of those that only one does, or neither."""

    held: Totals = field(default_factory=Totals)
    tried: Totals = field(default_factory=Totals)
    only_held: int = 0
    only_tried: int = 0
    neither: int = 0
    differences: tuple[Decimal, ...] = ()
    """Of the cost of each order that both source; more is dearer."""

    def __add__(self, other: "Comparison") -> "Comparison":
        return Comparison(**{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)})


def joined(parts: Sequence[Comparison]) -> Comparison:
    """Return the sum of many, without copying the differences over and over."""
    plain = sum((replace(part, differences=()) for part in parts), Comparison())
    return replace(plain, differences=tuple(amount for part in parts for amount in part.differences))


@dataclass(frozen=True, slots=True)
class Rivals:
    """What is known of a channel's orders under the profile that holds, and under the one that is tried."""

    held: PromiseFacts
    tried: PromiseFacts


def compared(orders: Sequence[PastOrder], rivals: Mapping[ChannelCode, Rivals], now: datetime) -> Comparison:
    """Return how the orders of known channels, all of one currency, differ; others are left out."""
    parts = []
    known = sorted((order for order in orders if order.channel in rivals), key=lambda order: (order.channel, order.where))
    for start in range(0, len(known), TIMETABLE_ORDERS):
        tables: dict[ChannelCode, tuple[Timetable, Timetable]] = {}
        for order in known[start : start + TIMETABLE_ORDERS]:
            if order.channel not in tables:
                table = Timetable(rivals[order.channel].held, now)
                tables[order.channel] = table, table.under(rivals[order.channel].tried)
            parts.append(_compared(order, *tables[order.channel]))
    return joined(parts)


def _compared(order: PastOrder, held: Timetable, tried: Timetable) -> Comparison:
    baskets = [Basket(held.facts, group.lines).at_hand() for group in order.groups]
    one, other = _totals(order, held, baskets), _totals(order, tried, baskets)
    if one is not None and other is not None:
        return Comparison(one, other, differences=(other.cost - one.cost,))
    return Comparison(only_held=int(one is not None), only_tried=int(other is not None), neither=int(one is other))


def _totals(order: PastOrder, timetable: Timetable, baskets: Sequence[Basket]) -> Totals | None:
    """Return what an order comes to; None when one of its groups, whose baskets these are, cannot be sourced."""
    total = Totals(orders=1)
    for group, basket in zip(order.groups, baskets, strict=True):
        request = PromiseRequest(
            group.lines,
            group.destination,
            group.pickup_location,
            services=(group.service,),
            max_pickup_locations=1,
            every_candidate=False,
        )
        options = options_by(timetable, request, basket).options
        if not options:
            return None
        total += _of(options[0], timetable)
    return replace(total, late_orders=int(total.late_days > 0))


def _of(option: DeliveryOption, timetable: Timetable) -> Totals:
    units = sum(line.quantity for each in option.shipments for line in each.lines)
    kinds = {each.location: timetable.facts.locations[each.location].kind for each in option.shipments}
    from_stores = sum(line.quantity for each in option.shipments if kinds[each.location] == "STORE" for line in each.lines)
    total = Totals(cost=option.cost, shipments=len(option.shipments), units=units, store_units=from_stores)
    return total + _sent(option.sourced) if option.sourced else total


def _sent(sourced: Sourced) -> Totals:
    shipments = [told(sourced.problem, each) for each in sourced.plan.shipments]
    risks = [risk for each in shipments for risk in each.risks]
    return Totals(
        parcels=sum(each.parcels for each in shipments),
        late_days=sum(each.late_days for each in shipments),
        markdown_units=sum(float(-risk.markdown_credit / risk.markdown_loss) for risk in risks if risk.markdown_loss),
    )
