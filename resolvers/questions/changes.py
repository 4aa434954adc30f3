"""What changes while somebody watches: the current state first, then the latest of what changed, at most every 250 ms an object."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime

from gateway.domain.availability import Availability
from gateway.domain.errors import BadInput
from gateway.domain.ids import LocationCode, Sku
from gateway.domain.network import Channel
from gateway.domain.stock import StockPosition
from gateway.ports.ledger import StockState
from resolvers.context import Context
from resolvers.loaders import RecordsByRid, products_by_sku
from resolvers.questions.availability import availability
from resolvers.questions.known import check_skus
from resolvers.questions.stock import positions
from resolvers.sight import SeenOrder, seen
from resolvers.surroundings import Surroundings

PACE_S = 0.25
RECHECK_S = 5.0
"""How long a watcher trusts silence: a change may slip in before its stream is open."""
MOST_SKUS = 100
TIMELESS = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands for the time of a figure where only the figure is compared."""

Told = tuple[Surroundings, tuple[StockState, ...]]


async def stock_changes(context: Context, channel: Channel, skus: Sequence[Sku]) -> AsyncGenerator[StockPosition, None]:
    """Yield positions of known skus; a figure that was only confirmed is no change."""
    last: dict[tuple[Sku, LocationCode], StockPosition] = {}
    async with aclosing(moments(context, skus)) as changed:
        async for now, sku in changed:
            for position in positions(now, channel, sku):
                figure = replace(position, as_of=TIMELESS, changed_at=None)
                if last.get((sku, position.location)) != figure:
                    last[sku, position.location] = figure
                    yield position


async def availability_changes(context: Context, channel: Channel, skus: Sequence[Sku]) -> AsyncGenerator[Availability, None]:
    """Yield availabilities of known skus."""
    last: dict[Sku, Availability] = {}
    async with aclosing(moments(context, skus)) as changed:
        async for now, sku in changed:
            (product,) = await products_by_sku(now, [sku])
            if product is None:
                continue
            told = availability(now, channel, product)
            figure = replace(told, as_of=None)
            if last.get(sku) != figure:
                last[sku] = figure
                yield told


async def moments(context: Context, skus: Sequence[Sku]) -> AsyncGenerator[tuple[Context, Sku], None]:
    """Yield skus whose stock documents or surroundings are others than at the moment before, each time with a context of then."""
    if not 1 <= len(skus) <= MOST_SKUS:
        raise BadInput(f"skus has {len(skus)} entries; watch 1 to {MOST_SKUS}.")
    await check_skus(context, "skus", skus)
    told: dict[Sku, Told] = {}
    while True:
        now = context.later()
        here = await now.ready()
        for sku in dict.fromkeys(skus):
            latest = context.world.view.states(sku, now.now)
            known = told.get(sku)
            if known is None or known[0] is not here or known[1] != latest:
                told[sku] = (here, latest)
                yield now, sku
        await asyncio.sleep(PACE_S)


async def order_changes(context: Context, found: SeenOrder) -> AsyncGenerator[SeenOrder, None]:
    """Yield the order as it is, then each time it has changed."""
    last = -1
    with context.world.order_news.listening(found.record.rid) as changed:
        while True:
            changed.clear()
            now = context.later()
            latest = seen(now, await now.loader(RecordsByRid).load(found.record.rid))
            if latest is None:
                return
            if latest.record.v != last:
                last = latest.record.v
                yield latest
            await asyncio.sleep(PACE_S)
            try:
                async with asyncio.timeout(RECHECK_S):
                    await changed.wait()
            except TimeoutError:
                continue
