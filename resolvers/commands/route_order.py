"""routeOrder: decides anew where the units of an order come from on which nobody has begun to work."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from gateway.domain.claims.documents import Entry, OrderDoc
from gateway.domain.claims.programs import Fit, change
from gateway.domain.done import Done
from gateway.domain.errors import IllegalTransition, Refused
from gateway.domain.ids import LocationCode, Rid, rid_of
from gateway.domain.lifecycle import WITH_CUSTOMER, UnitState
from gateway.domain.order import SYSTEM, Actor, Order
from gateway.domain.order_status import order_status
from gateway.domain.ordering.booking import idle_room
from gateway.domain.ordering.canceling import unsent
from gateway.domain.ordering.delaying import delayed
from gateway.domain.ordering.done import with_done
from gateway.domain.ordering.history import told
from gateway.domain.ordering.lapsing import missed
from gateway.domain.ordering.owed import Owed
from gateway.domain.ordering.refusing import refusers
from gateway.domain.ordering.rerouting import MOVABLE, WAITING, Loose, Move, fitted, fixed_mids, loose_units, moves, rerouted
from gateway.domain.ordering.routing import Surroundings, routed
from gateway.domain.ordering.units import changing_groups
from gateway.domain.ordering.working import Word, work_named
from gateway.domain.principal import SCOPES, Principal
from gateway.domain.sourcing.decision import Decision, Trigger, decision_id
from gateway.ports.order_book import Record
from resolvers.commands.deciding import keep_decisions
from resolvers.commands.inputs import RouteOrder
from resolvers.commands.order_step import Step, Written, decided, keep_key, order_asked
from resolvers.commands.problems import Problems
from resolvers.commands.replanning import Bounds, Planning, Replan, Sourcing, check_possible, replanned
from resolvers.commands.request import is_repeat, request_mark
from resolvers.commands.routing_facts import routing_facts
from resolvers.context import Context
from resolvers.sight import SeenOrder

MOST_LOCATIONS = 200
BY_HAND: Trigger = "ROUTED_BY_HAND"
OVER: frozenset[UnitState] = WITH_CUSTOMER | {"CANCELED"}
ROUTER = Principal("gateway", "OPERATOR", "gateway", SCOPES["OPERATOR"])


async def route_order(context: Context, command: RouteOrder) -> Record:
    """Plan anew what nobody has begun, within these places. Raises where all has begun, or was announced, and what stands against it."""
    mark = request_mark(context, "routeOrder", command)
    bounds = checked_bounds(command, (await context.ready()).locations)
    record, order = await order_asked(context, command.order, looks_after=True)
    if is_repeat(order.done, mark):
        return record
    check_open(order)
    check_not_begun(order, record.sent)
    await keep_key(context, mark, record.rid)
    moving = await planned(context, record, order, bounds)
    check_possible(moving.loose, moving.replan, bounds)
    moving.done, moving.actor = Done(mark.by, mark.fp, context.now), context.principal.actor
    await keep_decisions(context, order, moving.replan.decided, BY_HAND, mark.by)
    if moving.moves_anything(record):
        await context.world.claims.run(change(record.rid, mark.by, moving.fitting, moving.write))
    return await decided(context, command.order, mark, Finishing(context, moving.facts), looks_after=True)


async def decision_made(context: Context, command: RouteOrder, seen: SeenOrder) -> Decision | None:
    """Return what this very call decided, of several delivery groups the first; None: nothing, or costs are not the caller's to see."""
    if not seen.sight.costs:
        return None
    by = request_mark(context, "routeOrder", command).by
    found = [await context.world.decisions.decision(decision_id(seen.order.rid, group.id, BY_HAND, by)) for group in seen.order.groups]
    return next((one for one in found if one), None)


def check_not_begun(order: Order, sent: Collection[str]) -> None:
    """Raise where no unit of an order can go elsewhere at once: its place has begun, its system was told, or its delivery is to change."""
    fixed, changing = fixed_mids(order, sent, WAITING), changing_groups(order)
    waiting = [(line, units) for line in order.lines for units in line.units if units.quantity and units.state not in OVER]
    begun = [units for line, units in waiting if units.mid in fixed or line.group in changing]
    if waiting and len(begun) == len(waiting):
        places = " and ".join(sorted({units.location for units in begun if units.location})) or "Its places"
        message = f"{places} was told of this work already; reassignFulfillment asks for it back, and changeDelivery sends it elsewhere."
        raise Refused(message, refusal="ILLEGAL_TRANSITION", field=("order",))


def checked_bounds(command: RouteOrder, known: Collection[LocationCode]) -> Bounds:
    problems = Problems()
    lists = (("includedLocationCodes", command.included_location_codes or ()), ("excludedLocationCodes", command.excluded_location_codes))
    for name, codes in lists:
        if len(codes) > MOST_LOCATIONS:
            problems.refuse("TOO_MANY", f"Name at most {MOST_LOCATIONS} locations.", name)
        for n, code in enumerate(codes[:MOST_LOCATIONS]):
            if code not in known:
                problems.unknown("location", code, name, n)
    problems.stop()
    included = command.included_location_codes
    return Bounds(
        frozenset(LocationCode(code) for code in command.excluded_location_codes),
        None if included is None else frozenset(LocationCode(code) for code in included),
    )


def check_open(order: Order) -> None:
    status = order_status(order)
    if status in {"CANCELED", "FULFILLED"} or order.hold:
        allowed = ("RELEASED",) if order.hold and status != "CANCELED" else ()
        raise IllegalTransition(state=status, attempted="ROUTED", allowed=allowed, field=("order",))


