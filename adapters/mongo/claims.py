"""Runs the claim protocol on MongoDB: each step one conditional update of one document, judged by the server's clock.

A step whose answer is lost is repeated: stock steps are harmless when repeated, order steps are known by their mark.
"""

import contextlib
from collections.abc import AsyncIterator, Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.read_concern import ReadConcern

from adapters.mongo.acknowledged import Acknowledged
from adapters.mongo.capacity_steps import CapacitySteps
from adapters.mongo.combiner import Combiner
from adapters.mongo.combining import Combining
from adapters.mongo.folding import Folding
from adapters.mongo.gathering import DATABASE_ERRORS
from adapters.mongo.grouped_inserts import GroupedInserts
from adapters.mongo.lot_steps import LotStep, LotSteps
from adapters.mongo.marker_steps import Expected, MarkerSteps
from adapters.mongo.moment import NOW_MS
from adapters.mongo.movement_log import MovementLog
from adapters.mongo.order_documents import key_document, key_of
from adapters.mongo.order_store import OrderStore, Reading
from adapters.mongo.scrub_reads import ScrubReads
from adapters.mongo.stock_reads import StockReads
from adapters.mongo.stock_steps import ack, give_back, settle, take, withhold
from adapters.mongo.writes import Bounds, Document, repeated, update
from gateway.domain.claims.documents import KeyDoc
from gateway.domain.claims.meaning import Times, after_step
from gateway.domain.claims.readings import Admit, CountHolds, ReadMarkers, Record
from gateway.domain.claims.recording import Recording
from gateway.domain.claims.steps import (
    Ack,
    Create,
    Ensure,
    Extend,
    GiveBack,
    InsertKey,
    Open,
    OrderStep,
    Outdate,
    PlaceHold,
    ReadOrder,
    ReadStock,
    Refuse,
    Reopen,
    Settle,
    Step,
    StockStep,
    Take,
    Withhold,
)
from gateway.domain.ids import Rid, StockKey, is_capacity

T = TypeVar("T")
STILL_HELD: Document = {"$gt": ["$exp", NOW_MS]}
CLAIMING = Take | GiveBack | Settle | ReadStock
FENCES: dict[type[Any], Document] = {PlaceHold: STILL_HELD, Extend: STILL_HELD}


