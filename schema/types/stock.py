"""Stock levels: one sku at one location, as a channel sees it."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import strawberry
from strawberry import UNSET, Private

from gateway.domain import location as places
from gateway.domain import stock as figures
from gateway.domain.ids import ChannelCode, Sku
from gateway.domain.stock import StockPosition, available_to_sell
from resolvers.questions import stock as questions
from resolvers.questions.channels import channel as channel_of
from schema.connections import CountedConnection, Keyset, connection, keyset_after, page_size
from schema.ids import global_id
from schema.types.enums import described
from schema.types.fields import resolved
from schema.types.freshness import Freshness
from schema.types.given import given
from schema.types.info import Info
from schema.types.location_kinds import LocationKind, LocationService
from schema.types.locations import Location, location_at
from schema.types.near import near_point
from schema.types.node import Node
from schema.types.places import NearInput
from schema.types.sources import Source, source_at

MOST_LEVELS = 500
MOST_INBOUND = 100


@described("What announces supply to come.")
class InboundKind(StrEnum):
    PURCHASE_ORDER = "PURCHASE_ORDER"
    DESPATCH_ADVICE = "DESPATCH_ADVICE"
    TRANSFER = "TRANSFER"
    RETURN = "RETURN"
    SUPPLIER_LEAD_TIME = "SUPPLIER_LEAD_TIME"


@strawberry.type(description="Dated supply to come.")
class Inbound:
    kind: InboundKind
    quantity: int
    available: int = strawberry.field(description="What orders have not claimed yet.")
    expected_at: datetime
    reference: str | None

    @classmethod
    def of(cls, lot: figures.Inbound, *, raw: bool) -> "Inbound":
        return cls(
            kind=InboundKind(lot.kind),
            quantity=lot.quantity,
            available=lot.available,
            expected_at=lot.expected_at,
            reference=lot.reference if raw else None,
        )


@strawberry.type(description="One sku at one location, as a channel sees it. The raw figures need stock:read.")
class StockLevel(Node):
    sku: str
    channel_code: str
    on_hand: int | None = strawberry.field(
        description="Physically there, as its owner last said; null for an owner who states only what it can sell."
    )
    unavailable: int | None = strawberry.field(description="On hand and not for sale: blocked, damaged, on display.")
    reserved: int | None = strawberry.field(description="Held for a short time.")
    allocated: int | None = strawberry.field(description="Promised to placed orders and not yet taken out of the owner's figure.")
    safety_stock: int | None = strawberry.field(description="Kept back from this channel here.")
    available: int = strawberry.field(description="onHand - unavailable - reserved - allocated - safetyStock, never under 0.")
    shortfall: int | None = strawberry.field(description="By how much more is promised than there is; 0 when all is well.")
    as_of: datetime = strawberry.field(
        description="The latest time at which the owner stated this figure, or a complete feed left it unchanged."
    )
    changed_at: datetime | None
    freshness: Freshness
    location: Location
    position: Private[StockPosition]

    @resolved("Units that can be promised for that time without breaking what is promised already.")
    def available_to_promise(self, info: Info, at: datetime) -> int:
        return figures.available_to_promise(self.position, at, info.context.now)

    @resolved("Null when their source is away and nothing is known.")
    def inbound(self, info: Info, first: int | None = 10) -> list[Inbound] | None:
        size = page_size(first, default=10, most=MOST_INBOUND)
        raw = info.context.principal.may("stock:read")
        return [Inbound.of(lot, raw=raw) for lot in questions.inbound(info.context, self.position)[:size]]

    @strawberry.field
    def source(self, info: Info) -> Source:
        return source_at(info, self.position.source)

    @classmethod
    def of(cls, info: Info, position: StockPosition, channel: ChannelCode) -> "StockLevel":
        raw = info.context.principal.may("stock:read")
        return cls(
            id=global_id("StockLevel", f"{channel}|{position.location}|{position.sku}"),
            sku=position.sku,
            channel_code=channel,
            on_hand=position.on_hand if raw else None,
            unavailable=position.unavailable if raw else None,
            reserved=position.reserved if raw else None,
            allocated=position.allocated if raw else None,
            safety_stock=position.safety_stock if raw else None,
            available=max(0, available_to_sell(position)),
            shortfall=figures.shortfall(position) if raw else None,
            as_of=position.as_of,
            changed_at=position.changed_at,
            freshness=Freshness(position.freshness),
            location=location_at(info, position.location),
            position=position,
        )


@strawberry.type(description="A location whose figure was never known, because its source is away.")
class UnknownStock:
    since: datetime
    place: Private[places.Location]

    @strawberry.field
    def location(self) -> Location:
        return Location.of(self.place)

    @strawberry.field
    def source(self, info: Info) -> Source:
        return source_at(info, self.place.source)


@strawberry.type(description="A page of stock levels.")
class StockLevelConnection(CountedConnection[StockLevel]):
    unknown: list[UnknownStock] = strawberry.field(
        description="Locations in scope whose figure was never known, because their source is away."
    )


@strawberry.input(description="All given conditions hold.")
class StockFilter:
    kinds: list[LocationKind] | None = UNSET
    location_codes: list[str] | None = UNSET
    services: list[LocationService] | None = strawberry.field(default=UNSET, description="All of these.")
    within_meters: int | None = UNSET
    available_only: bool | None = UNSET
    max_age_seconds: int | None = UNSET

    def wish(self) -> questions.StockWish:
        codes = given(self.location_codes)
        return questions.StockWish(
            kinds=frozenset(kind.value for kind in self.kinds) if self.kinds else None,
            locations=None if codes is None else frozenset(codes),
            services=tuple(service.value for service in self.services or ()),
            within_m=given(self.within_meters),
            available_only=bool(self.available_only),
        )


def level_keyset(placed: questions.Placed) -> Keyset:
    return placed.order


def stock_page(
    info: Info, channel_code: str | None, sku: Sku, wish: questions.StockWish, near: NearInput | None, first: int | None, after: str | None
) -> StockLevelConnection | None:
    """Return a page of a product's stock; None for an unknown channel."""
    channel = channel_of(info.context, channel_code)
    if channel is None:
        return None
    size, point = page_size(first, default=20, most=MOST_LEVELS), near_point(info.context, near)
    listing = f"stock|{channel.code}|{sku}|{point.latitude},{point.longitude}" if point else f"stock|{channel.code}|{sku}"
    begin = keyset_after(after, listing, (int, str))
    found = questions.stock(info.context, channel, sku, wish, point)
    rest = [placed for placed in found if begin is None or placed.order > begin]
    return connection(
        StockLevelConnection,
        rest[:size],
        node=lambda placed: StockLevel.of(info, placed.position, channel.code),
        keyset=level_keyset,
        listing=listing,
        has_next=len(rest) > size,
        after=begin,
        total_count=len(found),
        unknown=[UnknownStock(since=gap.since, place=gap.location) for gap in questions.untold(info.context, channel, sku, wish)],
    )


def stock_levels_at(info: Info, place: places.Location, skus: Sequence[Sku], channel_code: str | None) -> list[StockLevel | None] | None:
    """Return the stock of some skus at one place in the order asked; None for an unknown channel."""
    channel = channel_of(info.context, channel_code)
    if channel is None:
        return None
    figures_here = questions.stock_at(info.context, channel, place.code, skus)
    return [StockLevel.of(info, position, channel.code) if position else None for position in figures_here]
