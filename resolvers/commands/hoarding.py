"""How much a caller may hold at a time: so many baskets, and a shopper no more than a share of an article's stock."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.domain.allocation import Need
from gateway.domain.claims.carrying import Program
from gateway.domain.claims.documents import Holding
from gateway.domain.claims.limits import Crowded, Limit
from gateway.domain.claims.programs import Answer
from gateway.domain.ids import Sku, StockKey, sku_and_location
from gateway.domain.network import Channel
from gateway.domain.stock import StockPosition, sellable
from gateway.ports.order_book import Record
from resolvers.commands.goods import positions_asked
from resolvers.commands.problems import Problems
from resolvers.context import Context

PAUSES_S = (0.02, 0.05, 0.1, 0.2)
"""How long older holds wait for younger ones to give up, of calls that run at once."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller wants to hold; `partly`: less is welcome; `instead_of`: the hold that it changes."""

    channel: Channel
    needs: Sequence[Need]
    partly: bool
    instead_of: Record | None = None

    @property
    def own(self) -> Counter[Sku]:
        """Return the units of the hold that it changes."""
        return units_of([[(claim.key, claim.units) for claim in self.instead_of.claims]] if self.instead_of else ())


@dataclass(frozen=True, slots=True)
class Beside:
    """What else a caller holds: how many baskets, the units in them, and those of these that surely are not free to be sold any more."""

    count: int
    units: Counter[Sku]
    taken: Counter[Sku]


@dataclass(frozen=True, slots=True)
class Hoard:
    """What a caller wants to hold, judged beside what else the caller holds."""

    context: Context
    wanted: Wanted

    def check(self, beside: Beside, problems: Problems) -> None:
        """Note what goes beyond the bounds of the channel."""
        channel, shopper = self.wanted.channel, self.context.principal.kind == "STOREFRONT"
        most = channel.most_holds if shopper else channel.most_holds_of_others
        if self.wanted.instead_of is None and beside.count >= most:
            problems.refuse("LIMIT_REACHED", f"You hold {most} baskets already; release one of them, or change it by changeReservation.")
        if shopper:
            found = positions_asked(self.context, channel, [need.sku for need in self.wanted.needs])
            check_shares(self.wanted, beside, found, problems)

    def check_others(self, others: Sequence[Holding], problems: Problems) -> None:
        seen_ms = (self.context.now.timestamp() - self.context.world.view.lag_s) * 1000
        seen = [one.taken for one in others if one.created_ms <= seen_ms]
        own = self.wanted.own
        self.check(Beside(len(others), units_of([one.units for one in others]) + own, units_of(seen) + own), problems)

    def fits(self, others: Sequence[Holding]) -> bool:
        problems = Problems()
        self.check_others(others, problems)
        return not problems.found


def units_of(parts: Iterable[Sequence[tuple[StockKey, int]]]) -> Counter[Sku]:
    units = Counter[Sku]()
    for part in parts:
        for key, quantity in part:
            units[sku_and_location(key)[0]] += quantity
    return units


async def within_bounds(context: Context, wanted: Wanted, program: Callable[[Limit], Program[Answer]]) -> Answer:
    """Hold no more than the channel allows, however many calls of the caller run at once; raises LIMIT_REACHED.

    The oldest of them are waited for: the younger ones give up first.
    """
    asked = Hoard(context, wanted)
    limit = Limit(context.principal.identity, asked.fits)
    for pause_s in PAUSES_S:
        answer = await context.world.claims.run(program(limit))
        if not isinstance(answer, Crowded) or answer.ended:
            break
        await asyncio.sleep(pause_s)
    else:
        answer = await context.world.claims.run(program(replace(limit, insistent=True)))
    if isinstance(answer, Crowded) and answer.ended:
        problems = Problems()
        asked.check_others(answer.others, problems)
        problems.stop()
    return answer


def check_shares(wanted: Wanted, beside: Beside, positions: Mapping[Sku, Sequence[StockPosition]], problems: Problems) -> None:
    """Note the articles of which a shopper would hold more than his share; what cannot be had is not judged here."""
    channel, own, asked = wanted.channel, wanted.own, Counter[Sku]()
    for need in wanted.needs:
        asked[need.sku] += need.units
    for sku, units in asked.items():
        free = sellable(positions.get(sku, ())) + own[sku]
        others = beside.units[sku] - own[sku]
        taken = beside.taken[sku] - own[sku]
        most = max(channel.held_freely, int(channel.max_held_share * (free + taken)))
        if others + min(units, free) > most and (units <= free or wanted.partly):
            n = next(n for n, need in enumerate(wanted.needs) if need.sku == sku)
            text = f"A shopper may hold {most} of {sku} at a time, and you hold {others}; ask for at most {max(0, most - others)}."
            problems.refuse("LIMIT_REACHED", text, "lines", n, "quantity")
