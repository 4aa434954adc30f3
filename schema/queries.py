"""What can be asked: one field per question, each a line or two that call a resolver."""

import strawberry
from strawberry import UNSET

from gateway.domain.ids import Sku
from resolvers.questions import channels, sources
from resolvers.questions.availability import availabilities
from resolvers.questions.products import listed_products
from resolvers.questions.promises import delivery_promises, first_dates
from resolvers.questions.simulation import simulate
from schema.connections import Connection, CountedConnection
from schema.lookups import fulfillment_by, location_by, node_by, nodes_by, order_by, order_simulated, product_by, reservation_by
from schema.pages import (
    fulfillment_connection,
    hand_over_connection,
    location_connection,
    order_connection,
    product_connection,
    profile_connection,
)
from schema.types.availability import Availability
from schema.types.callers import Viewer
from schema.types.channels import Channel
from schema.types.fields import resolved
from schema.types.fulfillments import Fulfillment
from schema.types.fulfillments_input import FulfillmentFilter, FulfillmentKey
from schema.types.hand_overs import HandOver, HandOverFilter
from schema.types.info import Info
from schema.types.locations import Location
from schema.types.locations_input import LocationFilter, LocationKey
from schema.types.node import Node
from schema.types.orders import Order
from schema.types.orders_input import OrderFilter, OrderKey, OrderSort
from schema.types.places import NearInput
from schema.types.products import Product, product_list
from schema.types.products_input import ProductFilter, ProductKey, ProductSort
from schema.types.promises import DeliveryPromises, EarliestDelivery
from schema.types.promises_input import DeliveryPromisesInput, EarliestDeliveriesInput
from schema.types.reservations import Reservation
from schema.types.sources import Source
from schema.types.sourcing_profiles import ProfileState, SimulateSourcingInput, SourcingProfile, SourcingSimulation


