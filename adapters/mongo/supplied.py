"""What each feed of supply last said of each position, as a digest: what did not change is not even read."""

import hashlib
from collections.abc import Collection, Mapping

import orjson
from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import DeleteOne, ReplaceOne

from adapters.mongo.bulk import CHUNK, Write, insert_new, parts, write_each
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
        return {(StockKey(one["key"]), one["feed"]): UNSURE if one.get("due") else one["digest"] for one in found}

    async def expect(self, told: Mapping[Told, str]) -> None:
        """Note that these will be written for the first time: if that fails half-way, the next pass looks at them again."""
        await insert_new(self._supplied, [{**document(*one), "due": True} for one in told.items()], self._bounds)

    async def settle(self, expected: Collection[Told], told: Mapping[Told, str], gone: Collection[Told]) -> None:
        """Note that all is written: what was expected, what is told otherwise than before, and what is told no more."""
        for part in parts([named(one) for one in expected], CHUNK):
            await repeated(lambda part=part: self._supplied.update_many({"_id": {"$in": part}}, {"$unset": {"due": ""}}), self._bounds)  # type: ignore[misc]
        writes: list[Write] = [ReplaceOne({"_id": named(one)}, document(one, told[one]), upsert=True) for one in told]
        await write_each(self._supplied, [*writes, *(DeleteOne({"_id": named(one)}) for one in gone)], self._bounds)


def named(told: Told) -> str:
    key, feed = told
    return f"{feed}|{key}"


def document(told: Told, digest: str) -> Document:
    key, feed = told
    return {"_id": named(told), "feed": feed, "key": key, "digest": digest}


def digest(lots: tuple[Inbound, ...]) -> str:
    return hashlib.blake2b(orjson.dumps([dump(lot) for lot in lots]), digest_size=12).hexdigest()
