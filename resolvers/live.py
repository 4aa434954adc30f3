"""Figures no older than a caller asks for: older ones are read from their owner, one call a source, and taken into the ledger."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from gateway.domain.catalogue import Product
from gateway.domain.errors import BadInput, GatewayError, SourceBusy, SourceError, SourceRejected, Unavailable
from gateway.domain.feeds import Batch, Item, StockRow
from gateway.domain.ids import Sku, SourceCode, sku_and_location
from gateway.pacing.budget import remaining_s
from gateway.ports.ledger import Statement, StockState
from gateway.ports.stores import FeedState
from resolvers.context import Context
from resolvers.figures import checked, statement, with_epoch
from resolvers.loaders import Batched, products_by_sku
from resolvers.positions import SourceFacts
from resolvers.scales import Scales

MARGIN_S = 0.03
"""What a live read leaves of its request's budget: less than a call over a network does, so that this tells first why it failed."""


class LiveStates(Batched[Sku, None]):
    """Makes positions of a sku as young as the request asks; what was read lives in `states` for the rest of the request.

    `unreachable` are sources that did not answer: their last known figures stand, marked. One that is busy, or that cannot be asked
    for single items, is not lost: its figures are as old as they are.
    """

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.states: dict[Sku, tuple[StockState, ...]] = {}
        self.unreachable: set[SourceCode] = set()

    async def batch_load_fn(self, keys: list[Sku]) -> list[None]:
        skus_by_source: dict[SourceCode, set[Sku]] = {}
        for sku in keys:
            for source in self.owners_to_ask(sku):
                skus_by_source.setdefault(source, set()).add(sku)
        products = {product.sku: product for product in await products_by_sku(self.context, keys) if product}
        await asyncio.gather(
            *(self.read(source, [products[sku] for sku in skus if sku in products]) for source, skus in skus_by_source.items())
        )
        return [None] * len(keys)

    def owners_to_ask(self, sku: Sku) -> set[SourceCode]:
        """Return the sources that own a position of the sku that is older than asked for."""
        facts, oldest_at = self.context.surroundings.facts, self.context.now - timedelta(seconds=self.context.max_age_s or 0)
        asked = set()
        for state in self.context.world.view.states(sku, self.context.now):
            _, place = sku_and_location(state.key)
            told = facts.get(state.source)
            if told and told.as_of(sku, place, state.as_of) < oldest_at:
                asked.add(state.source)
        return asked

    async def read(self, source: SourceCode, products: Sequence[Product]) -> None:
        ports = self.context.world.sources.get(source)
        if ports is None or ports.stock is None or not products:
            return
        try:
            async with asyncio.timeout(remaining_s(MARGIN_S)):
                batch = await ports.stock.positions([item_for(source, product) for product in products])
                statements = await self.statements(source, batch)
        except (SourceBusy, SourceRejected):
            return
        except (SourceError, TimeoutError):
            self.unreachable.add(source)
            self.context.positions.clear()
            return
        self.show(statements)
        await self.take_in(source, statements)

    async def statements(self, source: SourceCode, batch: Batch[StockRow]) -> list[Statement]:
        world = self.context.world
        rows, _ = await checked(world, world.sources[source], batch.rows, batch.sequence)
        standing = self.context.surroundings.standings[source]
        told_as = with_epoch(batch, self.stock_feed(source))
        return [
            told
            for sku, row in rows
            if isinstance(row, StockRow)
            if (told := statement(standing.source, told_as, sku, row, self.context.now))
        ]

    def stock_feed(self, source: SourceCode) -> FeedState:
        feeds = self.context.surroundings.standings[source].feeds
        return next((feed for feed in feeds if feed.name == "stock"), FeedState(source, "stock"))

    def show(self, statements: Iterable[Statement]) -> None:
        """Let the rest of the request answer from the new figures; what is claimed of them stays claimed."""
        told = {stated.key: stated for stated in statements}
        self.context.positions.clear()
        for sku in {sku_and_location(key)[0] for key in told}:
            self.states[sku] = tuple(with_figure(state, told.get(state.key)) for state in states(self.context, sku))

    async def take_in(self, source: SourceCode, statements: Sequence[Statement]) -> None:
        """Tell the ledger what was read, unless it looks like garbage; the answer stands even if the database is away or slow."""
        with suppress(GatewayError, TimeoutError):
            async with asyncio.timeout(remaining_s(MARGIN_S)):
                await Scales(self.context.world, self.context.world.sources[source], self.stock_feed(source)).take(statements)


async def bring_up_to_date(context: Context, skus: Collection[Sku]) -> None:
    """Read again what is older than this request asks for; does nothing when it does not ask."""
    if context.max_age_s is not None and skus:
        await context.loader(LiveStates).load_many(dict.fromkeys(skus))


def states(context: Context, sku: Sku) -> tuple[StockState, ...]:
    """Return the stock documents of a sku as this request knows them; never waits. Raises Unavailable before the view is filled."""
    if not context.world.view.filled:
        raise Unavailable("The view of stock is being filled; ask again in a moment.")
    known = context.world.view.states(sku, context.now)
    return known if context.max_age_s is None else context.loader(LiveStates).states.get(sku, known)


def source_facts(context: Context) -> Mapping[SourceCode, SourceFacts]:
    """Return what is known of owners of stock; one that did not answer this request counts as away in it."""
    facts = context.surroundings.facts
    unreachable = context.loader(LiveStates).unreachable if context.max_age_s is not None else None
    if not unreachable:
        return facts
    return {code: replace(told, down=told.down or code in unreachable) for code, told in facts.items()}


def ask_max_age(context: Context, seconds: Collection[int]) -> None:
    """Set the bound of the whole request: the tightest asked for, raised to the floor of the caller's channel."""
    if not seconds:
        return
    if min(seconds) < 0:
        raise BadInput(f"maxAgeSeconds is {min(seconds)}; ask for 0 or more.")
    channel = context.world.channel(None, context.principal)
    floor_s = int(channel.max_age_floor.total_seconds()) if channel else 0
    context.max_age_s = max(min(seconds), floor_s)


def item_for(source: SourceCode, product: Product) -> Item:
    """Return every name by which the source may know the product."""
    code = next((known.value for known in product.external_ids if known.source == source), None)
    return Item(product.sku, product.gtin, code)


def with_figure(state: StockState, told: Statement | None) -> StockState:
    """Return the stock document with its owner's newer figure; claims on it stay subtracted."""
    if told is None or told.as_of < state.as_of:
        return state
    free = state.free + told.quantity - state.quantity
    return replace(state, quantity=told.quantity, unavailable=told.unavailable, free=free, as_of=told.as_of)
