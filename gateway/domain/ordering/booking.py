"""What an order claims and its lines do not need: room that it has booked, goods of places that others came in for."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from gateway.domain.claims.documents import Claim
from gateway.domain.ids import LocationCode, capacity_named, is_capacity
from gateway.domain.lifecycle import UNCLAIMED
from gateway.domain.location import Location
from gateway.domain.order import Order, UnitGroup
from gateway.domain.ordering.units import held


def idle_room(order: Order, claims: Sequence[Claim], locations: Mapping[LocationCode, Location]) -> dict[str, int]:
    """Return to how many units the claims of capacity fall (by mid) that hold more than the order's work needs, the latest shift first."""
    by_place: dict[LocationCode, list[Claim]] = {}
    for claim in claims:
        if is_capacity(claim.key):
            by_place.setdefault(capacity_named(claim.key)[0], []).append(claim)
    fallen: dict[str, int] = {}
    for place, booked in by_place.items():
        fallen |= _fallen(booked, _needed(order, place, locations.get(place)))
    return fallen


def idle_goods(order: Order, claims: Sequence[Claim], sent: Collection[str]) -> dict[str, int]:
    """Return to how many units the claims of stock fall (by mid) that hold more than the order's lines; announced ones stay."""
    needed = held(order)
    own = (claim for claim in claims if not is_capacity(claim.key) and claim.mid not in sent)
    return {claim.mid: needed.get(claim.mid, 0) for claim in own if needed.get(claim.mid, 0) < claim.units}


def _fallen(booked: Iterable[Claim], needed: int) -> dict[str, int]:
    left: dict[str, int] = {}
    for claim in sorted(booked, key=lambda one: (capacity_named(one.key), one.mid)):
        kept = min(claim.units, needed)
        needed -= kept
        if kept < claim.units:
            left[claim.mid] = kept
    return left


def _needed(order: Order, place: LocationCode, location: Location | None) -> int:
    """Return what the order's work takes there: its units, or one for each delivery group where orders are counted."""
    units_by_group: dict[str, int] = {}
    arriving = {group.id for group in order.groups if group.method == "SHIP_TO_STORE" and group.pickup_location == place}
    for line in order.lines:
        for units in line.units:
            if _lives(units) and (units.location == place or line.group in arriving):
                units_by_group[line.group] = units_by_group.get(line.group, 0) + units.quantity
    counts_units = location is not None and location.capacity is not None and location.capacity.unit == "UNITS"
    return sum(units_by_group.values()) if counts_units else len(units_by_group)


def _lives(units: UnitGroup) -> bool:
    return bool(units.quantity) and units.location is not None and units.state not in UNCLAIMED
