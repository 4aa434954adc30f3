"""Moves units that nobody has begun to work on to other places: which may move, which claims that takes, and the order after it."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.domain.claims.documents import Claim
from gateway.domain.claims.programs import Fit, Pick
from gateway.domain.delivery_group import GroupPlan, PlannedShipment
from gateway.domain.ids import LocationCode, Sku, StockKey, is_capacity
from gateway.domain.lifecycle import UnitState
from gateway.domain.order import Order, OrderLine, UnitGroup
from gateway.domain.ordering.building import Pool
from gateway.domain.ordering.endangered import weighed
from gateway.domain.ordering.withdrawing import sourced, withdrawn

MOVABLE: frozenset[UnitState] = frozenset({"ALLOCATED", "OFFERED"})
WAITING: frozenset[UnitState] = MOVABLE | {"BACKORDERED"}
"""Movable with what waits for supply that no place was told of yet."""
AT_REST: frozenset[UnitState] = frozenset({"CANCELED", "UNSOURCED"})


@dataclass(frozen=True, slots=True)
class Loose:
    """Units of a line that may go to another place; those without a claim have no place yet."""

    line: str
    group: str
    sku: Sku
    units: UnitGroup


def loose_units(order: Order, sent: Collection[str], movable: Collection[UnitState] = MOVABLE) -> tuple[Loose, ...]:
    """Return what may move: units without a place, and those whose claim and work belong to nothing that has begun."""
    fixed = fixed_mids(order, sent, movable)
    return tuple(
        Loose(line.id, line.group, line.sku, units)
        for line in order.lines
        for units in line.units
        if units.quantity and (units.state == "UNSOURCED" or is_loose(units, fixed, movable))
    )


def is_loose(units: UnitGroup, fixed: Collection[str], movable: Collection[UnitState]) -> bool:
    return may_move(units, movable) and units.mid is not None and units.mid not in fixed


def may_move(units: UnitGroup, movable: Collection[UnitState]) -> bool:
    """Tell whether units are in a state that may move; what a place has accepted for later is its own."""
    return units.state in movable and (units.state != "BACKORDERED" or units.fulfillment is None)


def fixed_mids(order: Order, sent: Collection[str], movable: Collection[UnitState] = MOVABLE) -> frozenset[str]:
    """Return the claims that must stay: begun or announced, and all that share a fulfillment with such a one."""
    every = [units for line in order.lines for units in line.units if units.mid and units.state not in AT_REST]
    fixed = {units.mid for units in every if units.mid in sent or not may_move(units, movable)}
    while True:
        works = {units.fulfillment for units in every if units.mid in fixed} - {None}
        more = {units.mid for units in every if units.fulfillment in works} - fixed
        if not more:
            return frozenset(mid for mid in fixed if mid)
        fixed |= more


Source = tuple[StockKey, str]
"""Where units come from: a stock document, or a shift's room, and of a stock document the lot; "": what is there now."""


def source_of(claim: Claim | Pick) -> Source:
    return claim.key, claim.peg.lot if claim.peg else ""


def fitted(claims: Sequence[Claim], movable: Collection[str], wanted: Sequence[Pick]) -> Fit:
    """Return how the claims become the wanted ones: those that may not move stay, the others as far as they are wanted where they are."""
    left = {source_of(pick): pick.units for pick in wanted}
    keep: list[Claim] = []
    for claim in claims:
        source = source_of(claim)
        units = min(claim.units, left.get(source, 0)) if claim.mid in movable else claim.units
        if claim.mid in movable or is_capacity(claim.key):
            left[source] = left.get(source, 0) - units
        if units:
            keep.append(replace(claim, units=units))
    add = tuple(replace(pick, units=left[source_of(pick)]) for pick in wanted if left[source_of(pick)] > 0)
    return Fit(tuple(keep), add)


def moves(fit: Fit, claims: Sequence[Claim]) -> bool:
    """Tell whether a fit changes anything."""
    return bool(fit.add) or fit.keep != tuple(claims)


@dataclass(frozen=True, slots=True)
class Move:
    """What a re-routing was planned on: the claims that may move, all claims by their units, and where each group's goods come from."""

    movable: frozenset[str]
    before: Mapping[str, int]
    targets: tuple[GroupPlan, ...] = ()

    def shipments(self, group: str) -> tuple[PlannedShipment, ...]:
        return next((target.shipments for target in self.targets if target.group == group), ())


def rerouted(order: Order, claims: Sequence[Claim], move: Move, at: datetime) -> Order:
    """Return the order on the claims that the change has left and brought: work that lost one is taken back, what none holds has no place.

    Units go where their group's plan wants them, then wherever they are held.
    """
    now = {claim.mid: claim.units for claim in claims}
    broken = {mid for mid in move.movable if now.get(mid) != move.before.get(mid)}
    every = [units for line in order.lines for units in line.units]
    works = {units.fulfillment for units in every if units.fulfillment and units.mid in broken}

    def goes(units: UnitGroup) -> bool:
        return units.state == "UNSOURCED" or units.mid in broken or units.fulfillment in works

    held = Counter[str]()
    for units in every:
        if units.mid and not goes(units):
            held[units.mid] += units.quantity
    pool = Pool([replace(claim, units=claim.units - held[claim.mid]) for claim in claims if is_free(claim.mid, move)])
    lines = placed(order.lines, goes, pool, move)
    groups = tuple(replace(group, plan=with_shipments(group.plan, move.shipments(group.id))) for group in order.groups)
    return weighed(sourced(withdrawn(replace(order, lines=lines, groups=groups), works, at)), at)


def is_free(mid: str, move: Move) -> bool:
    """Tell whether a claim can be dealt out: it could be moved, or the change has brought it."""
    return mid in move.movable or mid not in move.before


def placed(lines: Sequence[OrderLine], goes: Callable[[UnitGroup], bool], pool: Pool, move: Move) -> tuple[OrderLine, ...]:
    """Deal the pool out; every line gets what its group's plan names before any gets what is left."""
    going = {line.id: sum(units.quantity for units in line.units if goes(units)) for line in lines}
    planned = {line.id: tuple(pool.taken(line.sku, going[line.id], places(move.shipments(line.group), line.sku))) for line in lines}
    return tuple(
        replace(line, units=(*(units for units in line.units if not goes(units)), *dealt(pool, line.sku, going[line.id], planned[line.id])))
        for line in lines
    )


def dealt(pool: Pool, sku: Sku, quantity: int, planned: tuple[UnitGroup, ...]) -> tuple[UnitGroup, ...]:
    rest = tuple(pool.taken(sku, quantity - sum(units.quantity for units in planned), None))
    missing = quantity - sum(units.quantity for units in (*planned, *rest))
    return (*planned, *rest, *((UnitGroup(missing, "UNSOURCED"),) if missing else ()))


def places(shipments: Sequence[PlannedShipment], sku: Sku) -> frozenset[LocationCode]:
    return frozenset(shipment.location for shipment in shipments for part in shipment.lines if part.sku == sku)


def with_shipments(plan: tuple[PlannedShipment, ...], new: tuple[PlannedShipment, ...]) -> tuple[PlannedShipment, ...]:
    """Return the plan with new shipments first: by location the first one counts."""
    fresh = {shipment.location for shipment in new}
    return (*new, *(shipment for shipment in plan if shipment.location not in fresh))
