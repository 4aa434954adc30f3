"""Promises whose supply slips: what becomes of their window, whether other places keep them, and why it was decided so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.catalogue import Product
from gateway.domain.delivery_group import DeliveryGroup, PlannedShipment
from gateway.domain.ids import LocationCode, sku_and_location
from gateway.domain.location import Location
from gateway.domain.network import DeliveryService
from gateway.domain.order import Order
from gateway.domain.order_terms import UNDECIDED
from gateway.domain.ordering.arriving import waiting_units, with_new_dates
from gateway.domain.promise.delayed import delayed
from gateway.domain.promise.dock import Ends, unchanged
from gateway.domain.promise.explained import as_planned
from gateway.domain.promise.options import Destination, PromiseFacts, PromiseRequest, destination_at
from gateway.domain.promise.point_hours import collectable_at
from gateway.domain.promise.quote import delivery_options
from gateway.domain.promise.timetable import Timetable
from gateway.domain.quantities import SkuQuantity
from gateway.domain.sourcing.strategy import Sourced
from gateway.ports.order_book import Record
from resolvers.commands.deciding import SourcedGroup
from resolvers.commands.move_claims import move_claims
from resolvers.context import Context, World
from resolvers.questions.promise_facts import located, promise_facts
from resolvers.questions.promises import gathered


@dataclass(frozen=True, slots=True)
class Slip:
    """A delivery group some of whose lots come at another time, or (`lots`: None) not at all.

    `plan`: its shipments as they go with what they await now, None where that is as it was; `latest`: when the customer has all of it.
    """

    group: DeliveryGroup
    lots: tuple[tuple[str, datetime | None], ...]
    plan: tuple[PlannedShipment, ...] | None
    latest: datetime

    @property
    def is_lost(self) -> bool:
        """Tell whether the promise is kept no more."""
        promise = self.group.promise
        if promise is None or promise.state not in UNDECIDED:
            return False
        return self.latest > promise.latest or any(at is None for _, at in self.lots)

    @property
    def attempt(self) -> str:
        """Return what tells this slip from the next one of the same group."""
        return ",".join(f"{lot}@{at.isoformat() if at else ''}" for lot, at in self.lots)


async def slipped(context: Context, order: Order, group: DeliveryGroup, dates: Mapping[str, datetime | None]) -> Slip | None:
    """Return what the dates that are known now do to a group; None: nothing."""
    moved = with_new_dates(group, {lot: at for lot, at in dates.items() if at is not None})
    before = {one.lot: one.expected_at for shipment in group.plan for one in shipment.awaits}
    lots = tuple(sorted((lot, dates[lot]) for lot, at in before.items() if lot in dates and dates[lot] != at))
    latest = group.promise.latest if group.promise else context.now
    if moved is group:
        told = any(one.code == "PROMISE_LOST" for one in order.attention)
        return Slip(group, lots, None, latest) if lots and not told else None
    channel = context.world.channel(order.channel, context.principal)
    service = next((one for one in channel.services if one.code == group.service), None) if channel else None
    if channel is None or service is None:
        return None
    return _recomputed(context, Slip(moved, lots, None, latest), service, promise_facts(context, channel, ()))


def _recomputed(context: Context, slip: Slip, service: DeliveryService, facts: PromiseFacts) -> Slip:
    store = facts.locations.get(slip.group.pickup_location) if slip.group.pickup_location else None
    timetable, destination = Timetable(facts, context.now), _destination(context, slip.group, store)
    ends = _ends(timetable, slip.group)
    found = [delayed(timetable, service, destination, store, shipment, ends) if shipment.awaits else None for shipment in slip.group.plan]
    plan = tuple(again[0] if again else shipment for again, shipment in zip(found, slip.group.plan, strict=True))
    return Slip(slip.group, slip.lots, plan, max((again[1].latest for again in found if again), default=slip.latest))


def _ends(timetable: Timetable, group: DeliveryGroup) -> Ends:
    """Return what an arrival at the group's parcel shop becomes for the customer; of one that is not known, the arrival itself."""
    asked, points = group.pickup_point, timetable.facts.points
    point = points.point(asked.carrier_code, asked.code) if asked and points else None
    return collectable_at(timetable, point) if point else unchanged


def _destination(context: Context, group: DeliveryGroup, store: Location | None) -> Destination | None:
    if store is not None:
        return destination_at(store)
    return located(context, Destination(group.country_code, group.postal_code)) if group.country_code else None


async def moved_elsewhere(world: World, record: Record, slip: Slip) -> bool:
    """Tell whether another place keeps what late lots of a group were to keep: units go there, one place after the other."""
    if record.order is None:
        return False
    late, waiting = {lot for lot, _ in slip.lots}, waiting_units(record.order)
    own = {units.mid for line in record.order.lines if line.group == slip.group.id for units in line.units}
    mids_by_place: dict[LocationCode, set[str]] = {}
    for claim in record.claims:
        if claim.peg and claim.peg.lot in late and claim.mid in waiting.keys() & own:
            mids_by_place.setdefault(sku_and_location(claim.key)[1], set()).add(claim.mid)
    for place, mids in mids_by_place.items():
        if await move_claims(world, record, mids, place, "INBOUND_MOVED"):
            return True
    return False


async def decided_on(context: Context, record: Record, slip: Slip) -> Sequence[SourcedGroup]:
    """Return the plan that a group keeps, later than it was promised, beside what there is now."""
    order = record.order
    channel = context.world.channel(order.channel, context.principal) if order else None
    if order is None or channel is None or not slip.plan:
        return ()
    products: list[Product] = list((await context.world.catalogue.products({line.sku for line in order.lines})).values())
    facts = promise_facts(context, channel, products, record.claims)
    destination = located(context, Destination(slip.group.country_code, slip.group.postal_code)) if slip.group.country_code else None
    request = PromiseRequest(
        lines=gathered(SkuQuantity(part.sku, part.quantity) for shipment in slip.plan for part in shipment.lines),
        destination=destination,
        pickup_location=slip.group.pickup_location,
        pickup_carrier=slip.group.pickup_point.carrier_code if slip.group.pickup_point else None,
        services=(slip.group.service,),
        at_location=order.placed_at_location,
    )
    plan = slip.plan

    def found() -> Sourced:
        now = next(iter(delivery_options(request, facts, context.now).options), None)
        return as_planned(facts, plan, destination, now)

    return (SourcedGroup(slip.group.id, slip.group.service, await context.planned(found), plan),)
