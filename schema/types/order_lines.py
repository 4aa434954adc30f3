"""Order lines: what was bought, and where its units are."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import Private

from gateway.domain import order as orders
from gateway.domain.ids import Sku
from gateway.domain.lifecycle import UnitState as State
from gateway.domain.order_amounts import units_in
from resolvers.live import bring_up_to_date
from resolvers.loaders import products_by_sku
from resolvers.sight import SeenOrder
from schema.ids import global_id
from schema.types.attributes import Attribute
from schema.types.fields import resolved
from schema.types.info import Info
from schema.types.locations import Location, location_at
from schema.types.money import Money
from schema.types.node import Node
from schema.types.order_kinds import UnitState
from schema.types.products import Product

if TYPE_CHECKING:
    from schema.types.delivery_groups import DeliveryGroup
    from schema.types.fulfillments import Fulfillment

RETURNABLE: frozenset[State] = frozenset({"DELIVERED", "COLLECTED"})


@strawberry.type(description="Units of a line with the same state and place.")
class UnitGroup:
    quantity: int
    state: UnitState
    expected_at: datetime | None = strawberry.field(description="For units that are not there yet.")
    units: Private[orders.UnitGroup]
    seen: Private[SeenOrder]

    @strawberry.field
    def location(self, info: Info) -> Location | None:
        return location_at(info, self.units.location) if self.units.location else None

    @strawberry.field
    def fulfillment(self) -> Annotated["Fulfillment", strawberry.lazy("schema.types.fulfillments")] | None:
        from schema.types.fulfillments import fulfillment_of  # noqa: PLC0415 - a fulfillment names order lines

        return fulfillment_of(self.seen, self.units.fulfillment)

    @classmethod
    def of(cls, seen: SeenOrder, units: orders.UnitGroup) -> "UnitGroup":
        return cls(quantity=units.quantity, state=UnitState(units.state), expected_at=units.expected_at, units=units, seen=seen)


@strawberry.type(description="What was bought.")
class OrderLine(Node):
    sku: str
    quantity: int
    unit_price: Money
    discount: Money
    reference: str | None = strawberry.field(description="The caller's own line number.")
    bought: Private[orders.OrderLine]
    seen: Private[SeenOrder]

    @strawberry.field
    async def product(self, info: Info) -> Product | None:
        return await product_of(info, self.bought.sku)

    @strawberry.field
    def attributes(self) -> list[Attribute]:
        return [Attribute.of(attribute) for attribute in self.bought.attributes]

    @strawberry.field
    def delivery_group(self) -> Annotated["DeliveryGroup", strawberry.lazy("schema.types.delivery_groups")]:
        from schema.types.delivery_groups import delivery_group_of  # noqa: PLC0415 - a delivery group names its lines

        return delivery_group_of(self.seen, self.bought.group)

    @resolved("Units that may still be returned.")
    def returnable(self) -> int:
        return units_in(self.bought, RETURNABLE)

    @resolved("Groups of units with the same state and place; their quantities add up to the line's.")
    def units(self) -> list[UnitGroup]:
        return [UnitGroup.of(self.seen, units) for units in self.bought.units if units.quantity]

    @classmethod
    def of(cls, seen: SeenOrder, line: orders.OrderLine) -> "OrderLine":
        currency = seen.order.currency
        return cls(
            id=global_id("OrderLine", f"{seen.record.rid}/{line.id}"),
            sku=line.sku,
            quantity=line.quantity,
            unit_price=Money.rounded(line.unit_price, currency),
            discount=Money.rounded(line.discount, currency),
            reference=line.reference,
            bought=line,
            seen=seen,
        )


@strawberry.type(description="Units of one order line.")
class LineQuantity:
    line: OrderLine
    sku: str
    quantity: int


def order_line_of(seen: SeenOrder, line_id: str) -> OrderLine:
    return OrderLine.of(seen, next(line for line in seen.order.lines if line.id == line_id))


def line_quantities(seen: SeenOrder, units: Iterable[tuple[str, int]]) -> list[LineQuantity]:
    """Return units by order line id."""
    lines = [(order_line_of(seen, line_id), quantity) for line_id, quantity in units]
    return [LineQuantity(line=line, sku=line.sku, quantity=quantity) for line, quantity in lines]


async def product_of(info: Info, sku: Sku) -> Product | None:
    """Return the product of a line; one call for all lines of a level."""
    (product,) = await products_by_sku(info.context, [sku])
    if product is None:
        return None
    await bring_up_to_date(info.context, [sku])
    return Product.of(product)
