"""Folds the markers of a position that only wait for their source's word, unfolds the one that a step is about, and bounds what is left."""

import time
from collections import Counter
from collections.abc import Iterable

from adapters.mongo.combining import Combining
from adapters.mongo.folds import fold_fields, markers_in, texts_about, texts_of
from adapters.mongo.moment import NOW_MS
from adapters.mongo.stock_documents import marker_document, marker_of
from adapters.mongo.writes import Bounds, Collection, Document, repeated, update
from gateway.domain.claims.documents import Claim
from gateway.domain.claims.folding import foldable
from gateway.domain.claims.meaning import Times
from gateway.domain.errors import Throttled, Unavailable
from gateway.domain.ids import StockKey

PAUSE_S = 5.0
"""Between two looks at what of a position may be folded, or at one that holds as many claims as it may."""
LOOK_EVERY = 100
"""Claims that a process makes at a place until it looks how many wait there, where it does not fold."""
MOST_COUNTED = 10_000
"""Places whose claims are counted; beyond them it is begun anew."""
TRIES = 20
"""Looks at one marker; others fold and unfold on the same position, but seldom."""


class Folding:
    """`folded_from` markers are worth a write; 0: none is ever folded. The bounds hold within what a process claims between two looks.

    `at_first`: it looks with the first claim of a place, which is worth a reading where places are few.
    """

    def __init__(self, stock: Collection, times: Times, bounds: Bounds, combining: Combining, *, at_first: bool = False) -> None:
        self.at_first = at_first
        self.stock, self.times, self.bounds, self.combining, self.least = stock, times, bounds, combining, combining.folded_from
        self._due: set[StockKey] = set()
        self._tried: dict[StockKey, float] = {}
        self._claimed = Counter[StockKey]()
        self._full: dict[StockKey, float] = {}

    def hear_take(self, key: StockKey) -> None:
        """Count a claim; from time to time the next writer looks how many wait there."""
        if len(self._claimed) >= MOST_COUNTED:
            self._claimed.clear()
        self._claimed[key] += 1
        if self._claimed[key] % (self.least or LOOK_EVERY) == 0 or (self.at_first and self._claimed[key] == 1):
            self.look_soon(key)

    def check(self, claims: Iterable[Claim]) -> None:
        """Raise Throttled where a place holds as many claims as it may, as far as this process has seen."""
        for key in {claim.key for claim in claims} & self._full.keys():
            left_s = self._full[key] - time.monotonic()
            if left_s > 0:
                told = "More claims wait at one place than may; repeat this in a moment with the same key."
                raise Throttled(told, retry_after_ms=max(1, int(left_s * 1000)))
            del self._full[key]
            self._due.add(key)

    def look_soon(self, key: StockKey) -> None:
        if time.monotonic() - self._tried.get(key, -PAUSE_S) >= PAUSE_S:
            self._due.add(key)

    def weigh(self, key: StockKey, markers: int) -> None:
        """Note a position with so many markers that some may be worth folding, for whoever writes it next; not again for some time."""
        if self.least and markers >= self.least:
            self.look_soon(key)

    async def fold_noted(self, key: StockKey) -> None:
        if key in self._due:
            self._due.discard(key)
            self._tried = {one: at for one, at in self._tried.items() if time.monotonic() - at < PAUSE_S} | {key: time.monotonic()}
            await self.fold(key)

    async def fold(self, key: StockKey) -> bool:
        """Fold what may be, unless somebody else writes the position meanwhile: it can wait."""
        texts = {"$size": {"$objectToArray": {"$ifNull": ["$folds", {}]}}}
        pipeline: list[Document] = [{"$match": {"_id": key}}, {"$project": {"m": 1, "rev": 1, "texts": texts, "now": NOW_MS}}]
        found = await self.stock.aggregate(pipeline, maxTimeMS=self.bounds.command_ms).to_list(1)
        markers = {mid: marker_of(marker) for mid, marker in found[0]["m"].items()} if found else {}
        folded = foldable(markers, found[0]["now"], self.times) if found and self.least else {}
        if len(folded) < self.least:
            folded = {}
        self._judge(key, len(markers) - len(folded), found[0]["texts"] if found else 0)
        if not folded:
            return False
        left = {mid: marker for mid, marker in found[0]["m"].items() if mid not in folded}
        written: Document = {"m": {"$literal": left}, **added(fold_fields(folded)), "rev": {"$add": ["$rev", 1]}}
        return (await update(self.stock, {"_id": key, "rev": found[0]["rev"]}, [{"$set": written}], self.bounds)).applied

    def _judge(self, key: StockKey, apart: int, texts: int) -> None:
        """Note whether a place holds as many claims as it may."""
        if apart >= self.combining.most_markers or texts >= self.combining.most_folds:
            self._full[key] = time.monotonic() + PAUSE_S
        else:
            self._full.pop(key, None)

    async def look(self, key: StockKey, mid: str) -> Document | None:
        """Return a position with one marker of it, if there is one, and its owner's watermark; a folded marker is unfolded first."""
        pipeline: list[Document] = [
            {"$match": {"_id": key}},
            {"$project": {f"m.{mid}": 1, "own": 1, "texts": texts_about(mid)}},
        ]

        async def call() -> list[Document]:
            return await self.stock.aggregate(pipeline, maxTimeMS=self.bounds.command_ms).to_list(1)

        for _ in range(TRIES):
            found = await repeated(call, self.bounds)
            if not found or found[0].get("m", {}).get(mid) or not found[0]["texts"]:
                return found[0] if found else None
            await self._unfold(key, mid, found[0]["texts"][0])
        raise Unavailable("A claim is folded faster than it can be read; repeat with the same key.")

    async def _unfold(self, key: StockKey, mid: str, told: Document) -> None:
        """Let a marker stand apart again, if the text that tells of it still stands."""
        markers = markers_in({told["k"]: told["v"]})
        marker = markers.pop(mid)
        others = {"$filter": {"input": {"$objectToArray": "$folds"}, "as": "e", "cond": {"$ne": ["$$e.k", told["k"]]}}}
        written: Document = {
            "folds": {"$mergeObjects": [{"$arrayToObject": others}, {"$literal": texts_of(markers)}]},
            "folded": {"$subtract": ["$folded", marker.q]},
            "m": {"$mergeObjects": ["$m", {"$literal": {mid: marker_document(marker)}}]},
            "rev": {"$add": ["$rev", 1]},
        }
        where = {"_id": key, f"folds.{told['k']}": {"$exists": True}}
        await repeated(lambda: update(self.stock, where, [{"$set": written}], self.bounds), self.bounds)


def added(fields: Document) -> Document:
    return {
        "folds": {"$mergeObjects": [{"$ifNull": ["$folds", {}]}, {"$literal": fields["folds"]}]},
        "folded": {"$add": [{"$ifNull": ["$folded", 0]}, fields["folded"]]},
    }
