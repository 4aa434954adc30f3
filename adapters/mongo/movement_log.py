"""Movements in MongoDB: inserted after what they record, under names that make a repeat a duplicate."""

import asyncio
from collections.abc import Collection, Sequence

from motor.motor_asyncio import AsyncIOMotorDatabase

from adapters.mongo.bulk import insert_new, inserted
from adapters.mongo.combining import Combining
from adapters.mongo.gathering import Gathering
from adapters.mongo.writes import Bounds, Document, repeated
from gateway.domain.ids import SourceCode, StockKey
from gateway.domain.movement import Movement

LOADED_WHOLE = 100
"""So many first figures in one batch are recorded as one load: a movement each would halve the speed of a first pass."""


class MovementLog:
    def __init__(self, database: AsyncIOMotorDatabase[Document], bounds: Bounds, combining: Combining | None = None) -> None:
        self._movements, self._bounds = database["movements"], bounds
        self._queue = Gathering(self._insert, (combining or Combining()).most)

    async def record(self, movements: Collection[Movement], first: frozenset[StockKey] = frozenset()) -> None:
        """Insert what is not there yet. `first`: keys whose document was new, so that many of them are one load."""
        loaded = [movement for movement in movements if movement.key in first] if len(first) > LOADED_WHOLE else []
        single = [movement for movement in movements if not (loaded and movement.key in first)]
        documents = [movement_document(movement) for movement in [*([whole(loaded)] if loaded else []), *single]]
        await insert_new(self._movements, documents, self._bounds)

    async def record_few(self, movements: Sequence[Movement]) -> None:
        """Insert what is not there yet, together with what others record."""
        if movements and not await self._queue.ask([movement_document(movement) for movement in movements]):
            await self.record(movements)

    async def _insert(self, shares: Sequence[list[Document]]) -> list[bool]:
        async with asyncio.timeout(self._bounds.answer_s):
            await inserted(self._movements, [document for share in shares for document in share])
        return [True] * len(shares)

    async def of_claim(self, key: StockKey, mid: str) -> list[Movement]:
        documents = await repeated(lambda: self._movements.find({"key": key, "cause": mid}).to_list(None), self._bounds)
        return [movement_of(document) for document in documents]

    async def of_claims(self, key: StockKey) -> list[Movement]:
        """Return the movements of all claims on a position."""
        documents = await repeated(lambda: self._movements.find({"key": key, "rid": {"$exists": True}}).to_list(None), self._bounds)
        return [movement_of(document) for document in documents]

    async def figures(self, key: StockKey, limit: int) -> list[Movement]:
        where = {"key": key, "q": {"$ne": None}, "positions": 1}
        documents = await repeated(lambda: self._movements.find(where).sort("at", -1).limit(limit).to_list(limit), self._bounds)
        return [movement_of(document) for document in documents]

    async def all(self) -> list[Movement]:
        documents = await repeated(lambda: self._movements.find().to_list(None), self._bounds)
        return [movement_of(document) for document in documents]


def whole(movements: Sequence[Movement]) -> Movement:
    first = min(movements, key=lambda movement: movement.key)
    units = sum(movement.change for movement in movements)
    return Movement(first.key, "LOAD", first.cause, units, units, first.at, first.source, len(movements))


def movement_document(movement: Movement) -> Document:
    return {
        "_id": movement.id,
        "key": movement.key,
        "kind": movement.kind,
        "cause": movement.cause,
        "change": movement.change,
        "q": movement.quantity,
        "at": movement.at,
        "source": movement.source,
        "positions": movement.positions,
        **({"units": movement.units, "rid": movement.rid} if movement.rid else {}),
        **({"left": movement.left} if movement.left else {}),
    }


def movement_of(document: Document) -> Movement:
    return Movement(
        StockKey(document["key"]),
        document["kind"],
        document["cause"],
        document["change"],
        document["q"],
        document["at"],
        SourceCode(document["source"]) if document["source"] else None,
        document["positions"],
        document.get("units", 0),
        document.get("rid"),
        document.get("left", 0),
    )
