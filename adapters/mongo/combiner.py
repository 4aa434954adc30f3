"""One queue per stock document: what many callers want of it at once is one update, in the order of their arrival.

Where a batch cannot apply as a whole, the document is read, those who cannot be served by it are told so, and the rest is written again.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from adapters.mongo.combined_steps import NOBODY, CombinedStep, Wish, written
from adapters.mongo.combining import Combining
from adapters.mongo.gathering import DATABASE_ERRORS, Gatherings
from adapters.mongo.moment import NOW_MS
from adapters.mongo.stock_documents import marker_document, marker_of
from adapters.mongo.writes import Bounds, Collection, Document, update
from gateway.domain.claims.documents import Marker, StockDoc
from gateway.domain.claims.meaning import Times
from gateway.domain.claims.steps import GiveBack
from gateway.domain.claims.stock_meaning import after_stock_step
from gateway.domain.ids import StockKey

ROUNDS = 4
"""Writes of one batch; after them each caller goes its own way."""
NEVER_MS = 1 << 60
"""A skew after which nothing is purged: what still stands in the document is judged as it stands."""


@dataclass(frozen=True, slots=True)
class Met:
    """What a step met: whether it applied, and the marker before it."""

    applied: bool
    marker: Marker | None


class Combiner:
    """`crowded` hears of each place where several came at once; `tidy` has each place to itself, as far as this process goes, before."""

    def __init__(
        self,
        stock: Collection,
        times: Times,
        bounds: Bounds,
        combining: Combining,
        crowded: Callable[[StockKey], None],
        tidy: Callable[[StockKey], Awaitable[None]],
    ) -> None:
        self.stock, self.times, self.bounds, self.crowded, self.tidy = stock, times, bounds, crowded, tidy
        self.standing = replace(times, skew_ms=NEVER_MS)
        self._queues: Gatherings[StockKey, Wish, Met] = Gatherings(self._carry, combining.most)

    async def apply(self, step: CombinedStep, marker: Marker | None) -> Met | None:
        """Carry out a step on a marker that is expected like this; None: unknown, also whether it was applied."""
        return await self._queues.ask(step.claim.key, Wish(step, marker_document(marker) if marker else None))

    async def _carry(self, key: StockKey, wishes: Sequence[Wish]) -> list[Met | None]:
        if len(wishes) > 1:
            self.crowded(key)
        with contextlib.suppress(*DATABASE_ERRORS):
            async with asyncio.timeout(self.bounds.answer_s):
                await self.tidy(key)
        met: dict[str, Met] = {}
        first = {wish.mid: wish for wish in reversed(wishes)}
        left = [wish for wish in wishes if first[wish.mid] is wish]  # a twin's is not known before the first has been carried out
        for _ in range(ROUNDS):
            if await self._write(key, left):
                met |= {wish.mid: Met(applied=True, marker=expected(wish)) for wish in left}
                break
            left = self._judged(left, met, await self._read(key, left))
            if not left:
                break
        return [met.get(wish.mid) if first[wish.mid] is wish else None for wish in wishes]

    async def _write(self, key: StockKey, wishes: Sequence[Wish]) -> bool:
        where, pipeline = written(key, wishes, self.times)
        async with asyncio.timeout(self.bounds.answer_s):
            return (await update(self.stock, where, pipeline, self.bounds)).applied

    async def _read(self, key: StockKey, wishes: Sequence[Wish]) -> Document | None:
        fields = {"free": 1, "folded": 1, "own.seq": 1, "now": NOW_MS, **{f"m.{wish.mid}": 1 for wish in wishes}}
        pipeline: list[Document] = [{"$match": {"_id": key}}, {"$project": fields}]
        async with asyncio.timeout(self.bounds.answer_s):
            found = await self.stock.aggregate(pipeline, maxTimeMS=self.bounds.command_ms).to_list(1)
        return found[0] if found else None

    def _judged(self, wishes: Sequence[Wish], met: dict[str, Met], found: Document | None) -> list[Wish]:
        """Note who cannot be served, one after the other as they came; return the others as the document stands."""
        documents: Document = found.get("m", {}) if found else {}
        markers = {mid: marker_of(document) for mid, document in documents.items()}
        stock = StockDoc(wishes[0].step.claim.key, NOBODY, 0, found["free"], order=found["own"]["seq"], markers=markers) if found else None
        left = []
        for wish in wishes:
            if isinstance(wish.step, GiveBack) and wish.mid not in markers and found and found.get("folded"):
                continue  # it may be folded: its caller looks for it
            after = after_stock_step(stock, wish.step, found["now"], self.standing) if stock and found else None
            if after is None:
                met[wish.mid] = Met(applied=False, marker=markers.get(wish.mid))
            else:
                stock = after
                left.append(replace(wish, marker=documents.get(wish.mid)))
        return left


def expected(wish: Wish) -> Marker | None:
    return marker_of(wish.marker) if wish.marker else None
