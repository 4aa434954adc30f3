"""Pages of lists: what a caller asks for, cut to a page and told with cursors."""

from gateway.domain.errors import BadInput
from resolvers.questions import fulfillments, hand_overs, listing, locations, orders, profiles
from resolvers.questions.channels import known_channel
from resolvers.sight import seen
from schema.connections import Connection, CountedConnection, Keyset, connection, keyset_after, page_size, unpacked
from schema.types.fulfillments import Fulfillment
from schema.types.fulfillments_input import FulfillmentFilter
from schema.types.hand_overs import HandOver, HandOverFilter
from schema.types.info import Info
from schema.types.locations import Location
from schema.types.locations_input import LocationFilter
from schema.types.near import near_point
from schema.types.orders import Order
from schema.types.orders_input import OrderFilter, OrderSort
from schema.types.places import NearInput
from schema.types.products import Product
from schema.types.products_input import ProductFilter, ProductSort
from schema.types.sourcing_profiles import ProfileState, SourcingProfile

Texts = tuple[str, ...]


def texts_after(after: str | None, listed: str) -> Texts | None:
    """Return the keyset of texts to go on after; raises BadInput for what is no cursor of this list."""
    keyset = unpacked(after, listed) if after is not None else None
    texts = tuple(value for value in keyset or () if isinstance(value, str))
    if after is not None and (not texts or len(texts) != len(keyset or ())):
        raise BadInput("after is no cursor of this list in this order; take endCursor or an edge's cursor of the page before.")
    return texts or None


async def product_connection(
    info: Info, filtered: ProductFilter, sort: ProductSort, first: int | None, after: str | None
) -> CountedConnection[Product]:
    channel = known_channel(info.context, filtered.channel_code or None)
    listed = f"products|{channel.code}|{sort.value}"
    begin = texts_after(after, listed)
    page = await listing.products(info.context, channel, filtered.wish(channel, sort), page_size(first), begin)
    return connection(
        CountedConnection[Product],
        page.rows,
        node=lambda row: Product.of(row[1]),
        keyset=lambda row: row[0],
        listing=listed,
        has_next=page.more,
        after=begin,
        total_count=page.total,
    )


async def location_connection(
    info: Info, filtered: LocationFilter, near: NearInput | None, first: int | None, after: str | None
) -> CountedConnection[Location]:
    size, point = page_size(first, default=50), near_point(info.context, near)
    listed = f"locations|{point.latitude},{point.longitude}" if point else "locations"
    begin = keyset_after(after, listed, (int, str) if point else (str,))
    channel = known_channel(info.context, None)
    found = await locations.locations(info.context, channel, filtered.wish(), point)

    def standing(nearby: locations.Nearby) -> Keyset:
        return nearby.order if point else (nearby.location.code,)

    rest = [nearby for nearby in found if begin is None or tuple(standing(nearby)) > tuple(begin)]
    return connection(
        CountedConnection[Location],
        rest[:size],
        node=lambda nearby: Location.of(nearby.location),
        keyset=standing,
        listing=listed,
        has_next=len(rest) > size,
        after=begin,
        total_count=len(found),
    )


async def order_connection(
    info: Info, filtered: OrderFilter, sort: OrderSort, first: int | None, after: str | None
) -> CountedConnection[Order]:
    listed = f"orders|{sort.value}"
    begin = texts_after(after, listed)
    page = await orders.orders(info.context, filtered.query(sort), page_size(first, default=20), begin)
    told = [(key, seen(info.context, record)) for key, record in zip(page.keys, page.records, strict=True)]
    return connection(
        CountedConnection[Order],
        [(key, order) for key, order in told if order],
        node=lambda row: Order.of(row[1]),
        keyset=lambda row: row[0],
        listing=listed,
        has_next=page.more,
        after=begin,
        total_count=page.total,
    )


async def fulfillment_connection(
    info: Info, filtered: FulfillmentFilter, first: int | None, after: str | None
) -> CountedConnection[Fulfillment]:
    listed = "fulfillments"
    begin = texts_after(after, listed)
    page = await fulfillments.fulfillments(info.context, filtered.wish(), page_size(first, default=50), begin)
    return connection(
        CountedConnection[Fulfillment],
        page.rows,
        node=lambda row: Fulfillment.of(row[1]),
        keyset=lambda row: row[0],
        listing=listed,
        has_next=page.more,
        after=begin,
        total_count=page.total,
    )


async def hand_over_connection(info: Info, filtered: HandOverFilter, first: int | None, after: str | None) -> CountedConnection[HandOver]:
    listed = "handOvers"
    begin = texts_after(after, listed)
    page = await hand_overs.hand_overs(info.context, filtered.query(), page_size(first, default=50), begin)
    return connection(
        CountedConnection[HandOver],
        page.rows,
        node=lambda row: HandOver.of(row[1]),
        keyset=lambda row: row[0],
        listing=listed,
        has_next=page.more,
        after=begin,
        total_count=page.total,
    )


async def profile_connection(
    info: Info, channel_code: str | None, wanted: list[ProfileState], first: int | None, after: str | None
) -> Connection[SourcingProfile]:
    size, listed = page_size(first, default=20), f"profiles|{channel_code}"
    begin = keyset_after(after, listed, (int,))
    told = await profiles.told_profiles(info.context, channel_code, [state.value for state in wanted])
    rows = [row for row in ((-n, one) for n, one in enumerate(reversed(told))) if begin is None or row[:1] > begin]
    rows.sort(key=lambda row: row[0])
    return connection(
        Connection[SourcingProfile],
        rows[:size],
        node=lambda row: SourcingProfile.of(row[1]),
        keyset=lambda row: row[:1],
        listing=listed,
        has_next=len(rows) > size,
        after=begin,
    )
