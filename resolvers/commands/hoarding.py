"""How much a caller may hold at a time: so many baskets, and a shopper no more than a share of an article's stock."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.domain.allocation import Need
from gateway.domain.ids import Sku, StockKey, sku_and_location
from gateway.domain.network import Channel
from gateway.domain.stock import StockPosition, sellable
from gateway.ports.order_book import Record
from resolvers.commands.goods import positions_asked
from resolvers.commands.problems import Problems
from resolvers.context import Context


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller wants to hold; `partly`: less is welcome; `instead_of`: the hold that it changes."""

    channel: Channel
    needs: Sequence[Need]
    partly: bool
    instead_of: Record | None = None


async def check_hoarding(context: Context, wanted: Wanted, problems: Problems) -> None:
    """Note what goes beyond the bounds of the channel."""
    shopper = context.principal.kind == "STOREFRONT"
    holds = await context.world.orders.holds_of(context.principal.identity)
    most = wanted.channel.most_holds if shopper else wanted.channel.most_holds_of_others
    if wanted.instead_of is None and holds.count >= most:
        problems.refuse("LIMIT_REACHED", f"You hold {most} baskets already; release one of them, or change it by changeReservation.")
    if shopper:
        found = positions_asked(context, wanted.channel, [need.sku for need in wanted.needs])
        check_shares(wanted, by_sku(holds.units), found, problems)


def check_shares(wanted: Wanted, held: Counter[Sku], positions: Mapping[Sku, Sequence[StockPosition]], problems: Problems) -> None:
    """Note the articles of which a shopper would hold more than his share; what cannot be had is not judged here."""
    channel, asked = wanted.channel, Counter[Sku]()
    own = by_sku({claim.key: claim.units for claim in wanted.instead_of.claims}) if wanted.instead_of else Counter[Sku]()
    for need in wanted.needs:
        asked[need.sku] += need.units
    for sku, units in asked.items():
        free = sellable(positions.get(sku, ())) + own[sku]
        others = held[sku] - own[sku]
        most = max(channel.held_freely, int(channel.max_held_share * (free + others)))
        if others + min(units, free) > most and (units <= free or wanted.partly):
            n = next(n for n, need in enumerate(wanted.needs) if need.sku == sku)
            text = f"A shopper may hold {most} of {sku} at a time, and you hold {others}; ask for at most {max(0, most - others)}."
            problems.refuse("LIMIT_REACHED", text, "lines", n, "quantity")


def by_sku(units: Mapping[StockKey, int]) -> Counter[Sku]:
    summed = Counter[Sku]()
    for key, quantity in units.items():
        summed[sku_and_location(key)[0]] += quantity
    return summed
