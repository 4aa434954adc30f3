"""Improves orders that wait: planned again with what is known now, and moved where that is cheaper, or possible at all, in time."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import structlog

from gateway.domain.claims.programs import change
from gateway.domain.delivery_group import DeliveryGroup, GroupPlan
from gateway.domain.ids import LocationCode, Rid, Sku, rid_of
from gateway.domain.lifecycle import UnitState
from gateway.domain.order import Order
from gateway.domain.ordering.rerouting import Loose
from gateway.domain.promise.options import DeliveryOption, PromiseRequest
from gateway.domain.promise.quote import delivery_options
from gateway.domain.sourcing.outlook import risks
from gateway.domain.stock import StockPosition, available_to_sell
from gateway.ports.order_book import OrderQuery, Record
from resolvers.commands.deciding import keep_decisions
from resolvers.commands.replanning import Bounds, Sourcing
from resolvers.commands.route_order import ROUTER, Moving, is_due, planned
from resolvers.commands.work_step import order_of
from resolvers.context import Context, World
from resolvers.sweeping import Attempt, apart

log = structlog.get_logger(__name__)
PAGE = 50
WAITING: frozenset[UnitState] = frozenset({"ALLOCATED", "UNSOURCED"})
Progress = Callable[[int, int | None], None]
"""Told how many orders were looked at, and of how many (None: too many to count)."""


@dataclass(frozen=True, slots=True)
class Saving:
    """What a delivery group costs where it is and where it can go; `before` None: it could not be sent in time from there."""

    group: str
    before: Decimal | None
    after: Decimal

    @property
    def amount(self) -> Decimal:
        return Decimal(0) if self.before is None else self.before - self.after


@dataclass(frozen=True, slots=True)
class Improvement:
    """One order that was moved, or could be. `units`: those that had no place in time and have one."""

    rid: Rid
    number: str
    currency: str
    savings: tuple[Saving, ...]
    units: int
    places: tuple[LocationCode, ...]
    """Where its goods come from now."""

    @property
    def saved(self) -> Decimal:
        return sum((saving.amount for saving in self.savings), Decimal(0))


@dataclass(frozen=True, slots=True)
class Improved:
    """One pass: orders looked at, and those among them that are better now (of a dry run: could be)."""

    orders: int
    improvements: tuple[Improvement, ...]

    @property
    def saved(self) -> dict[str, Decimal]:
        """Return what was saved, by currency."""
        sums: dict[str, Decimal] = {}
        for one in self.improvements:
            sums[one.currency] = sums.get(one.currency, Decimal(0)) + one.saved
        return sums


@dataclass
class Improving(Sourcing):
    """Moves a delivery group only where that is cheaper than to leave it, or where it cannot be left."""

    savings: list[Saving] = field(default_factory=list)

    def target(self, order: Order, group: DeliveryGroup, loose: Sequence[Loose]) -> GroupPlan | None:
        request = self.request(order, group, loose)
        homeless = any(one.units.location is None for one in loose)
        here = None if homeless else self.cost_here(request, loose)
        best = self.best(request)
        if best is None or (here is not None and here <= best.cost):
            self.leave(loose)
            return None
        self.savings.append(Saving(group.id, here, best.cost))
        return self.moved(group, best)

    def cost_here(self, request: PromiseRequest, loose: Sequence[Loose]) -> Decimal | None:
        """Return what it costs to send these very units from where they are; None: they would not come in time."""
        units = Counter[tuple[Sku, LocationCode]]()
        for one in loose:
            if one.units.location:
                units[one.sku, one.units.location] += one.units.quantity
        held = {
            sku: tuple(holding(at, units[sku, at.location]) for at in positions if units[sku, at.location])
            for sku, positions in self.facts.positions.items()
        }
        found = delivery_options(request, replace(self.facts, positions=held), self.context.now).options
        return found[0].cost + self.left_there(found[0]) if found else None

    def left_there(self, option: DeliveryOption) -> Decimal:
        """Return by how much more (or less) the places' shelves cost with all that lies there than with the order's own units alone."""
        more, terms = Decimal(0), self.facts.profile.costs
        for shipment in option.sourced.plan.shipments if option.sourced else ():
            place = shipment.candidate.location.code
            more -= shipment.cost.stock_out + shipment.cost.markdown_credit
            for line in shipment.lines:
                have = next(available_to_sell(at) for at in self.facts.positions[line.sku] if at.location == place)
                if line.sku in self.facts.outlook_by_sku:
                    stock_out, markdown = risks(self.facts.outlook_by_sku[line.sku], terms, place, have, line.quantity)
                    more += stock_out[-1] + markdown[-1]
        return more


def holding(position: StockPosition, units: int) -> StockPosition:
    """Return a position of which just so many units can be had."""
    return replace(position, stated=units, unavailable=0, reserved=0, allocated=0, safety_stock=0, inbound=())


async def reoptimize(
    world: World, *, dry_run: bool = False, progress: Progress = lambda _done, _total: None, attempt: Attempt = apart
) -> Improved:
    """Look at every order that was not given out; what has begun, or is offered, stays. Made again, it finds nothing to do."""
    looked_at, found = 0, list[Improvement]()
    async for record, total in waiting_orders(world):

        async def improve(record: Record = record) -> None:
            improvement = await improved(world, record, dry_run=dry_run)
            found.extend([improvement] if improvement else [])

        await attempt(f"reoptimize {record.rid}", improve, record.rid)
        looked_at += 1
        progress(looked_at, total)
    if found and not dry_run:
        log.info("orders_reoptimized", orders=looked_at, improved=len(found))
    return Improved(looked_at, tuple(found))


async def waiting_orders(world: World) -> AsyncIterator[tuple[Record, int | None]]:
    query, after, total, more = OrderQuery(statuses=("PLACED",), sort="PLACED_AT"), None, None, True
    while more:
        page = await world.orders.orders(query, PAGE, after)
        total = total if total is not None else page.total
        for record in page.records:
            yield record, total
        after, more = page.end, page.more


async def improved(world: World, record: Record, *, dry_run: bool) -> Improvement | None:
    """Move one order where that is better; None: it stays, or others changed it meanwhile."""
    context, order, plans = Context(world, ROUTER, world.clock.now()), order_of(record), list[Improving]()

    def planning(*facts: object) -> Improving:
        plans[:] = [Improving(*facts)]  # type: ignore[arg-type] # what any Planning is given; only the last one is carried out
        return plans[0]

    moving = await planned(context, record, order, Bounds(), lambda one: one.units.state in WAITING, planning)
    savings = tuple(saving for plan in plans for saving in plan.savings)
    if not savings or not moving.moves_anything(record):
        return None
    moving.gives_out = is_due(order, context)
    told = Improvement(record.rid, order.number, order.currency, savings, found_a_place(moving, savings), places_of(moving))
    return told if dry_run or await carried_out(world, record, moving) else None


def found_a_place(moving: Moving, savings: Sequence[Saving]) -> int:
    rescued = {saving.group for saving in savings if saving.before is None}
    return sum(one.units.quantity for one in moving.loose if one.group in rescued)


def places_of(moving: Moving) -> tuple[LocationCode, ...]:
    return tuple(sorted({shipment.location for target in moving.replan.targets for shipment in target.shipments}))


async def carried_out(world: World, record: Record, moving: Moving) -> bool:
    by = rid_of(record.rid, "reoptimize", str(record.att))
    await keep_decisions(moving.context, order_of(record), moving.replan.decided, "REOPTIMIZED", by)
    await world.claims.run(change(record.rid, by, moving.fitting, moving.write))
    after = (await world.orders.records([record.rid])).get(record.rid, record)
    return after.claims != record.claims
