"""Objects by the keys that callers give: a malformed id and an unknown key are null, not an error."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

import strawberry

from gateway.domain.errors import BadInput
from gateway.domain.ids import Rid, Sku
from resolvers.questions import fulfillments, hand_overs, locations, orders, products, profiles, reservations, sourcing
from resolvers.questions.channels import channel
from resolvers.questions.stock import stock_at
from resolvers.sight import SeenOrder
from schema.ids import global_id, key_of, parsed_id
from schema.types.delivery_groups import DeliveryGroup
from schema.types.events import Event
from schema.types.fulfillment_parts import FulfillmentLine
from schema.types.fulfillments import Fulfillment
from schema.types.fulfillments_input import FulfillmentKey
from schema.types.given import given
from schema.types.hand_overs import HandOver
from schema.types.info import Info
from schema.types.locations import Location
from schema.types.locations_input import LocationKey
from schema.types.node import Node
from schema.types.order_lines import OrderLine
from schema.types.order_money import Refund
from schema.types.orders import Order
from schema.types.orders_input import OrderKey
from schema.types.products import Product, ProductGroup, product_list
from schema.types.products_input import ProductKey
from schema.types.reservations import Reservation
from schema.types.sourcing import SourcingDecision
from schema.types.sourcing_profiles import SimulateSourcingInput, SourcingProfile
from schema.types.stock import StockLevel

MOST_IDS = 100

Lookup: TypeAlias = Callable[[Info, str], Awaitable[Node | None]]


def one_given(field: str = "by", /, **members: object) -> None:
    """Raise BadInput unless exactly one member of a key is given: a supergraph may have dropped the directive that says so."""
    count = sum(given(value) is not None for value in members.values())
    if count != 1:
        raise BadInput(f"{field} takes exactly one of {', '.join(members)}, not {count}.")


async def product_by(info: Info, by: ProductKey) -> Product | None:
    one_given(id=by.id, sku=by.sku, gtin=by.gtin)
    if by.gtin:
        found = await products.product_by_gtin(info.context, by.gtin)
    else:
        sku = by.sku or key_of("Product", by.id or "")
        found = await products.product_by_sku(info.context, Sku(sku)) if sku else None
    return (await product_list(info, [found]))[0]


def location_by(info: Info, by: LocationKey) -> Location | None:
    one_given(id=by.id, code=by.code)
    code = by.code or key_of("Location", by.id or "")
    found = locations.location(info.context, code) if code else None
    return Location.of(found) if found else None


async def reservation_by(info: Info, text: str) -> Reservation | None:
    rid = key_of("Reservation", text)
    record = await reservations.reservation(info.context, Rid(rid)) if rid else None
    return Reservation.of(record, info.context.now) if record else None


async def order_by(info: Info, by: OrderKey) -> Order | None:
    seen = await seen_by(info, by)
    return Order.of(seen) if seen else None


async def seen_by(info: Info, by: OrderKey, field: str = "by") -> SeenOrder | None:
    one_given(field, id=by.id, number=by.number, own=by.own)
    if by.own:
        return await orders.own_order(info.context, by.own.number, by.own.secret)
    if by.number:
        return await orders.order_by_number(info.context, by.number)
    rid = key_of("Order", by.id or "")
    return await orders.order_by_rid(info.context, Rid(rid)) if rid else None


async def order_simulated(info: Info, given_input: SimulateSourcingInput) -> SeenOrder | None:
    """Return the order to simulate, None for a basket; raises BadInput for neither, and for an order that there is not."""
    by, lines = given(given_input.order), given(given_input.lines)
    if (by is None) == (lines is None):
        raise BadInput("simulateSourcing takes either order or lines.")
    seen = await seen_by(info, by, "order") if by else None
    if by and seen is None:
        raise BadInput("order: there is no such order.")
    return seen


async def fulfillment_by(info: Info, by: FulfillmentKey) -> Fulfillment | None:
    one_given(id=by.id, number=by.number)
    number = by.number or key_of("Fulfillment", by.id or "")
    found = await fulfillments.fulfillment(info.context, number) if number else None
    return Fulfillment.of(found) if found else None


async def node_by(info: Info, text: str) -> Node | None:
    named = parsed_id(text)
    lookup = LOOKUPS.get(named.type_name) if named else None
    return await lookup(info, named.key) if named and lookup else None


async def nodes_by(info: Info, ids: list[strawberry.ID]) -> list[Node | None]:
    """Return objects in the order asked; those of a kind are read in one call."""
    if len(ids) > MOST_IDS:
        raise BadInput(f"ids has {len(ids)} entries; ask for at most {MOST_IDS}.")
    return list(await asyncio.gather(*(node_by(info, text) for text in ids)))


async def product_node(info: Info, key: str) -> Node | None:
    return (await product_list(info, [await products.product_by_sku(info.context, Sku(key))]))[0]


async def group_node(info: Info, key: str) -> Node | None:
    found = await products.siblings(info.context, key, 1)
    return ProductGroup(id=global_id("ProductGroup", key), code=key, name=found[0].group_name or key) if found else None


async def location_node(info: Info, key: str) -> Node | None:
    found = locations.location(info.context, key)
    return Location.of(found) if found else None


async def stock_level_node(info: Info, key: str) -> Node | None:
    code, _, rest = key.partition("|")
    place_code, _, sku = rest.partition("|")
    found, place = channel(info.context, code), locations.location(info.context, place_code)
    if not (code and found and place):
        return None
    (position,) = stock_at(info.context, found, place.code, [Sku(sku)])
    return StockLevel.of(info, position, found.code) if position else None


async def reservation_node(info: Info, key: str) -> Node | None:
    return await reservation_by(info, global_id("Reservation", key))


async def order_node(info: Info, key: str) -> Node | None:
    seen = await orders.order_by_rid(info.context, Rid(key))
    return Order.of(seen) if seen else None


async def fulfillment_node(info: Info, key: str) -> Node | None:
    found = await fulfillments.fulfillment(info.context, key)
    return Fulfillment.of(found) if found else None


async def fulfillment_line_node(info: Info, key: str) -> Node | None:
    number, _, line_id = key.rpartition("/")
    found = await fulfillments.fulfillment(info.context, number)
    lines = found.fulfillment.lines if found else ()
    return next((FulfillmentLine.of(found.seen, number, line) for line in lines if found and line.id == line_id), None)


async def hand_over_node(info: Info, key: str) -> Node | None:
    found = await hand_overs.hand_over(info.context, key)
    return HandOver.of(found) if found else None


async def profile_node(info: Info, key: str) -> Node | None:
    found = await profiles.profile_by_key(info.context, key)
    return SourcingProfile.of(found) if found else None


async def decision_node(info: Info, key: str) -> Node | None:
    found = await sourcing.decision_by_id(info.context, key)
    return SourcingDecision.of(found) if found else None


def part_of_order(part: Callable[[SeenOrder, str], Node | None]) -> Lookup:
    """Return the lookup of something that lives in an order, by `rid/its id there`."""

    async def lookup(info: Info, key: str) -> Node | None:
        rid, _, part_id = key.partition("/")
        seen = await orders.order_by_rid(info.context, Rid(rid))
        return part(seen, part_id) if seen else None

    return lookup


def order_line(seen: SeenOrder, part_id: str) -> Node | None:
    return next((OrderLine.of(seen, line) for line in seen.order.lines if line.id == part_id), None)


def delivery_group(seen: SeenOrder, part_id: str) -> Node | None:
    return next((DeliveryGroup.of(seen, group) for group in seen.order.groups if group.id == part_id), None)


def refund(seen: SeenOrder, part_id: str) -> Node | None:
    return next((Refund.of(seen, refund) for refund in seen.order.refunds if refund.id == part_id), None)


def event(seen: SeenOrder, part_id: str) -> Node | None:
    return next((Event.of(seen, event) for _, event in orders.history(seen) if event.id == part_id), None)


LOOKUPS: Mapping[str, Lookup] = MappingProxyType(
    {
        "Product": product_node,
        "ProductGroup": group_node,
        "Location": location_node,
        "StockLevel": stock_level_node,
        "Reservation": reservation_node,
        "Order": order_node,
        "OrderLine": part_of_order(order_line),
        "DeliveryGroup": part_of_order(delivery_group),
        "Refund": part_of_order(refund),
        "Event": part_of_order(event),
        "Fulfillment": fulfillment_node,
        "FulfillmentLine": fulfillment_line_node,
        "HandOver": hand_over_node,
        "SourcingDecision": decision_node,
        "SourcingProfile": profile_node,
    }
)
"""How an object is found by its id, for every type that has one."""
