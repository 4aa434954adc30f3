"""What sourcing would decide: for a basket or an order's unstarted units, under the profile that holds or another. Writes nothing."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.domain.claims.documents import Claim
from gateway.domain.errors import BadInput
from gateway.domain.ids import LocationCode, Sku, rid_of
from gateway.domain.network import Channel, DeliveryMethod
from gateway.domain.ordering.refusing import refusers
from gateway.domain.ordering.rerouting import loose_units
from gateway.domain.promise.explained import as_planned
from gateway.domain.promise.options import DeliveryOption, Destination, PromiseFacts, PromiseRequest, UnavailableMethod
from gateway.domain.promise.quote import delivery_options
from gateway.domain.published import ProfileInvalid, ProfileProblem
from gateway.domain.quantities import SkuQuantity
from gateway.domain.sourcing.decision import Decision
from gateway.domain.sourcing.explain import About, decision
from gateway.domain.sourcing_terms import SourcingProfile
from gateway.domain.stock import as_expected_at
from resolvers.context import Context
from resolvers.loaders import products_by_sku
from resolvers.questions.channels import known_channel
from resolvers.questions.known import check_locations
from resolvers.questions.outlooks import outlooks
from resolvers.questions.promise_facts import located, promise_facts, sales_to_open
from resolvers.questions.promises import BasketWish, Names, check, gathered
from resolvers.sight import SeenOrder

SIMULATED = "simulated"
OWN_NAMES = Names(services="serviceCode")


@dataclass(frozen=True, slots=True)
class SimulationWish:
    """A basket with its way, or an order; `definition`: of the profile to try."""

    channel_code: str | None = None
    order: SeenOrder | None = None
    lines: tuple[SkuQuantity, ...] = ()
    destination: Destination | None = None
    method: DeliveryMethod | None = "SHIP"
    service: str | None = None
    definition: str | None = None
    at: datetime | None = None
    excluded: frozenset[LocationCode] = frozenset()


@dataclass(frozen=True, slots=True)
class Simulation:
    decision: Decision | None = None
    unavailable: tuple[UnavailableMethod, ...] = ()
    problems: tuple[ProfileProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class Goods:
    """What is to be sent, and the claims on it, which are free to it."""

    request: PromiseRequest
    claims: tuple[Claim, ...] = ()


async def simulate(context: Context, wish: SimulationWish) -> Simulation:
    """Raises BadInput for what cannot be asked; a definition that is no profile is told by its problems."""
    channel = known_channel(context, wish.order.order.channel if wish.order else wish.channel_code)
    check_locations(context, "excludedLocationCodes", wish.excluded)
    goods = ordered_goods(context, wish, wish.order) if wish.order else basket_goods(context, channel, wish)
    try:
        profile = read(context, channel, wish.definition) if wish.definition is not None else None
    except ProfileInvalid as error:
        return Simulation(problems=error.problems)
    now = wish.at or context.now
    facts = await facts_for(context, channel, goods, profile, now)
    return await context.planned(lambda: answered(channel, goods.request, facts, now))


def read(context: Context, channel: Channel, definition: str) -> SourcingProfile:
    return context.world.read_profile(definition, SIMULATED, (channel.code,), context.surroundings.locations)


def answered(channel: Channel, request: PromiseRequest, facts: PromiseFacts, now: datetime) -> Simulation:
    found = delivery_options(request, facts, now)
    if not found.options:
        return Simulation(unavailable=found.unavailable)
    return Simulation(simulated(channel, found.options[0], facts, now), found.unavailable)


def simulated(channel: Channel, option: DeliveryOption, facts: PromiseFacts, now: datetime) -> Decision:
    sourced = option.sourced or as_planned(facts, option.shipments, None, option)
    rid = rid_of("gateway", SIMULATED, now.isoformat())
    awaits = {shipment.location: shipment.awaits for shipment in option.shipments if shipment.awaits}
    return decision(sourced, About(rid, "1", channel, option.service.code, "SIMULATED", awaits=awaits), now)


async def facts_for(context: Context, channel: Channel, goods: Goods, profile: SourcingProfile | None, at: datetime) -> PromiseFacts:
    """Return what is known, as it would be judged at that time and under another profile when one is given.

    By then what is due has come, and articles whose first day of sale has come are sold.
    """
    products = [product for product in await products_by_sku(context, skus_of(goods.request.lines)) if product]
    facts = promise_facts(context, channel, products, goods.claims)
    if profile is None and at == context.now:
        return facts
    profile = profile or facts.profile
    positions = {sku: tuple(as_expected_at(one, at, context.now) for one in found) for sku, found in facts.positions.items()}
    return replace(
        facts,
        profile=profile,
        positions=positions,
        released_at=sales_to_open(products, channel, at),
        outlook_by_sku=outlooks(products, channel, profile.costs, positions, at),
    )


def skus_of(lines: Collection[SkuQuantity]) -> list[Sku]:
    return list(dict.fromkeys(line.sku for line in lines))


def basket_goods(context: Context, channel: Channel, wish: SimulationWish) -> Goods:
    services = (wish.service,) if wish.service else None
    check(context, channel, BasketWish(wish.lines, channel.code, wish.destination, services=services), OWN_NAMES)
    return Goods(
        PromiseRequest(
            lines=gathered(wish.lines),
            destination=located(context, wish.destination),
            methods=None if wish.service or wish.method is None else (wish.method,),
            services=services,
            excluded=wish.excluded,
        )
    )


def ordered_goods(context: Context, wish: SimulationWish, seen: SeenOrder) -> Goods:
    """Return the first delivery group of an order of which units have not been started."""
    loose = loose_units(seen.order, seen.record.sent)
    group = next((group for group in seen.order.groups if any(one.group == group.id for one in loose)), None)
    if group is None:
        raise BadInput("order: all its units have been started; name one that waits, or give lines.")
    own = [one for one in loose if one.group == group.id]
    mids = {one.units.mid for one in own}
    destination = Destination(group.country_code, group.postal_code) if group.country_code else None
    return Goods(
        PromiseRequest(
            lines=gathered(SkuQuantity(one.sku, one.units.quantity) for one in own),
            destination=located(context, destination),
            pickup_location=group.pickup_location,
            services=(group.service,),
            at_location=seen.order.placed_at_location,
            excluded=wish.excluded,
            refused=refusers(seen.order),
        ),
        tuple(claim for claim in seen.record.claims if claim.mid in mids),
    )
