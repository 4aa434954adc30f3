"""Turns an order's units into work of locations, and owes the messages that give it to the systems which own them."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.domain.calendar import after_working_time
from gateway.domain.delivery_group import DeliveryGroup
from gateway.domain.ids import LocationCode, SourceCode
from gateway.domain.lifecycle import BEFORE_THE_CUSTOMER, FulfillmentTask
from gateway.domain.location import Location
from gateway.domain.network import SourceKind
from gateway.domain.order import Fulfillment, FulfillmentLine, Milestone, Order, UnitGroup
from gateway.domain.order_terms import MilestoneStep
from gateway.domain.ordering.history import told
from gateway.domain.ordering.owed import WORK_MESSAGE, Owed
from gateway.domain.ordering.units import answered_groups, changing_groups
from gateway.domain.pauses import rests
from gateway.domain.promise.working_time import preparing

HANDED_OVER = frozenset({"PICKUP", "RESERVE_IN_STORE", "CARRY_OUT"})
ACCEPT_WITHIN = timedelta(hours=4)
"""By when a location should have answered, where its plan says nothing."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What routing must know: the places, the kind of each source, which of them take work, and the one that takes orders."""

    locations: Mapping[LocationCode, Location]
    kind_by_source: Mapping[SourceCode, SourceKind]
    takers: frozenset[SourceCode]
    order_taker: SourceCode | None


def routed(order: Order, owed: Owed, world: Surroundings, now: datetime) -> Order:
    """Return the order with every allocated unit in the work of its place; nothing changes when there is none.

    Units at a place that takes no work now stay allocated. They keep the order on the router's list, as units do that have no place and
    that nobody was called to. What goes together with units that are still to come waits for them.
    """
    waiting: dict[tuple[str, LocationCode], list[tuple[str, UnitGroup]]] = defaultdict(list)
    resting, changing = resting_units(order, world), changing_groups(order)
    expected = {(line.group, units.location) for line in order.lines for units in line.units if awaits_supply(units)}
    for line in order.lines:
        for units in line.units:
            stays = line.group in changing or units in resting or (line.group, units.location) in expected
            if units.state == "ALLOCATED" and units.location and units.quantity and not stays:
                waiting[line.group, units.location].append((line.id, units))
    if world.order_taker and not owed.has("ORDER", "order"):
        owed.add("ORDER", world.order_taker, "order")
    for (group, location), parts in waiting.items():
        order = with_work(order, group, location, parts, owed, world, now)
    order = replace(order, routed=not (resting or forgotten(order) or answered_groups(order)), waits_until=None)
    return told(order, "ORDER_ROUTED", sentence(order), now) if waiting else order


def forgotten(order: Order) -> bool:
    """Tell whether units have no place and no person knows it."""
    changing = changing_groups(order)
    homeless = any(units.state == "UNSOURCED" for line in order.lines if line.group not in changing for units in line.units)
    return homeless and not any(one.code == "UNSOURCED" and one.fulfillment is None for one in order.attention)


def resting_units(order: Order, world: Surroundings) -> tuple[UnitGroup, ...]:
    """Return the units that are allocated where nobody takes such work now."""
    method_by_group = {group.id: group.method for group in order.groups}
    return tuple(
        units
        for line in order.lines
        if line.group not in changing_groups(order)
        for units in line.units
        if units.state == "ALLOCATED" and units.location and rests(world.locations.get(units.location), method_by_group[line.group])
    )


def awaits_supply(units: UnitGroup) -> bool:
    """Tell whether units wait for what is still to come; what goes with them from the same place waits too."""
    return units.state == "BACKORDERED" and units.fulfillment is None and units.quantity > 0


def sentence(order: Order) -> str:
    places = len({work.location for work in order.fulfillments if work.state in BEFORE_THE_CUSTOMER})
    return "The order is being prepared." if places == 1 else f"The order is being prepared in {places} places."


