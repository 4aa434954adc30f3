"""The stock documents as readers follow them: one scan, and the change stream in whole batches.

The driver's own iteration takes one hop to a thread an event; asking for batches follows four times as many events a second.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClientSession, AsyncIOMotorDatabase
from pymongo.errors import PyMongoError

from adapters.memory.stated import milliseconds
from adapters.memory.stock_states import moment, state_of
from adapters.mongo.stock_documents import stock_of
from adapters.mongo.writes import Bounds, Document, repeated
from gateway.domain.errors import Unavailable
from gateway.domain.ids import StockKey
from gateway.ports.ledger import Marker, StockChange, StockState

BEAT = "~beat"
"""The heartbeat stands among the stock documents: a stream that brings it brings them."""
BATCH = 1_000
WAIT_MS = 500
"""How long the server waits for news before it answers that there are none."""
ASK_EVERY_S = 0.05
"""A stream that is waited on wakes at each write to anything: with four processes that doubles what a write costs the embedded database."""


class StockStream:
    """`patient`: the same database over connections that outwait the reading of all stock."""

    def __init__(
        self,
        database: AsyncIOMotorDatabase[Document],
        bounds: Bounds,
        patient: AsyncIOMotorDatabase[Document] | None = None,
        ask_every_s: float = ASK_EVERY_S,
    ) -> None:
        self._database, self._stock, self._bounds, self._ask_every_s = database, database["stock"], bounds, ask_every_s
        self._whole = self._stock if patient is None else patient["stock"]

    async def scan(self) -> AsyncIterator[StockState]:
        try:
            cursor = self._whole.find({}, {"folds": 0}, batch_size=BATCH)
            while documents := await cursor.to_list(BATCH):
                for document in documents:
                    if document["_id"] != BEAT:
                        yield state_from(document)
        except PyMongoError as error:
            raise Unavailable("The database went away during the reading of all stock.") from error

    async def token(self) -> object:
        """Return where the stream stands now. The collection must be there first, which a heartbeat sees to."""
        try:
            async with await self._database.client.start_session() as session:
                opened = await self._open(session, None)
                await self._kill(session, opened["id"])
                return opened["postBatchResumeToken"]
        except PyMongoError as error:
            raise Unavailable("The database has no change stream to follow now.") from error

    async def changes(self, token: object | None) -> AsyncIterator[StockChange]:
        try:
            async with await self._database.client.start_session() as session, aclosing(self._followed(session, token)) as followed:
                async for change in followed:
                    yield change
        except PyMongoError as error:
            raise Unavailable(f"The change stream of stock is lost: {error}") from error

    async def beat(self, now: datetime) -> None:
        beat = {"_id": BEAT, "at": milliseconds(now)}
        await repeated(lambda: self._stock.replace_one({"_id": BEAT}, beat, upsert=True), self._bounds)

    async def _followed(self, session: AsyncIOMotorClientSession, token: object | None) -> AsyncGenerator[StockChange, None]:
        cursor = await self._open(session, token)
        batch, pending, ask_at = cursor["firstBatch"], None, time.monotonic()
        try:
            while True:
                for event in batch:
                    yield change_of(event)
                await asyncio.sleep(ask_at - time.monotonic())
                ask_at = time.monotonic() + self._ask_every_s
                pending = asyncio.ensure_future(self._more(session, cursor["id"]))
                pending.add_done_callback(seen_failing)
                await asyncio.wait({pending})
                batch = pending.result()["nextBatch"]
        finally:
            if pending is not None:  # one command at a time may use a session
                await asyncio.wait({pending})
            await self._kill(session, cursor["id"])

    async def _open(self, session: AsyncIOMotorClientSession, token: object | None) -> Document:
        stream = {"fullDocument": "updateLookup", **({"resumeAfter": token} if token is not None else {})}
        pipeline = [{"$changeStream": stream}, {"$project": {"fullDocument.recent": 0, "fullDocument.folds": 0, "updateDescription": 0}}]
        command = {"aggregate": self._stock.name, "pipeline": pipeline, "cursor": {}}
        reply: Document = await self._database.command(command, session=session)
        opened: Document = reply["cursor"]
        return opened

    async def _more(self, session: AsyncIOMotorClientSession, cursor: int) -> Document:
        command = {"getMore": cursor, "collection": self._stock.name, "batchSize": BATCH, "maxTimeMS": WAIT_MS}
        reply: Document = await self._database.command(command, session=session)
        more: Document = reply["cursor"]
        return more

    async def _kill(self, session: AsyncIOMotorClientSession, cursor: int) -> None:
        with suppress(PyMongoError):
            await self._database.command({"killCursors": self._stock.name, "cursors": [cursor]}, session=session)


def seen_failing(asked: "asyncio.Future[Document]") -> None:
    """Look at what became of a question whose answer nobody may wait for any more."""
    if not asked.cancelled():
        asked.exception()


def change_of(event: Document) -> StockChange:
    """Raise Unavailable for an event that ends the stream: the collection is gone."""
    key: Any = event.get("documentKey", {}).get("_id")
    if key is None:
        raise Unavailable(f"The change stream of stock ended ({event['operationType']}).")
    document, token = event.get("fullDocument"), event["_id"]
    if key == BEAT:
        return StockChange(None, None, token, beat_at=moment(document["at"]) if document else None)
    return StockChange(state_from(document) if document else None, StockKey(key), token)


def state_from(document: Document) -> StockState:
    """Return a stored document as readers see it, without the detour over the whole of it where nothing is to come.

    Folded claims are one to them.
    """
    folded = (Marker(document["folded"], None),) if document.get("folded") else ()
    if document["lots"] or any("due" in marker for marker in document["m"].values()):
        state = state_of(stock_of({"recent": (), **document, "folded": 0}))
        return replace(state, markers=(*state.markers, *folded))
    changed = document["changed"]
    return StockState(
        key=document["_id"],
        quantity=document["q"],
        unavailable=document["unavailable"],
        free=document["free"],
        as_of=moment(document["own"]["as_of"]),
        changed_at=moment(changed) if changed else None,
        source=document["source"],
        markers=(*(marker_from(marker) for marker in document["m"].values() if marker["q"]), *folded) if document["m"] else folded,
    )


def marker_from(marker: Document) -> Marker:
    ends = marker.get("exp")
    return Marker(marker["q"], moment(ends) if ends is not None else None)
