"""Past orders made ready to be sourced again: what is known of their goods, under the profile that holds and under another."""

from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.domain.capacity import Rooms
from gateway.domain.catalogue import Product
from gateway.domain.errors import BadInput
from gateway.domain.ids import ChannelCode, LocationCode
from gateway.domain.network import Channel
from gateway.domain.order import Order
from gateway.domain.promise.options import Destination, PromiseFacts
from gateway.domain.promise.passages import Passages
from gateway.domain.quantities import SkuQuantity
from gateway.domain.simulation import PastGroup, PastOrder, Rivals
from gateway.domain.sourcing_terms import SourcingProfile
from gateway.ports.order_book import OrderQuery
from resolvers.commands.route_order import ROUTER
from resolvers.context import Context, World
from resolvers.questions.outlooks import outlooks
from resolvers.questions.profiles import every_profile
from resolvers.questions.promise_facts import located, promise_facts

PAGE = 100


@dataclass(frozen=True, slots=True)
class Prepared:
    """Orders with their destinations found, and what is known by channel.

    `left_out`: how many orders of which channels are not among them, since the profile is not for those.
    """

    orders: tuple[PastOrder, ...]
    rivals: Mapping[ChannelCode, Rivals]
    now: datetime
    left_out: Mapping[ChannelCode, int] = field(default_factory=dict)

    @property
    def by_currency(self) -> dict[str, "Prepared"]:
        """Return the orders apart that were paid in different currencies: of two of them nothing is ever added up."""
        currencies = {code: rivals.held.channel.currency for code, rivals in self.rivals.items()}
        return {
            currency: replace(self, orders=tuple(order for order in self.orders if currencies[order.channel] == currency))
            for currency in sorted({currencies[order.channel] for order in self.orders})
        }


async def orders_since(world: World, since: datetime) -> AsyncIterator[PastOrder]:
    """Yield the orders placed since then, the oldest first."""
    after, more = None, True
    while more:
        page = await world.orders.orders(OrderQuery(placed_from=since, sort="PLACED_AT"), PAGE, after)
        for record in page.records:
            if record.order is not None:
                yield past(record.order)
        after, more = page.end, page.more


def past(order: Order) -> PastOrder:
    groups = []
    for group in order.groups:
        units: dict[str, SkuQuantity] = {}
        for line in order.lines:
            if line.group == group.id:
                known = units.get(line.sku)
                units[line.sku] = SkuQuantity(line.sku, line.quantity + (known.quantity if known else 0))
        destination = Destination(group.country_code, group.postal_code) if group.country_code else None
        groups.append(PastGroup(group.service, tuple(units.values()), destination, group.pickup_location))
    return PastOrder(order.number, order.channel, tuple(groups))


async def profile_to_try(world: World, wanted: str, definition: str | None) -> SourcingProfile:
    """Return a profile by its name, or name@version (the newest version without one), or as a definition states it.

    Raises BadInput for a name that nothing has, ProfileInvalid for a definition that is none.
    """
    every = tuple(channel.code for channel in world.network.channels)
    if definition is not None:
        context = Context(world, ROUTER, world.clock.now())
        return world.read_profile(definition, wanted, every, (await context.ready()).locations)
    name, _, version = wanted.partition("@")
    known = await every_profile(Context(world, ROUTER, world.clock.now()))
    found = [one.profile for one in known if one.profile.name == name and version in {"", str(one.profile.version)}]
    if not found:
        names = ", ".join(sorted({f"{one.profile.name}@{one.profile.version}" for one in known})) or "none"
        raise BadInput(f"There is no profile {wanted!r}; there are: {names}. A file ending in .toml may be named too.")
    return max(found, key=lambda profile: profile.version)


async def prepared(world: World, orders: Sequence[PastOrder], profile: SourcingProfile) -> Prepared:
    """Gather what is known now; orders of channels that the profile is not for are left out, and counted."""
    context = Context(world, ROUTER, world.clock.now())
    await context.ready()
    ours = [order for order in orders if order.channel in profile.channels]
    channels = {channel.code: channel for channel in world.network.channels if any(order.channel == channel.code for order in ours)}
    rivals = {code: await known_of(context, channel, ours, profile) for code, channel in channels.items()}
    taken = tuple(with_positions(context, order) for order in ours if order.channel in rivals)
    left_out = Counter(order.channel for order in orders) - Counter(order.channel for order in taken)
    return Prepared(taken, rivals, context.now, dict(sorted(left_out.items())))


def with_positions(context: Context, order: PastOrder) -> PastOrder:
    return replace(order, groups=tuple(replace(group, destination=located(context, group.destination)) for group in order.groups))


async def known_of(context: Context, channel: Channel, orders: Sequence[PastOrder], profile: SourcingProfile) -> Rivals:
    skus = {line.sku for order in orders if order.channel == channel.code for group in order.groups for line in group.lines}
    products = list((await context.world.catalogue.products(skus)).values())
    held = portable(promise_facts(context, channel, products))
    return Rivals(held, under(held, channel, products, profile, context.now))


def under(facts: PromiseFacts, channel: Channel, products: Collection[Product], profile: SourcingProfile, now: datetime) -> PromiseFacts:
    return replace(facts, profile=profile, outlook_by_sku=outlooks(products, channel, profile.costs, facts.positions, now))


def portable(facts: PromiseFacts) -> PromiseFacts:
    """Return the facts in plain dicts, which can be given to another process, and with a memory of their own."""
    rooms: dict[LocationCode, Rooms] = {place: dict(rooms) for place, rooms in facts.rooms.items()}
    return replace(facts, rooms=rooms, holidays=dict(facts.holidays), locations=dict(facts.locations), passages=Passages())
