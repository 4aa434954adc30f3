"""What a scrub reads: positions with markers, one page after the other, and what stands on each of them."""

from collections.abc import AsyncIterator, Sequence

from adapters.mongo.moment import NOW_MS
from adapters.mongo.movement_log import MovementLog
from adapters.mongo.stock_documents import markers_of
from adapters.mongo.writes import Bounds, Collection, Document, repeated
from gateway.domain.claims.documents import Standing
from gateway.domain.claims.meaning import Times
from gateway.domain.claims.recording import left_by_figures, open_claims
from gateway.domain.claims.stock_meaning import standing
from gateway.domain.ids import StockKey
from gateway.ports.order_book import moment_of

PAGE = 200


class ScrubReads:
    """`collections`: stock and capacity."""

    def __init__(self, collections: Sequence[Collection], movements: MovementLog, times: Times, bounds: Bounds) -> None:
        self.collections, self.movements, self.times, self.bounds = collections, movements, times, bounds

    async def marked(self) -> AsyncIterator[StockKey]:
        for collection in self.collections:
            after = ""
            while page := await self._page(collection, after):
                for document in page:
                    yield StockKey(document["_id"])
                after = page[-1]["_id"]

    async def _page(self, collection: Collection, after: str) -> list[Document]:
        where = {"_id": {"$gt": after}, "$or": [{"m": {"$exists": True, "$ne": {}}}, {"folded": {"$gt": 0}}]}
        return await repeated(lambda: collection.find(where, {"_id": 1}).sort("_id", 1).limit(PAGE).to_list(PAGE), self.bounds)

    async def standing(self, key: StockKey) -> Standing:
        pipeline: list[Document] = [{"$match": {"_id": key}}, {"$project": {"m": 1, "folds": 1, "folded": 1, "now": NOW_MS}}]
        for collection in self.collections:
            found = await repeated(lambda source=collection: source.aggregate(pipeline).to_list(1), self.bounds)  # type: ignore[misc]
            if found:
                markers = markers_of(found[0])
                movements = await self.movements.of_claims(key)
                recorded = open_claims(movements, moment_of(found[0]["now"]), self.times)
                return Standing(standing(markers, found[0]["now"], self.times), recorded, left_by_figures(movements))
        return Standing(there=False)
