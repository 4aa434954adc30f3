"""The rule by which positions become what a channel may sell of a sku now."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta

from gateway.domain.availability import Availability, AvailabilityStatus, KindQuantity
from gateway.domain.calendar import local_instant
from gateway.domain.catalogue import Price, Product
from gateway.domain.ids import LocationCode, Sku
from gateway.domain.location import LocationKind
from gateway.domain.network import Channel
from gateway.domain.scope import ChannelScope, Reach, is_preorder, released
from gateway.domain.stock import FRESHNESS_ORDER, Freshness, StockPosition, available_to_promise, available_to_sell, to_come

KINDS: tuple[LocationKind, ...] = ("WAREHOUSE", "STORE", "SUPPLIER")


class _Tally:
    """Sums over positions, safety stock already taken off at each: one place's debt takes nothing from another's shelf."""

    __slots__ = (
        "as_of",
        "collectable",
        "deliverable",
        "freshness",
        "locations_by_kind",
        "now",
        "stale",
        "units_by_kind",
        "until",
        "withheld",
    )

    def __init__(self, now: datetime, until: datetime | None) -> None:
        """Count what is there; with `until` also what comes by then."""
        self.now, self.until = now, until
        self.units_by_kind: dict[LocationKind, int] = {}
        self.locations_by_kind: dict[LocationKind, int] = {}
        self.deliverable = self.collectable = self.stale = self.withheld = 0
        self.as_of: datetime | None = None
        self.freshness: Freshness = "FRESH"

    def take(self, position: StockPosition, reach: Reach) -> None:
        """Count one position; an old one that may not be promised only marks the freshness."""
        if FRESHNESS_ORDER[position.freshness] > FRESHNESS_ORDER[self.freshness]:
            self.freshness = position.freshness
        units = max(0, available_to_sell(position))
        if self.until is not None:
            units = available_to_promise(position, self.until, self.now)
        if not position.sellable:
            self.withheld += units
            return
        if self.as_of is None or position.as_of < self.as_of:
            self.as_of = position.as_of
        if not units:
            return
        self.units_by_kind[reach.kind] = self.units_by_kind.get(reach.kind, 0) + units
        self.locations_by_kind[reach.kind] = self.locations_by_kind.get(reach.kind, 0) + 1
        self.deliverable += units if reach.delivers else 0
        self.collectable += units if reach.collects else 0
        self.stale += units if position.freshness != "FRESH" else 0


def availability(
    sku: Sku,
    channel: Channel,
    positions: Sequence[StockPosition],
    scope: ChannelScope,
    price: Price | None,
    product: Product | None,
    now: datetime,
    *,
    source_known: bool,
) -> Availability:
    """Return what the channel may sell of the sku now.

    `source_known` is False when a location in scope never reported the sku and its source is away: then nothing on hand elsewhere
    is UNKNOWN, not sold out. Supply to come is counted, and orderable, when nothing is there and the channel sells that far ahead.
    """
    counted = [position for position in positions if position.location in scope]
    tally = _tallied(counted, scope, now)
    sold = price is not None and product is not None and product.active
    quantity = sum(tally.units_by_kind.values())
    on_sale = sold and product is not None and released(product, channel, now)
    next_at = None if quantity > channel.limited_at and on_sale else next_available_at(counted, now)
    if sold and product is not None and product.release_on and not on_sale:
        opens_at = local_instant(product.release_on, time.min, channel.time_zone)
        next_at = max(next_at or opens_at, opens_at) if quantity == 0 else opens_at
    status = _status(channel, quantity, sold=sold, on_sale=on_sale, known=source_known and not tally.withheld, to_come=next_at is not None)
    if status in {"BACKORDER", "PREORDER"}:
        tally = _tallied(counted, scope, now, now + channel.sells_supply_within)
        quantity = sum(tally.units_by_kind.values())
    orderable = status in {"IN_STOCK", "LIMITED"} or (status in {"BACKORDER", "PREORDER"} and _sold_ahead(channel, product, quantity, now))
    return Availability(
        sku=sku,
        channel=channel.code,
        status=status,
        orderable=orderable,
        quantity=quantity if orderable else 0,
        deliverable_quantity=tally.deliverable if orderable else 0,
        collectable_quantity=tally.collectable if orderable else 0,
        stale_quantity=tally.stale if orderable else 0,
        by_kind=_by_kind(tally.units_by_kind, tally.locations_by_kind) if orderable else (),
        location_count=sum(tally.locations_by_kind.values()) if orderable else 0,
        next_available_at=next_at if sold else None,
        as_of=tally.as_of or min((position.as_of for position in counted), default=None),
        freshness="DOWN" if status == "UNKNOWN" and not source_known else tally.freshness,
    )


def _tallied(positions: Sequence[StockPosition], scope: ChannelScope, now: datetime, until: datetime | None = None) -> _Tally:
    tally = _Tally(now, until)
    for position in positions:
        tally.take(position, scope[position.location])
    return tally


def _sold_ahead(channel: Channel, product: Product | None, quantity: int, now: datetime) -> bool:
    """Tell whether units are sold that are not there, or of an article that is not on sale yet."""
    on_sale_in_time = product is not None and (released(product, channel, now) or is_preorder(product, channel, now))
    return quantity > 0 and on_sale_in_time and channel.sells_supply_within > timedelta(0)


def _by_kind(units: Mapping[LocationKind, int], locations: Mapping[LocationKind, int]) -> tuple[KindQuantity, ...]:
    return tuple(KindQuantity(kind, units[kind], locations[kind]) for kind in KINDS if kind in units)


def _status(channel: Channel, quantity: int, *, sold: bool, on_sale: bool, known: bool, to_come: bool) -> AvailabilityStatus:
    if not sold:
        return "NOT_SOLD"
    if not on_sale:
        return "PREORDER"
    if quantity:
        return "LIMITED" if quantity <= channel.limited_at else "IN_STOCK"
    if not known:
        return "UNKNOWN"
    return "BACKORDER" if to_come else "OUT_OF_STOCK"


def next_available_at(positions: Sequence[StockPosition], now: datetime) -> datetime | None:
    """Return when supply to come first leaves a unit to sell at some place, what is owed there paid first.

    A lot past its date promises nothing until its owner speaks again.
    """
    return min((lot.expected_at for position in positions for lot in to_come(position, now) if lot.units), default=None)


def unreported(scope: ChannelScope, positions: Sequence[StockPosition]) -> frozenset[LocationCode]:
    """Return locations in scope that never told a figure of the sku."""
    return frozenset(scope).difference(position.location for position in positions)
