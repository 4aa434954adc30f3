"""How goods of an order go to the customer: a delivery group, what was promised for it, and what is to send it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from gateway.domain.awaited import Awaited
from gateway.domain.capacity import Slot
from gateway.domain.ids import LocationCode, Rid
from gateway.domain.lifecycle import FulfillmentTask
from gateway.domain.location import Address
from gateway.domain.network import DeliveryMethod
from gateway.domain.order_terms import PromiseCause, PromiseState, WindowPrecision
from gateway.domain.quantities import GeoPosition, SkuQuantity


@dataclass(frozen=True, slots=True)
class PromiseRevision:
    earliest: datetime
    latest: datetime
    replaced_at: datetime
    cause: PromiseCause


@dataclass(frozen=True, slots=True)
class DeliveryPromise:
    """The window committed to, and what came of it."""

    earliest: datetime
    latest: datetime
    precision: WindowPrecision
    time_zone: str
    promised_at: datetime
    earlier: tuple[PromiseRevision, ...] = ()
    state: PromiseState = "ON_TRACK"
    fulfilled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PlannedShipment:
    """What one location is to send or hand over for one delivery group, and by when."""

    location: LocationCode
    lines: tuple[SkuQuantity, ...]
    carrier_service: str | None
    ships_by: datetime
    earliest: datetime
    latest: datetime
    cost: Decimal | None = None
    """What the plan reckoned with; None: redeemed from a quote, which tells nobody."""
    task: FulfillmentTask = "SHIP"
    slots: tuple[Slot, ...] = ()
    """The room that its preparation books."""
    awaits: tuple[Awaited, ...] = ()
    """Those of its units that are still to come."""


@dataclass(frozen=True, slots=True)
class ChosenWay:
    """By what a delivery group goes, as far as that was chosen with its plan."""

    service: str
    method: DeliveryMethod
    precision: WindowPrecision
    time_zone: str
    fee: Decimal
    pickup_location: LocationCode | None = None
    collect_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """What claims are made for: where units of one delivery group come from. `window`: when they are there, where that is said anew."""

    group: str
    shipments: tuple[PlannedShipment, ...]
    window: tuple[datetime, datetime] | None = None
    way: ChosenWay | None = None


Plan = tuple[GroupPlan, ...]
"""Of all delivery groups that are planned together."""


@dataclass(frozen=True, slots=True)
class PickupPoint:
    carrier_code: str
    code: str
    name: str | None = None
    address: Address | None = None


@dataclass(frozen=True, slots=True)
class DeliveryChange:
    """How a group is to go once its places have given their work back: to another address (by its name), store, or by another option.

    `by`: the request that asked for it, when its token was good.
    """

    by: Rid
    asked_at: datetime
    address_key: str | None = None
    position: GeoPosition | None = None
    pickup_location: str | None = None
    token: str | None = None


@dataclass(frozen=True, slots=True)
class DeliveryGroup:
    """Lines that go the same way to the same place. The address itself lives with the personal data; postcode and country stay here."""

    id: str
    service: str
    method: DeliveryMethod
    fee: Decimal
    country_code: str | None = None
    postal_code: str | None = None
    pickup_location: LocationCode | None = None
    pickup_point: PickupPoint | None = None
    collect_by: datetime | None = None
    promise: DeliveryPromise | None = None
    plan: tuple[PlannedShipment, ...] = ()
    instructions: str | None = None
    address_key: str | None = None
    """Which of the customer's addresses it goes to, once it was changed."""
    change: DeliveryChange | None = None

    @property
    def address_name(self) -> str:
        """Return the name of its address among the customer's."""
        return self.address_key or self.id
