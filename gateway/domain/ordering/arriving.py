"""Units of an order that wait for supply to come: they come, or their date moves."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.domain.delivery_group import DeliveryGroup, PlannedShipment, PromiseRevision
from gateway.domain.order import Order, OrderLine, UnitGroup
from gateway.domain.order_terms import UNDECIDED
from gateway.domain.ordering.history import needing, told
from gateway.domain.ordering.postponing import sentence
from gateway.domain.ordering.routing import awaits_supply
from gateway.domain.ordering.units import merged


@dataclass(frozen=True, slots=True)
class Due:
    """What of a claim is still to come, and when; None: nobody expects it any more."""

    units: int
    expected_at: datetime | None


def waiting_units(order: Order) -> dict[str, int]:
    """Return the units that wait for supply, by claim."""
    units_by_mid: dict[str, int] = {}
    for line in order.lines:
        for units in line.units:
            if units.mid and awaits_supply(units):
                units_by_mid[units.mid] = units_by_mid.get(units.mid, 0) + units.quantity
    return units_by_mid


def arrived(order: Order, due: Mapping[str, Due], now: datetime) -> Order:
    """Return the order with units ALLOCATED that have come, to be routed; the others with the date that is known now."""
    came = {mid: units - due[mid].units for mid, units in waiting_units(order).items() if mid in due and due[mid].units < units}
    left = dict(came)
    after = replace(order, lines=tuple([_arrived(line, left, due) for line in order.lines]))
    lost = sum(one.units for mid, one in due.items() if one.expected_at is None and one.units and mid in waiting_units(order))
    if lost:
        after = needing(after, "PROMISE_LOST", f"{lost} units wait for supply that nobody expects any more.", now)
    if not came:
        return after
    units = sum(came.values())
    after = replace(after, routed=False)
    return told(after, "ORDER_CHANGED", f"{units} {'unit has' if units == 1 else 'units have'} come in.", now)


def _arrived(line: OrderLine, left: dict[str, int], due: Mapping[str, Due]) -> OrderLine:
    parts: list[UnitGroup] = []
    for units in line.units:
        known = due.get(units.mid or "") if awaits_supply(units) else None
        if known is None:
            parts.append(units)
            continue
        came = min(units.quantity, left.get(units.mid or "", 0))
        left[units.mid or ""] = left.get(units.mid or "", 0) - came
        parts += [replace(units, quantity=came, state="ALLOCATED", expected_at=None)] if came else []
        later = known.expected_at or units.expected_at
        parts += [replace(units, quantity=units.quantity - came, expected_at=later)] if units.quantity > came else []
    return replace(line, units=merged(iter(parts)))


def with_new_dates(group: DeliveryGroup, dates: Mapping[str, datetime]) -> DeliveryGroup:
    """Return the group with its plan's lots expected when they are expected now; the very group where that is as it was."""
    plan = tuple(
        replace(shipment, awaits=tuple(replace(one, expected_at=dates.get(one.lot, one.expected_at)) for one in shipment.awaits))
        for shipment in group.plan
    )
    return group if plan == group.plan else replace(group, plan=plan)


def postponed_to(order: Order, group: DeliveryGroup, shipments: tuple[PlannedShipment, ...], latest: datetime, now: datetime) -> Order:
    """Return the order with a group's new plan; its promise moves, and that is told, when it ends later than it was promised."""
    promise = group.promise
    after = replace(group, plan=shipments)
    if promise is None or latest <= promise.latest or promise.state not in UNDECIDED:
        return replace(order, groups=tuple(after if one.id == group.id else one for one in order.groups))
    earliest = max([promise.earliest, *(shipment.earliest for shipment in shipments)])
    revision = PromiseRevision(promise.earliest, promise.latest, now, "INBOUND_LATE")
    after = replace(after, promise=replace(promise, earliest=min(earliest, latest), latest=latest, earlier=(*promise.earlier, revision)))
    order = replace(order, groups=tuple(after if one.id == group.id else one for one in order.groups))
    return told(order, "PROMISE_MOVED", sentence(after), now)
