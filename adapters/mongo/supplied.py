"""What each feed of supply last said of each position, as a digest: what did not change is not even read."""

import hashlib
from collections.abc import Collection, Mapping

import orjson
from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import DeleteOne, ReplaceOne

from adapters.mongo.codec import dump
from adapters.mongo.writes import Bounds, Document, repeated
from gateway.domain.ids import SourceCode, StockKey
from gateway.domain.stock import Inbound

Told = tuple[StockKey, str]
"""A position and a feed (`<source>/<name>`)."""
AFTER_SLASH = "0"
"""The character after the slash: where the names of a source's feeds end."""
UNSURE = ""


class Supplied:
    def __init__(self, database: AsyncIOMotorDatabase[Document], bounds: Bounds) -> None:
        self._supplied, self._bounds = database["supplied"], bounds

    async def known(self, source: SourceCode) -> dict[Told, str]:
        of_source = {"_id": {"$gte": f"{source}/", "$lt": f"{source}{AFTER_SLASH}"}}
        found = await repeated(lambda: self._supplied.find(of_source).to_list(None), self._bounds)
        return {(StockKey(one["key"]), one["feed"]): one["digest"] for one in found}

    async def expect(self, told: Collection[Told]) -> None:
        """Note that these will be written: if that fails half-way, the next pass looks at them again."""
        await self.settle(dict.fromkeys(told, UNSURE), ())

    async def settle(self, told: Mapping[Told, str], gone: Collection[Told]) -> None:
        writes: list[ReplaceOne[Document] | DeleteOne] = [
            ReplaceOne({"_id": f"{feed}|{key}"}, {"_id": f"{feed}|{key}", "feed": feed, "key": key, "digest": digest}, upsert=True)
            for (key, feed), digest in told.items()
        ]
        writes += [DeleteOne({"_id": f"{feed}|{key}"}) for key, feed in gone]
        if writes:
            await repeated(lambda: self._supplied.bulk_write(writes, ordered=False), self._bounds)


def digest(lots: tuple[Inbound, ...]) -> str:
    return hashlib.blake2b(orjson.dumps([dump(lot) for lot in lots]), digest_size=12).hexdigest()
