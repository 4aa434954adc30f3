"""Which skus a place has a stock document of: written before the documents are, so that it never lacks one.

An index on the documents themselves would cost half the speed of a first load.
"""

from collections import defaultdict
from collections.abc import Iterable

from motor.motor_asyncio import AsyncIOMotorDatabase

from adapters.mongo.writes import Bounds, Document, repeated
from gateway.domain.ids import LocationCode, Sku, StockKey, sku_and_location


class Rosters:
    def __init__(self, database: AsyncIOMotorDatabase[Document], bounds: Bounds) -> None:
        self._rosters, self._bounds = database["rosters"], bounds

    async def add(self, keys: Iterable[StockKey]) -> None:
        skus_by_place: dict[LocationCode, list[Sku]] = defaultdict(list)
        for key in keys:
            sku, place = sku_and_location(key)
            skus_by_place[place].append(sku)
        rosters = [{"place": place, "skus": skus} for place, skus in skus_by_place.items()]
        if rosters:
            await repeated(lambda: self._rosters.insert_many([dict(roster) for roster in rosters]), self._bounds)

    async def skus(self, place: LocationCode) -> set[Sku]:
        found = await repeated(lambda: self._rosters.find({"place": place}).to_list(None), self._bounds)
        return {Sku(sku) for roster in found for sku in roster["skus"]}