@dataclass(frozen=True, slots=True)
class Finishing:
    """What is left to do once nothing moves any more: allocated units are routed where they are."""

    context: Context
    facts: Surroundings

    def __call__(self, _record: Record, order: Order) -> Step:
        check_open(order)
        return Step(lambda owed: Written(routed(order, owed, self.facts, self.context.now)))


@dataclass
class Moving:
    """One change of places: fits the claims to the plan, and writes the order that comes of it."""

    context: Context
    facts: Surroundings
    loose: tuple[Loose, ...]
    replan: Replan
    done: Done | None = None
    actor: Actor = SYSTEM
    note: str | None = None
    """Of who moves it, for its history."""
    gives_out: bool = True
    """False for an order that waits: its units are moved, and nobody is asked to work on them."""
    missed: tuple[str, Word] | None = None
    """Work that nobody accepted in time: it ends by that, and is not taken back."""
    before: dict[str, int] = field(default_factory=dict)

    @property
    def movable(self) -> frozenset[str]:
        return frozenset(one.units.mid for one in self.loose if one.units.mid)

    def moves_anything(self, record: Record) -> bool:
        return bool(self.replan.wanted) and moves(fitted(record.claims, self.movable, self.replan.wanted), record.claims)

    def fitting(self, doc: OrderDoc) -> Fit | None:
        """Fit the claims as they are now; None when one that was to move was announced or is gone."""
        self.before = {claim.mid: claim.units for claim in doc.claims}
        if self.movable & doc.sent or not self.movable <= self.before.keys():
            return None
        return replace(fitted(doc.claims, self.movable, self.replan.wanted), plan=self.replan.targets)

    def without_offer(self, order: Order) -> Order:
        """Return the order with the missed offer ended; what somebody has accepted in this very moment is taken back like any work."""
        if self.missed is None or work_named(order, self.missed[0]).state != "OFFERED":
            return order
        return missed(order, *self.missed)

    def write(self, doc: OrderDoc) -> Entry:
        if doc.order is None:
            return Entry()
        now, owed = self.context.now, Owed(doc.rid, doc.outbox, self.context.now)
        targets, movable = self.replan.targets, self.movable
        if doc.change:  # opened perhaps by another process, which planned otherwise
            targets, movable = doc.change.plan, movable | {*doc.change.drop, *(mid for mid, _ in doc.change.cut)}
        move, before = Move(movable, self.before, targets), self.without_offer(doc.order)
        moved = delayed(rerouted(before, doc.claims, move, now), targets, now)
        order = with_attempts(routed(moved, owed, self.facts, now), before) if self.gives_out else replace(moved, routed=False)
        sentence = planned_anew(before, order)
        order = told(order, "ORDER_CHANGED", f"{sentence} {self.note}" if self.note else sentence, now, self.actor)
        self.owe(order, owed)
        return Entry(
            order=with_done(order, self.done) if self.done else order,
            outbox=owed.entries,
            drop_waiting=unsent(order, owed.before),
            spare=tuple(idle_room(order, doc.claims, self.facts.locations).items()),
        )

    def owe(self, order: Order, owed: Owed) -> None:
        """Owe what else follows from it."""


def planned_anew(before: Order, after: Order) -> str:
    """Return what is told of new work: whether places were asked that had none before."""
    known = {work.number for work in before.fulfillments}
    fresh = {work.location for work in after.fulfillments if work.number not in known}
    others = fresh - {work.location for work in before.fulfillments}
    return "Other places were asked to prepare it." if others else "What is to be prepared was planned anew."


def with_attempts(order: Order, before: Order) -> Order:
    """Return the order with its new work counted: one more than the places that refused work of its delivery group."""
    known = {work.number for work in before.fulfillments}
    return replace(
        order,
        fulfillments=tuple(
            work if work.number in known else replace(work, attempt=1 + len(refusers(before, work.group))) for work in order.fulfillments
        ),
    )


async def planned(
    context: Context,
    record: Record,
    order: Order,
    bounds: Bounds,
    only: Callable[[Loose], bool] = lambda _one: True,
    planning: Planning = Sourcing,
    movable: Collection[UnitState] = MOVABLE,
    *,
    lost: bool = False,
) -> Moving:
    """Plan the order's loose units (`only`: those for which it says so). Never back to a place that refused it.

    `lost`: they cannot stay where they are.
    """
    facts = routing_facts(context.world, (await context.ready()).locations)
    changing = changing_groups(order)
    loose = tuple(one for one in loose_units(order, record.sent, movable) if one.group not in changing and only(one))
    loose = tuple(replace(one, units=replace(one.units, location=None)) for one in loose) if lost else loose
    mids = {one.units.mid for one in loose}
    own = [claim for claim in record.claims if claim.mid in mids]
    bounds = replace(bounds, refused=refusers(order))
    return Moving(context, facts, loose, await replanned(context, order, loose, own, bounds, planning))


def may_ask_others(context: Context, order: Order) -> bool:
    """Tell whether more places may be asked after so many have refused."""
    channel = context.world.channel(order.channel, context.principal)
    return channel is not None and len(refusers(order)) < channel.most_attempts


def is_due(order: Order, context: Context) -> bool:
    """Tell whether an order may be routed: no hold on it, or its hour has come, and its channel's time to think it over has passed."""
    if order.hold and (order.hold.until is None or order.hold.until > context.now):
        return False
    if order.waits_until and order.waits_until > context.now:
        return False
    channel = context.world.channel(order.channel, context.principal)
    return channel is None or order.placed_at + channel.release_delay <= context.now


def sourcing_rid(order: Order, resting: Collection[str | None]) -> Rid:
    """Return the identity of the next search for places; that of all who search for the same."""
    return rid_of(order.rid, "source", ",".join([str(len(order.fulfillments)), *sorted(mid for mid in resting if mid)]))