def with_work(
    order: Order, group: str, location: LocationCode, parts: list[tuple[str, UnitGroup]], owed: Owed, world: Surroundings, now: datetime
) -> Order:
    number = f"{order.number}-{len(order.fulfillments) + 1}"
    goes = next(candidate for candidate in order.groups if candidate.id == group)
    work = fulfillment_of(order, number, goes, location, parts, now)
    work = replace(work, lapses_at=lapses_at(world.locations.get(location), work.task, now))
    order = replace(
        order,
        fulfillments=(*order.fulfillments, work),
        lines=tuple(
            replace(line, units=tuple(in_work(units, line.group, group, location, number) for units in line.units)) for line in order.lines
        ),
    )
    owe_work(owed, work, world)
    return told(order, "FULFILLMENT_OFFERED", f"{location} was asked to prepare it.", now, fulfillment=number)


def in_work(units: UnitGroup, group: str, wanted: str, location: LocationCode, number: str) -> UnitGroup:
    mine = group == wanted and units.state == "ALLOCATED" and units.location == location
    return replace(units, state="OFFERED", fulfillment=number) if mine else units


def owe_work(owed: Owed, work: Fulfillment, world: Surroundings) -> None:
    """Owe the message that gives the work to its system; a place whose system takes none is worked through the graph alone."""
    place = world.locations.get(work.location)
    if place and place.taker in world.takers:
        mids = tuple(dict.fromkeys(line.mid for line in work.lines if line.mid))
        owed.add(WORK_MESSAGE[world.kind_by_source[place.taker]], place.taker, work.number, mids)


def fulfillment_of(
    order: Order, number: str, group: DeliveryGroup, location: LocationCode, parts: list[tuple[str, UnitGroup]], now: datetime
) -> Fulfillment:
    sku_by_line = {line.id: line.sku for line in order.lines}
    lines = tuple(FulfillmentLine(str(n), line, sku_by_line[line], units.quantity, units.mid) for n, (line, units) in enumerate(parts, 1))
    planned = next((shipment for shipment in group.plan if shipment.location == location), None)
    task = task_of(group)
    return Fulfillment(
        number=number,
        task=task,
        state="OFFERED",
        group=group.id,
        location=location,
        lines=lines,
        created_at=now,
        updated_at=now,
        carrier_service=planned.carrier_service if planned else None,
        milestones=milestones(task, group, planned.ships_by if planned else None, now),
    )


def lapses_at(place: Location | None, task: FulfillmentTask, now: datetime) -> datetime | None:
    """Return when an offer ends by itself, in the place's working hours; what only this place can hand over waits for it."""
    if place is None or place.accept_within is None or task == "HAND_OVER":
        return None
    return after_working_time(preparing(place), now, place.accept_within)


def task_of(group: DeliveryGroup) -> FulfillmentTask:
    """Return what the supplying place does for a group."""
    if group.method == "SHIP_TO_STORE":
        return "TRANSFER"
    return "HAND_OVER" if group.method in HANDED_OVER else "SHIP"


def milestones(task: FulfillmentTask, group: DeliveryGroup, ships_by: datetime | None, now: datetime) -> tuple[Milestone, ...]:
    """Return by when each step must be done for the promise to hold: accepting within the first quarter of the time there is."""
    end = ships_by or (group.promise.earliest if group.promise else now + ACCEPT_WITHIN)
    accept_by = min(now + ACCEPT_WITHIN, now + (end - now) / 4) if end > now else end
    if task == "HAND_OVER":
        return (Milestone("ACCEPT", accept_by), Milestone("PICK", end), Milestone("READY_FOR_PICKUP", end))
    steps = (Milestone("ACCEPT", accept_by), Milestone("PICK", end), Milestone("PACK", end), Milestone("HAND_TO_CARRIER", end))
    last: MilestoneStep = "RECEIVE" if task == "TRANSFER" else "DELIVER"
    return (*steps, Milestone(last, group.promise.latest)) if group.promise else steps
