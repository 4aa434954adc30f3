"""Where units that look for a place anew can come from, within their delivery service and the window that was promised."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from gateway.domain.capacity import Slot
from gateway.domain.claims.documents import Claim, Peg
from gateway.domain.claims.programs import Pick
from gateway.domain.claims.supply import milliseconds
from gateway.domain.delivery_group import DeliveryGroup, GroupPlan
from gateway.domain.errors import Refused
from gateway.domain.ids import LocationCode, Sku, StockKey, sku_and_location, stock_key
from gateway.domain.network import Channel
from gateway.domain.order import Order
from gateway.domain.ordering.rerouting import Loose, Source
from gateway.domain.promise.explained import as_planned
from gateway.domain.promise.options import DeliveryOption, Destination, PromiseFacts, PromiseRequest
from gateway.domain.promise.quote import delivery_options
from gateway.domain.promise.taken import units_of, without
from gateway.domain.quantities import SkuQuantity
from gateway.domain.scope import kept_back
from gateway.domain.sourcing_terms import shortage_policies
from resolvers.commands.deciding import SourcedGroup
from resolvers.context import Context
from resolvers.loaders import products_by_sku
from resolvers.questions.promise_facts import located, promise_facts
from resolvers.questions.promises import gathered


@dataclass(frozen=True, slots=True)
class Bounds:
    """Places that may not, and that alone may, be drawn on."""

    excluded: frozenset[LocationCode] = frozenset()
    included: frozenset[LocationCode] | None = None
    refused: frozenset[LocationCode] = frozenset()
    """Those that have refused the order before."""


@dataclass(frozen=True, slots=True)
class Replan:
    """The new places by delivery group, and what has to be claimed in all, what is held already counted in."""

    targets: tuple[GroupPlan, ...] = ()
    wanted: tuple[Pick, ...] = ()
    decided: tuple[SourcedGroup, ...] = ()


@dataclass
class Sourcing:
    """What is left to plan with while one delivery group after the other takes its part."""

    context: Context
    channel: Channel
    facts: PromiseFacts
    bounds: Bounds
    units: dict[Source, int] = field(default_factory=dict)
    pegs: dict[str, Peg] = field(default_factory=dict)
    """Of the own claims on supply to come, by mid."""
    lots: dict[Source, tuple[Peg, int]] = field(default_factory=dict)
    """Of the supply to come that is wanted: its peg, and what else must stay of it."""
    slots: list[Slot] = field(default_factory=list)
    """The room that the new plans book."""
    decided: list[SourcedGroup] = field(default_factory=list)

    def target(self, order: Order, group: DeliveryGroup, loose: Sequence[Loose]) -> GroupPlan | None:
        """Return the best plan that holds the promised window; None: there is none, and units stay where they are.

        Units without a place may come later than promised, step by step as far as the channel's profile tolerates it.
        """
        request, lost = self.request(order, group, loose), all(one.units.location is None for one in loose)
        for days in dict.fromkeys((0, *self.facts.profile.tolerance_days)) if lost and request.desired_by else (0,):
            by = request.desired_by + timedelta(days=days) if request.desired_by else None
            if best := self.best(replace(request, desired_by=by)):
                return self.moved(group, best)
        self.leave(loose)
        return None

    def best(self, request: PromiseRequest) -> DeliveryOption | None:
        return next(iter(delivery_options(request, self.facts, self.context.now).options), None)

    def moved(self, group: DeliveryGroup, option: DeliveryOption) -> GroupPlan:
        sourced = option.sourced or as_planned(self.facts, option.shipments, None, option)
        self.decided.append(SourcedGroup(group.id, group.service, sourced, option.shipments))
        for (sku, place), units in units_of(option.shipments).items():
            self.want((stock_key(sku, place), ""), units)
        for shipment in option.shipments:
            for one in shipment.awaits:
                source = (stock_key(one.sku, shipment.location), one.lot)
                self.lots[source] = Peg(one.lot, milliseconds(one.expected_at)), one.kept
                self.want(source, one.units)
        self.slots += [slot for shipment in option.shipments for slot in shipment.slots]
        self.facts = without(self.facts, option.shipments)
        late = group.promise is not None and option.latest > group.promise.latest
        return GroupPlan(group.id, option.shipments, (option.earliest, option.latest) if late else None)

    def leave(self, loose: Sequence[Loose]) -> None:
        """Let units stay where they are."""
        for one in loose:
            if not one.units.location:
                continue
            key, peg = stock_key(one.sku, one.units.location), self.pegs.get(one.units.mid or "")
            if peg is None:
                self.take(key, one.units.quantity)
            else:
                self.lots[key, peg.lot] = peg, 0
                self.want((key, peg.lot), one.units.quantity)

    def request(self, order: Order, group: DeliveryGroup, loose: Sequence[Loose]) -> PromiseRequest:
        destination = Destination(group.country_code, group.postal_code) if group.country_code else None
        return PromiseRequest(
            lines=gathered(SkuQuantity(one.sku, one.units.quantity) for one in loose),
            destination=located(self.context, destination),
            pickup_location=group.pickup_location,
            pickup_carrier=group.pickup_point.carrier_code if group.pickup_point else None,
            services=(group.service,),
            desired_by=group.promise.latest if group.promise else None,
            at_location=order.placed_at_location,
            excluded=self.bounds.excluded,
            refused=self.bounds.refused,
            included=self.bounds.included,
            in_part=bool(shortage_policies(self.facts.profile)) and all(one.units.location is None for one in loose),
        )

    def take(self, key: StockKey, units: int) -> None:
        """Leave these units out of what later groups can have."""
        self.want((key, ""), units)
        sku, code = sku_and_location(key)
        left = tuple(
            replace(position, allocated=position.allocated + units) if position.location == code else position
            for position in self.facts.positions.get(sku, ())
        )
        self.facts = replace(self.facts, positions={**self.facts.positions, sku: left})

    def want(self, source: Source, units: int) -> None:
        self.units[source] = self.units.get(source, 0) + units

    def picks(self) -> tuple[Pick, ...]:
        rooms = {slot.key: slot.room for slot in self.slots}
        booked = Counter[StockKey]()
        for slot in self.slots:
            booked[slot.key] += slot.units
        goods = (self.pick(source, units) for source, units in self.units.items())
        return (*goods, *(Pick(key, units, room=rooms[key]) for key, units in booked.items()))

    def pick(self, source: Source, units: int) -> Pick:
        if source in self.lots:
            peg, kept = self.lots[source]
            return Pick(source[0], units, kept, peg=peg)
        return Pick(source[0], units, self.kept_back(*sku_and_location(source[0])))

    def kept_back(self, sku: Sku, code: LocationCode) -> int:
        place = self.facts.locations.get(code)
        return kept_back(self.channel.safety_stock, sku, place) if place else 0


Planning = Callable[[Context, Channel, PromiseFacts, Bounds], Sourcing]


async def replanned(
    context: Context, order: Order, loose: Sequence[Loose], own: Collection[Claim], bounds: Bounds, planning: Planning = Sourcing
) -> Replan:
    """Plan the loose units anew; `own`: claims on them, whose units are free to them."""
    channel = context.world.channel(order.channel, context.principal)
    if channel is None or not loose:
        return Replan()
    await context.ready()
    found = await products_by_sku(context, list(dict.fromkeys(one.sku for one in loose)))
    products = [product for product in found if product]
    facts, loose_by_group = promise_facts(context, channel, products, own), by_group(loose)

    def plan() -> Replan:
        sourcing = planning(context, channel, facts, bounds)
        sourcing.pegs = {claim.mid: claim.peg for claim in own if claim.peg}
        targets = [sourcing.target(order, group, loose_by_group[group.id]) for group in order.groups if group.id in loose_by_group]
        return Replan(tuple(target for target in targets if target), sourcing.picks(), tuple(sourcing.decided))

    return await context.planned(plan)


def by_group(loose: Sequence[Loose]) -> Mapping[str, list[Loose]]:
    groups: dict[str, list[Loose]] = {}
    for one in loose:
        groups.setdefault(one.group, []).append(one)
    return groups


def check_possible(loose: Collection[Loose], replan: Replan, bounds: Bounds) -> None:
    """Raise where nothing that waits can be had within the places that the caller named."""
    if (bounds.included is None and not bounds.excluded) or not loose or replan.targets:
        return
    what = "None of these places" if bounds.included is not None else "No other place"
    field = "excludedLocationCodes" if bounds.included is None else "includedLocationCodes"
    message = f"{what} can send it in time, so it stays where it is; see simulateSourcing for why."
    raise Refused(message, refusal="NOT_DELIVERABLE", field=(field,))
