"""Readings of stock documents for those who are about to claim: one for all who ask for a document at the same time."""

import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

from adapters.mongo.combining import Combining
from adapters.mongo.gathering import Gatherings
from adapters.mongo.moment import NOW_MS
from adapters.mongo.stock_documents import marker_of
from adapters.mongo.writes import Bounds, Collection, Document, repeated
from gateway.domain.claims.documents import Claim, Marker, Seen, rid_of_mid
from gateway.domain.claims.meaning import Times
from gateway.domain.claims.stock_meaning import is_lapsed, seen
from gateway.domain.ids import StockKey

Weigh: TypeAlias = Callable[[StockKey, int], None]
EVERYTHING = sys.maxsize
"""More units than any place has: its markers are read, too."""
MOST_WATCHED = 1_000
"""Places that are watched; beyond them the oldest are forgotten, so that some claim is tried in vain."""


@dataclass
class Sighting:
    """A stock document as it was read at the server's time `now`; without markers where enough was free for all who asked."""

    free: int
    markers: dict[str, Marker]
    order: int
    now: int
    times: Times

    def by(self, mid: str) -> Seen:
        """Return what the claimant of a marker sees."""
        lapsed = tuple(rid for rid in self.by_nobody.lapsed if rid != rid_of_mid(mid))
        return replace(self.by_nobody, marker=self.markers.get(mid), lapsed=lapsed)

    @cached_property
    def by_nobody(self) -> Seen:
        return seen(self.markers, self.free, self.order, "", self.now, self.times)

    @cached_property
    def to_be_had(self) -> int:
        """Units that are free, or will be as soon as anybody is short of them."""
        return self.free + sum(marker.q for marker in self.markers.values() if is_lapsed(marker, self.now, self.times))


class StockReads:
    """`weigh` hears how many markers are met. Folded ones are not read: no attempt that they belong to can be under way."""

    def __init__(self, stock: Collection, times: Times, bounds: Bounds, combining: Combining, weigh: Weigh) -> None:
        self.weigh = weigh
        self.stock, self.times, self.bounds, self.combining = stock, times, bounds, combining
        self._queues: Gatherings[StockKey, int, Sighting] = Gatherings(self._carry, combining.most)
        self._watched: dict[StockKey, float] = {}

    async def seen(self, claim: Claim) -> Seen:
        sighting = await self._sighting(claim.key, EVERYTHING)
        if sighting.to_be_had < claim.units + claim.safety:
            self.watch(claim.key)
        return sighting.by(claim.mid)

    def watch(self, key: StockKey) -> None:
        """Look at this place before anything is claimed there, for some time."""
        self._watched.pop(key, None)
        self._watched[key] = time.monotonic()
        while len(self._watched) > MOST_WATCHED:
            del self._watched[next(iter(self._watched))]

    async def shortage(self, claims: Sequence[Claim]) -> tuple[StockKey, int] | None:
        """Return the first place that cannot serve its claims, and what it has; only places that are watched are looked at."""
        since = time.monotonic() - self.combining.admission_s
        for key in [key for key in dict.fromkeys(claim.key for claim in claims) if self._watched.get(key, since) > since]:
            needed = needed_by([claim for claim in claims if claim.key == key])
            sighting = await self._sighting(key, needed)
            if sighting.to_be_had < needed:
                return key, sighting.to_be_had
        return None

    async def _sighting(self, key: StockKey, needed: int) -> Sighting:
        sighting: Sighting | None = await self._queues.ask(key, needed)
        return await repeated(lambda: self._read(key, needed), self.bounds) if sighting is None else sighting

    async def _carry(self, key: StockKey, needs: Sequence[int]) -> list[Sighting]:
        async with asyncio.timeout(self.bounds.answer_s):
            return [await self._read(key, max(needs))] * len(needs)

    async def _read(self, key: StockKey, needed: int) -> Sighting:
        """Read a place; its markers, which are the most of it, only where those who need so much may be short."""
        enough = {"$gte": ["$free", needed]}
        counted = {"$cond": [enough, {"$size": {"$objectToArray": "$m"}}, 0]}
        projection = {"free": 1, "m": {"$cond": [enough, {"$literal": {}}, "$m"]}, "n": counted, "own.seq": 1, "now": NOW_MS}
        pipeline: list[Document] = [{"$match": {"_id": key}}, {"$project": projection}]
        found = await self.stock.aggregate(pipeline, maxTimeMS=self.bounds.command_ms).to_list(1)
        if not found:
            return Sighting(0, {}, 0, 0, self.times)
        markers = {mid: marker_of(marker) for mid, marker in found[0]["m"].items()}
        self.weigh(key, len(markers) or found[0]["n"])
        return Sighting(found[0]["free"], markers, found[0]["own"]["seq"], found[0]["now"], self.times)


def needed_by(claims: Sequence[Claim]) -> int:
    """Return how much must be free that claims on one place find their units and their safety, each in its turn."""
    units = needed = 0
    for claim in claims:
        needed = max(needed, units + claim.units + claim.safety)
        units += claim.units
    return needed
