"""Delivery groups: lines of an order that go the same way to the same place."""

from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import Private

from gateway.domain import delivery_group
from resolvers.questions.channels import service_named
from resolvers.questions.orders import personal
from resolvers.sight import SeenOrder
from schema.ids import global_id
from schema.types.channels import DeliveryService
from schema.types.delivery_promise import DeliveryPromise
from schema.types.info import Info
from schema.types.locations import Location, location_at
from schema.types.money import Money
from schema.types.node import Node
from schema.types.order_lines import LineQuantity, line_quantities
from schema.types.pickup_points import PickupPoint
from schema.types.places import Address

if TYPE_CHECKING:
    from schema.types.fulfillments import Fulfillment
from schema.types.fields import resolved


@strawberry.type(description="Lines of an order that go the same way to the same place, with their promise.")
class DeliveryGroup(Node):
    fee: Money
    promise: DeliveryPromise | None
    group: Private[delivery_group.DeliveryGroup]
    seen: Private[SeenOrder]

    @strawberry.field
    def service(self, info: Info) -> DeliveryService:
        return DeliveryService.of(service_named(info.context, self.seen.order.channel, self.group.service, self.group.method))

    @strawberry.field
    def lines(self) -> list[LineQuantity]:
        return line_quantities(self.seen, [(line.id, line.quantity) for line in self.seen.order.lines if line.group == self.group.id])

    @resolved("Needs orders:read or the order's own secret.")
    async def address(self, info: Info) -> Address | None:
        data = await personal(info.context, self.seen)
        place = data.address_by_group.get(self.group.address_name) if data else None
        return Address.of(place) if place else None

    @strawberry.field
    def pickup_location(self, info: Info) -> Location | None:
        return location_at(info, self.group.pickup_location) if self.group.pickup_location else None

    @strawberry.field
    def pickup_point(self, info: Info) -> PickupPoint | None:
        return PickupPoint.of(info, self.group.pickup_point) if self.group.pickup_point else None

    @strawberry.field
    def fulfillments(self) -> list[Annotated["Fulfillment", strawberry.lazy("schema.types.fulfillments")]]:
        from schema.types.fulfillments import fulfillments_of  # noqa: PLC0415 - a fulfillment names its delivery group

        return fulfillments_of(self.seen, self.group.id)

    @classmethod
    def of(cls, seen: SeenOrder, group: delivery_group.DeliveryGroup) -> "DeliveryGroup":
        return cls(
            id=global_id("DeliveryGroup", f"{seen.record.rid}/{group.id}"),
            fee=Money.rounded(group.fee, seen.order.currency),
            promise=DeliveryPromise.of(group.promise) if group.promise else None,
            group=group,
            seen=seen,
        )


def delivery_group_of(seen: SeenOrder, group_id: str) -> DeliveryGroup:
    return DeliveryGroup.of(seen, next(group for group in seen.order.groups if group.id == group_id))
