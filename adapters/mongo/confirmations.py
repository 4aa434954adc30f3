"""Rows that only confirmed what was known: not written one by one, but remembered, so that nothing older is applied over them.

While a pass runs, this process remembers each row; when the pass is complete, one watermark for the place of the source takes over.
"""

from array import array
from collections.abc import Collection, Iterable

from motor.motor_asyncio import AsyncIOMotorDatabase

from adapters.memory.stated import Watermark
from adapters.mongo.writes import Bounds, Document, repeated
from gateway.domain.ids import LocationCode, SourceCode, StockKey, sku_and_location

Place = tuple[SourceCode, LocationCode]


class Confirmations:
    def __init__(self, database: AsyncIOMotorDatabase[Document], bounds: Bounds) -> None:
        self._watermarks, self._bounds = database["watermarks"], bounds
        self._noted: dict[Place, dict[Watermark, array[int]]] = {}
        """By place and mark the hashes of keys: 8 bytes a row."""

    def note(self, source: SourceCode, keys: Iterable[StockKey], mark: Watermark) -> None:
        for key in keys:
            marks = self._noted.setdefault((source, sku_and_location(key)[1]), {})
            marks.setdefault(mark, array("q")).append(hash(key))

    async def watermarks(self, source: SourceCode, places: Collection[LocationCode]) -> dict[LocationCode, Watermark]:
        """Return what complete passes have confirmed."""
        asked = {f"{source}|{place}": place for place in places}
        query = {"_id": {"$in": list(asked)}} if len(asked) > 1 else {"_id": next(iter(asked), "")}
        found = await repeated(lambda: self._watermarks.find(query).to_list(None), self._bounds)
        return {asked[one["_id"]]: Watermark(one["epoch"], one["order"], one["as_of"]) for one in found}

    def noted(self, source: SourceCode, key: StockKey) -> list[Watermark]:
        """Return what the running pass has confirmed of this row."""
        marks = self._noted.get((source, sku_and_location(key)[1]))
        hashed = hash(key)
        return [mark for mark, hashes in marks.items() if hashed in hashes] if marks else []

    def forget(self, source: SourceCode, place: LocationCode) -> None:
        self._noted.pop((source, place), None)

    async def close(self, source: SourceCode, place: LocationCode) -> None:
        """Let the place's watermark stand for its rows, as of the earliest of them."""
        marks = self._noted.pop((source, place), None)
        if not marks:
            return
        epoch = max(marks, key=lambda mark: mark.order).epoch
        last = [mark for mark in marks if mark.epoch == epoch]
        written = {"epoch": epoch, "order": min(mark.order for mark in last), "as_of": min(mark.as_of_ms for mark in last)}
        name = f"{source}|{place}"
        await repeated(lambda: self._watermarks.replace_one({"_id": name}, {"_id": name, **written}, upsert=True), self._bounds)
