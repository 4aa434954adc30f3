"""An order before its stock is claimed: what was asked for, priced and promised."""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from gateway.domain.catalogue import Attribute
from gateway.domain.delivery_group import ChosenWay, GroupPlan, PickupPoint, PlannedShipment
from gateway.domain.ids import ChannelCode, LocationCode, Rid, Sku
from gateway.domain.network import DeliveryMethod
from gateway.domain.order import Actor, OrderHold, Payment
from gateway.domain.order_terms import WindowPrecision
from gateway.domain.sourcing.strategy import Sourced


@dataclass(frozen=True, slots=True)
class LineDraft:
    sku: Sku
    quantity: int
    unit_price: Decimal
    discount: Decimal = Decimal(0)
    reference: str | None = None
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupDraft:
    """Lines that go the same way, with the promise that was made for them and the plan behind it."""

    service: str
    method: DeliveryMethod
    lines: tuple[LineDraft, ...]
    earliest: datetime
    latest: datetime
    precision: WindowPrecision
    time_zone: str
    plan: tuple[PlannedShipment, ...] = ()
    fee: Decimal = Decimal(0)
    country_code: str | None = None
    postal_code: str | None = None
    pickup_location: LocationCode | None = None
    pickup_point: PickupPoint | None = None
    collect_by: datetime | None = None
    instructions: str | None = None
    sourced: Sourced | None = None
    """How the plan came about."""


def plan_of(name: str, draft: GroupDraft) -> GroupPlan:
    way = ChosenWay(draft.service, draft.method, draft.precision, draft.time_zone, draft.fee, draft.pickup_location, draft.collect_by)
    return GroupPlan(name, draft.plan, (draft.earliest, draft.latest), way)


def with_plan(draft: GroupDraft, plan: GroupPlan) -> GroupDraft:
    """Return the draft as it was planned by whoever made its claims."""
    earliest, latest = plan.window or (draft.earliest, draft.latest)
    way: dict[str, Any] = {one.name: getattr(plan.way, one.name) for one in fields(plan.way)} if plan.way else {}
    return replace(draft, plan=plan.shipments, earliest=earliest, latest=latest, **way)


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """`owner` is the principal's identity; `rid` that of the request, or of the hold that becomes the order."""

    rid: Rid
    channel: ChannelCode
    currency: str
    groups: tuple[GroupDraft, ...]
    owner: str
    placed_by: Actor
    payments: tuple[Payment, ...] = ()
    hold: OrderHold | None = None
    placed_at_location: LocationCode | None = None
    reference: str | None = None
    customer_reference: str | None = None
    attributes: tuple[Attribute, ...] = ()
    waits_until: datetime | None = None
    """When work on it may begin, where that is not at once."""
    placed_at: datetime | None = None
    """When the customer ordered, for orders taken elsewhere."""