class MongoClaims:
    """Interpreter of programs. Raises Unavailable when the database stays away; what was begun is then completed by a repeat."""

    def __init__(
        self,
        database: AsyncIOMotorDatabase[Document],
        times: Times | None = None,
        bounds: Bounds | None = None,
        combining: Combining | None = None,
    ) -> None:
        self.times, self.bounds, combining = times or Times(), bounds or Bounds(), combining or Combining()
        self.orders = OrderStore(database, self.bounds, combining)
        self.stock = database.get_collection("stock", read_concern=ReadConcern("majority"))
        self.folding = Folding(self.stock, self.times, self.bounds, combining)
        self.reads = StockReads(self.stock, self.times, self.bounds, combining, self.folding.weigh)
        self.combiner = Combiner(self.stock, self.times, self.bounds, combining, self.reads.watch, self.folding.fold_noted)
        self.markers = MarkerSteps(self.stock, self.combiner, self.folding, self.bounds)
        self.movements = MovementLog(database, self.bounds, combining)
        self.lots = LotSteps(self.stock, self.times, self.bounds)
        self.capacity = CapacitySteps(database, self.times, self.bounds, combining)
        self.scrubbed = ScrubReads((self.stock, self.capacity.capacity), self.movements, self.times, self.bounds)
        self.acknowledged = Acknowledged(database, self.bounds)
        keys = database.get_collection("keys", read_concern=ReadConcern("majority"))
        self.keys = GroupedInserts(keys, self.orders.inserts.clock, self.bounds, combining)

    async def run(self, program: Generator[Step, Any, T]) -> T:
        run = Run()
        try:
            step = program.send(None)
            while True:
                if run.recording.is_due(step):
                    await self.record(run.recording)
                step = program.send(await self.outcome(step, run))
        except StopIteration as stop:
            await self.record(run.recording)
            value: T = stop.value
            return value

    def marked(self) -> AsyncIterator[StockKey]:
        return self.scrubbed.marked()

    async def record(self, recording: Recording) -> None:
        """Write the movements of the run's steps so far, and those that a dead run did not come to."""
        while recording.doubts:
            doubt = recording.doubts[-1]
            recording.clear(doubt, await self.movements.of_claim(doubt.key, doubt.mid), datetime.now(UTC))
            recording.doubts.pop()
        await self.movements.record_few(recording.drained())

    async def outcome(self, step: Step, run: "Run") -> object:
        """Carry out one step."""
        if isinstance(step, InsertKey):
            return await self.insert_key(step)
        if isinstance(step, Admit | CountHolds | ReadMarkers | Record):
            return await self.beside_orders(step, run)
        if isinstance(step, Ensure) or (isinstance(step, CLAIMING) and is_capacity(step.claim.key)):
            return await self.capacity.outcome(step, run.expected)
        if isinstance(step, ReadStock):
            return await (self.lots.read(step) if step.claim.peg else self.reads.seen(step.claim))
        if isinstance(step, Take | GiveBack | Settle | Ack | Withhold):
            return await self.on_stock(step, run)
        reading = await (self.orders.read(step.rid) if isinstance(step, ReadOrder) else self.on_order(step, run.known.get(step.rid)))
        if reading:
            run.known[step.rid] = reading
            run.expected.hear_order(reading.doc)
            if not isinstance(step, ReadOrder):
                run.recording.hear_decision(step)
        return reading.doc if reading else None

    async def on_order(self, step: OrderStep, known: Reading | None) -> Reading | None:
        if isinstance(step, Create | Reopen | Open):  # before anything is written: what is begun is carried to its end
            self.folding.check(step.add)
            self.capacity.folding.check(step.add)
        if isinstance(step, Create) or (isinstance(step, Outdate) and not step.att):
            return await self.orders.create(lambda now: after_step(None, step, now, self.times))
        if isinstance(step, Refuse) and (made := await self.orders.create(lambda now: after_step(None, step, now, self.times))):
            return made
        fence = FENCES.get(type(step))
        return await self.orders.change(step.rid, lambda doc, now: after_step(doc, step, now, self.times), known=known, fence=fence)

    async def on_stock(self, step: StockStep, run: "Run") -> bool:
        if isinstance(step, CLAIMING | Withhold) and step.claim.peg:
            return await self.on_lot(step, run)
        return await (self.take(step, run) if isinstance(step, Take) else self.on_marker(step, run))

    async def beside_orders(self, step: Admit | CountHolds | ReadMarkers | Record, run: "Run") -> object:
        if isinstance(step, CountHolds):
            return await self.orders.holdings(step.owner)
        if isinstance(step, Admit):
            return await self.reads.shortage(step.claims)
        if isinstance(step, ReadMarkers):
            await self.tidied(step.key)
            return await self.scrubbed.standing(step.key)
        run.recording.hear_left_out(step, datetime.now(UTC))
        return None

    async def tidied(self, key: StockKey) -> None:
        """Fold what may be before all of a position is looked through; where nothing comes of it, it is looked through as it is."""
        folding = self.capacity.folding if is_capacity(key) else self.folding
        if folding.least:
            with contextlib.suppress(*DATABASE_ERRORS):
                await folding.fold(key)

    async def on_lot(self, step: LotStep, run: "Run") -> bool:
        applied, found = await self.lots.apply(step)
        if isinstance(step, GiveBack | Settle):
            run.recording.hear(step, found, datetime.now(UTC))
        elif applied and isinstance(step, Take):
            run.recording.hear_take(step, datetime.now(UTC))
        return applied

    async def take(self, step: Take, run: "Run") -> bool:
        met = await self.combiner.apply(step, None)
        if met is None:
            where, pipeline = take(step, self.times)
            applied = (await repeated(lambda: update(self.stock, where, pipeline, self.bounds), self.bounds)).applied
        else:
            applied = met.applied
        if applied:
            self.folding.hear_take(step.claim.key)
            run.recording.hear_take(step, datetime.now(UTC))
            run.expected.hear_take(step)
        return applied

    async def on_marker(self, step: GiveBack | Settle | Ack | Withhold, run: "Run") -> bool:
        where, pipeline = stock_write(step, self.times)
        if isinstance(step, Ack | Withhold):
            await self.acknowledged.note(where["_id"])
        if isinstance(step, Withhold):
            return await self.markers.withhold(step, (where, pipeline))
        applied, found = await self.markers.apply(step, (where, pipeline), run.expected.sight(step))
        run.recording.hear(step, found, datetime.now(UTC))
        return applied

    async def insert_key(self, step: InsertKey) -> KeyDoc:
        """Put the key where none stands, or the one that it is to replace; return what stands."""
        told = await self.keys.insert(lambda now: key_document(KeyDoc(step.by, step.fp, step.hold, now, step.att)))
        if told.fresh:
            return KeyDoc(step.by, step.fp, step.hold, told.now_ms, step.att)

        async def call() -> Document | None:
            if step.over:
                await update(self.keys.collection, {"_id": step.by}, replacing(step, step.over), self.bounds)
            return await self.keys.collection.find_one({"_id": step.by}, max_time_ms=self.bounds.command_ms)

        found = await repeated(call, self.bounds)
        if found is None:
            raise LookupError(f"the key document {step.by} was inserted and is not there")
        return key_of(found)


@dataclass
class Run:
    """One run of a program: the order documents as it saw them last, the markers that it expects, and what its steps moved."""

    known: dict[Rid, Reading] = field(default_factory=dict)
    expected: Expected = field(default_factory=Expected)
    recording: Recording = field(default_factory=Recording)


def replacing(step: InsertKey, over: KeyDoc) -> list[Document]:
    """Return the update that puts a key in the place of the one that is meant."""
    named: Document = {"_id": step.by, "fp": step.fp, "hold": step.hold, "att": step.att}
    fresh = {**{name: {"$literal": value} for name, value in named.items()}, "created": NOW_MS}
    stands = {"hold": "$hold", "att": {"$ifNull": ["$att", 0]}}
    meant = {"$eq": [stands, {"hold": {"$literal": over.hold}, "att": {"$literal": over.att}}]}
    return [{"$replaceWith": {"$cond": [meant, fresh, "$$ROOT"]}}]


def stock_write(step: GiveBack | Settle | Ack | Withhold, times: Times) -> tuple[Document, list[Document]]:
    if isinstance(step, GiveBack):
        return give_back(step, times)
    if isinstance(step, Settle):
        return settle(step, times)
    if isinstance(step, Withhold):
        return withhold(step, times)
    return ack(step, times)