@strawberry.type(description="What can be asked.")
class Query:
    @resolved("Null where unknown, and where the caller may not see it.")
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:  # noqa: A002 - the contract's name
        return await node_by(info, id)

    @resolved("In the order asked, null where unknown; at most 100.")
    async def nodes(self, info: Info, ids: list[strawberry.ID]) -> list[Node | None]:
        return await nodes_by(info, ids)

    @resolved("The caller itself.")
    async def viewer(self, info: Info) -> Viewer:
        return Viewer.of(info.context.principal)

    @resolved("All channels of the network.")
    async def channels(self, info: Info) -> list[Channel]:
        return [Channel.of(channel) for channel in channels.channels(info.context)]

    @resolved("One product; null where unknown.")
    async def product(self, info: Info, by: ProductKey) -> Product | None:
        return await product_by(info, by)

    @resolved("In the order asked, null where unknown; at most 250.")
    async def products_by_sku(self, info: Info, skus: list[str]) -> list[Product | None]:
        return await product_list(info, await listed_products(info.context, [Sku(sku) for sku in skus]))

    @resolved("Searched, filtered and sorted.")
    async def products(
        self,
        info: Info,
        filter: ProductFilter | None = UNSET,  # noqa: A002 - the contract's name
        sort: ProductSort | None = ProductSort.SKU,
        first: int | None = 24,
        after: str | None = UNSET,
    ) -> CountedConnection[Product]:
        return await product_connection(info, filter or ProductFilter(), sort or ProductSort.SKU, first, after or None)

    @resolved("One location; null where unknown.")
    async def location(self, info: Info, by: LocationKey) -> Location | None:
        return location_by(info, by)

    @resolved("Nearest first when `near` is given.")
    async def locations(
        self,
        info: Info,
        filter: LocationFilter | None = UNSET,  # noqa: A002 - the contract's name
        near: NearInput | None = UNSET,
        first: int | None = 50,
        after: str | None = UNSET,
    ) -> CountedConnection[Location]:
        return await location_connection(info, filter or LocationFilter(), near or None, first, after or None)

    @resolved("In the order asked, null where unknown; at most 250.")
    async def availability(
        self,
        info: Info,
        skus: list[str],
        channel_code: str | None = UNSET,
        max_age_seconds: int | None = UNSET,  # noqa: ARG002 - counts for the whole request and was read before it began
    ) -> list[Availability | None]:
        told = await availabilities(info.context, [Sku(sku) for sku in skus], channel_code or None)
        return [Availability.of(availability) if availability else None for availability in told]

    @resolved("What can be promised for a basket, with a token for each option.")
    async def delivery_promises(self, info: Info, input: DeliveryPromisesInput) -> DeliveryPromises:  # noqa: A002 - the contract's name
        return DeliveryPromises.of(info, await delivery_promises(info.context, input.wish()))

    @resolved("In the order asked, null where nothing can be promised.")
    async def earliest_deliveries(self, info: Info, input: EarliestDeliveriesInput) -> list[EarliestDelivery | None]:  # noqa: A002 - the contract's name
        services = tuple(input.service_codes) if input.service_codes else None
        skus = [Sku(sku) for sku in input.skus]
        found = await first_dates(info.context, input.channel_code or None, skus, input.destination.wish(), services)
        return [EarliestDelivery.of(date) if date else None for date in found]

    @resolved("The caller's own hold; null for any other.")
    async def reservation(self, info: Info, id: strawberry.ID) -> Reservation | None:  # noqa: A002 - the contract's name
        return await reservation_by(info, id)

    @resolved("Null where unknown, and where the caller may not see it.")
    async def order(self, info: Info, by: OrderKey) -> Order | None:
        return await order_by(info, by)

    @resolved("What the caller may see: its channel's, or its own.")
    async def orders(
        self,
        info: Info,
        filter: OrderFilter | None = UNSET,  # noqa: A002 - the contract's name
        sort: OrderSort | None = OrderSort.PLACED_AT_DESC,
        first: int | None = 20,
        after: str | None = UNSET,
    ) -> CountedConnection[Order]:
        return await order_connection(info, filter or OrderFilter(), sort or OrderSort.PLACED_AT_DESC, first, after or None)

    @resolved("Null where unknown, and where the caller may not see it.")
    async def fulfillment(self, info: Info, by: FulfillmentKey) -> Fulfillment | None:
        return await fulfillment_by(info, by)

    @resolved("A location's work list, the most urgent first.")
    async def fulfillments(
        self,
        info: Info,
        filter: FulfillmentFilter,  # noqa: A002 - the contract's name
        first: int | None = 50,
        after: str | None = UNSET,
    ) -> CountedConnection[Fulfillment]:
        return await fulfillment_connection(info, filter, first, after or None)

    @resolved("The systems behind the gateway.")
    async def sources(self, info: Info) -> list[Source]:
        return [Source.of(source, info.context.now) for source in await sources.sources(info.context)]

    @resolved("Versions of sourcing profiles, the newest first. Needs insights:read.")
    async def sourcing_profiles(
        self,
        info: Info,
        channel_code: str | None = UNSET,
        states: list[ProfileState] | None = UNSET,
        first: int | None = 20,
        after: str | None = UNSET,
    ) -> Connection[SourcingProfile]:
        return await profile_connection(info, channel_code or None, states or [], first, after or None)

    @resolved("Decides as routing would, and writes nothing. Needs insights:read.")
    async def simulate_sourcing(self, info: Info, input: SimulateSourcingInput) -> SourcingSimulation:  # noqa: A002 - the contract's name
        order = await order_simulated(info, input)
        return SourcingSimulation.of(await simulate(info.context, input.wish(order)))

    @resolved("Messages owed to the systems behind the gateway.")
    async def hand_overs(
        self,
        info: Info,
        filter: HandOverFilter | None = UNSET,  # noqa: A002 - the contract's name
        first: int | None = 50,
        after: str | None = UNSET,
    ) -> CountedConnection[HandOver]:
        return await hand_over_connection(info, filter or HandOverFilter(), first, after or None)
