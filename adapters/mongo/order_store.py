"""Order documents changed by one conditional write at a time: what was read is still there, or nothing happens.

Each write leaves a mark, so that one whose answer was lost is known when the document is read again.
"""

import asyncio
import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern

from adapters.mongo.combining import Combining
from adapters.mongo.grouped_inserts import GroupedInserts
from adapters.mongo.grouped_journal import Change, GroupedJournal
from adapters.mongo.moment import Moment, is_timed
from adapters.mongo.order_documents import Document, order_document, order_of
from adapters.mongo.server_clock import ServerClock
from adapters.mongo.writes import Bounds, is_passing, repeated
from gateway.domain.claims.documents import Holding, OrderDoc
from gateway.domain.errors import Unavailable
from gateway.domain.ids import Rid, StockKey

Meaning: TypeAlias = Callable[[OrderDoc, int], OrderDoc | None]
"""Makes the next document from the one that stands and the database's time; None: it does not apply."""
KEPT_MARKS = 5
STAMPED = ("change", "exp", "created")
"""Fields whose times only the server knows, so that they are read back."""
ABOUT = ("touched", "recover")
"""Fields whose times need not be exact: as far as its time is known will do, where nothing else is left to the server."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A document as it was read, with the database's time then."""

    doc: OrderDoc
    server_ms: int
    read_at: float
    marks: tuple[str, ...] = ()

    @property
    def now(self) -> Moment:
        return Moment(self.server_ms + int((time.monotonic() - self.read_at) * 1000))


class OrderStore:
    """The collection of order documents."""

    def __init__(self, database: AsyncIOMotorDatabase[Document], bounds: Bounds, combining: Combining | None = None) -> None:
        self.bounds = bounds
        self.collection = database.get_collection("orders", read_concern=ReadConcern("majority"))
        combining = combining or Combining()
        self.inserts = GroupedInserts(self.collection, ServerClock(database, bounds), bounds, combining)
        self.journal = GroupedJournal(self.collection, bounds, combining)

    async def read(self, rid: Rid) -> Reading | None:
        found = await self.journal.read(rid)
        return Reading(order_of(found), found["now"], time.monotonic(), tuple(found["marks"])) if found else None

    async def holdings(self, owner: str) -> tuple[Holding, ...]:
        """Return what a caller holds, or has begun to hold."""
        where = {"owner": owner, "st": {"$in": ["HELD", "NEW"]}, "exp": {"$gt": time.time_ns() // 1_000_000}}
        shown = {"created": 1, "claims": 1, "change.add": 1}

        async def call() -> list[Document]:
            found = self.collection.find(where, shown)
            return await found.max_time_ms(self.bounds.command_ms).to_list(None)

        return tuple(holding_document(one) for one in await repeated(call, self.bounds))

    async def create(self, fresh: Callable[[int], OrderDoc | None]) -> Reading | None:
        """Insert a document; None: there is one of this rid already. It may be made more than once, of different times."""
        first, mark = fresh(0), mark_of_write()
        if first is None:
            return None
        told = await self.inserts.insert(lambda now: {**order_document(fresh(now) or first), "marks": [mark]})
        if told.fresh:
            return Reading(fresh(told.now_ms) or first, told.now_ms, told.at, (mark,))
        standing = None if told.surely else await self.read(first.rid)
        return standing if standing and mark in standing.marks else None

    async def change(self, rid: Rid, meaning: Meaning, *, known: Reading | None = None, fence: Document | None = None) -> Reading | None:
        """Write what `meaning` makes of the document; None: it does not apply, also where the fence refuses it.

        `known` spares a read: where it is out of date, the document is read and `meaning` asked again.
        """
        mark, until = mark_of_write(), time.monotonic() + self.bounds.patience_s
        reading = known
        while time.monotonic() < until:
            fresh = reading is None
            reading = reading or await self.read(rid)
            if reading is None or mark in reading.marks:
                return reading
            after = meaning(reading.doc, reading.now)
            if after is not None:
                if await self._write(reading, after, mark, fence):
                    return await self._after(reading, after, mark)
                await asyncio.sleep(random.uniform(0, 0.01))  # noqa: S311 - spreads writers of one document, no secret
            elif fresh:
                return None
            reading = None
        raise Unavailable("Too many work on this order at once; repeat with the same key.")

    async def _write(self, reading: Reading, after: OrderDoc, mark: str, fence: Document | None) -> bool:
        """Write once; False: another was first, the fence refused, or the outcome is unknown: whoever reads again knows."""
        document = {**order_document(after), "marks": [*reading.marks, mark][-KEPT_MARKS:]}
        if not any(is_timed(document[name]) for name in STAMPED):
            document |= {name: as_known(document[name]) for name in ABOUT}
        change = Change(document, reading.doc.rev, mark, fence)
        told = await self.journal.change(change)
        if told is not None:
            return told
        try:
            return await self.journal.change_alone(change)
        except (PyMongoError, TimeoutError) as error:
            if isinstance(error, PyMongoError) and not is_passing(error):
                raise
            return False

    async def _after(self, reading: Reading, after: OrderDoc, mark: str) -> Reading | None:
        """Return what stands now; read only where the server stamped its time on more than the write itself."""
        document = order_document(after)
        if any(is_timed(document[name]) for name in STAMPED):
            return await self.read(after.rid)
        return Reading(after, reading.server_ms, reading.read_at, (*reading.marks, mark)[-KEPT_MARKS:])


def holding_document(document: Document) -> Holding:
    begun = (document.get("change") or {}).get("add", ())
    claims, add = (tuple((StockKey(one["key"]), one["units"]) for one in part) for part in (document["claims"], begun))
    return Holding(Rid(document["_id"]), document["created"], (*claims, *add), claims)


def mark_of_write() -> str:
    return secrets.token_hex(6)


def as_known(at: int | None) -> int | None:
    return None if at is None else int(at)
