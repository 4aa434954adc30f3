"""The driver's face of the replica set: what the adapter calls, over a network that loses, delays and doubles."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from types import SimpleNamespace
from typing import Any, TypeVar

from pymongo import DeleteOne, ReplaceOne
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    DuplicateKeyError,
    ExecutionTimeout,
    NetworkTimeout,
    NotPrimaryError,
    ServerSelectionTimeoutError,
    WTimeoutError,
)

from tests.campaigns.simulation.clock import now_s
from tests.campaigns.simulation.commands import Clock, Read, Write, Writes
from tests.campaigns.simulation.expressions import Document
from tests.campaigns.simulation.replicas import Away, Node, NotPrimary, ReplicaSet

T = TypeVar("T")
Command = Read | Write | Writes | Clock
COMMAND_S = 2.0
SILENCE_S = 20.0
"""How long a socket may be silent before the driver gives it up."""
SELECTION_S = 2.0


@dataclass
class Weather:
    """How bad the network is: chances of each fault of one command."""

    lost: float = 0.0
    answer_lost: float = 0.0
    delayed: float = 0.0
    doubled: float = 0.0
    slow: float = 0.0
    """The server takes the time before it writes: `$$NOW` lags behind."""
    longest_delay_s: float = 6.0


@dataclass
class Slips:
    """What a connection would do that was set up wrongly; nothing, unless a trial seeds it."""

    local_reads: bool = False
    one_writer: bool = False
    deaf: bool = False
    """It takes a write for done whose write concern has timed out."""


@dataclass
class Link:
    """One process' connection: which members it reaches, and which of them it takes for the primary."""

    replicas: ReplicaSet
    dice: Random
    weather: Weather
    fired: Counter[str]
    slips: Slips = field(default_factory=Slips)
    reaches: set[int] = field(default_factory=lambda: {0, 1, 2})
    believed: int | None = None
    newest: int = 0
    """The latest term that was heard of: a driver goes back to no older primary."""
    commands: int = 0

    async def send(self, command: Command, *, majority: bool = True) -> Any:
        """Return the server's reply as the driver would; what goes wrong is raised as the driver raises it."""
        self.commands += 1
        node = await self._selected()
        majority = majority and not (self.slips.local_reads if isinstance(command, Read) else self.slips.one_writer)
        if self._strikes("requests lost", self.weather.lost):
            return await self._silence()
        if self._strikes("requests delayed", self.weather.delayed):
            work = self._later(command, majority=majority)
            return await self._told(work)
        if isinstance(command, Write | Writes) and self._strikes("writes doubled", self.weather.doubled):
            self.replicas.begin(self._outcome(self._later(command, majority=majority)))
        return await self._told(self._carried(node, command, majority=majority))

    def _primary(self) -> Node | None:
        """Return the member that this process takes for the primary now."""
        able = [node for node in self.replicas.primaries() if node.name in self.reaches and node.term >= self.newest]
        known = [node for node in able if node.name == self.believed]
        node = next(iter(known or sorted(able, key=lambda node: -node.term)), None)
        if node:
            self.believed, self.newest = node.name, node.term
        return node

    async def _selected(self) -> Node:
        until = now_s() + SELECTION_S
        while (node := self._primary()) is None:
            if now_s() > until:
                raise ServerSelectionTimeoutError("no primary is found")
            await asyncio.sleep(0.1)
        return node

    async def _later(self, command: Command, *, majority: bool) -> Any:
        """Arrive late, wherever the primary is then."""
        await asyncio.sleep(self.dice.uniform(0, self.weather.longest_delay_s))
        node = self._primary()
        if node is None:
            raise AutoReconnect("connection closed")
        return await self._carried(node, command, majority=majority)

    async def _carried(self, node: Node, command: Command, *, majority: bool) -> Any:
        await asyncio.sleep(self.dice.uniform(0.0005, 0.003))
        now_ms = node.now_ms
        if self._strikes("commands slow", self.weather.slow):
            await asyncio.sleep(COMMAND_S * self.dice.random())
        try:
            node.check()
            if isinstance(command, Clock):
                return now_ms
            if isinstance(command, Read):
                return self.replicas.answer(node, command, now_ms, majority=majority)
            return await self.replicas.written(node, command, now_ms, COMMAND_S, majority=majority)
        except Away:
            raise AutoReconnect("connection closed") from None
        except NotPrimary:
            raise NotPrimaryError("not primary", {"code": 10107}) from None

    async def _told(self, work: Awaitable[T]) -> T:
        """Bring back what a server made of a command: it goes on there, whatever becomes of who asked."""
        done: asyncio.Future[tuple[T | None, Exception | None]] = asyncio.get_running_loop().create_future()
        self.replicas.begin(self._outcome(work, done))
        try:
            value, error = await asyncio.wait_for(asyncio.shield(done), SILENCE_S)
        except TimeoutError:
            raise NetworkTimeout("timed out") from None
        if self.slips.deaf and isinstance(value, dict):
            value.pop("writeConcernError", None)
        if self._strikes("answers lost", self.weather.answer_lost):
            if self.dice.random() < 0.5:
                raise AutoReconnect("connection reset")
            await self._silence()
        if error:
            self.believed = None
            raise error
        return value  # type: ignore[return-value]

    async def _outcome(self, work: Awaitable[T], done: "asyncio.Future[tuple[T | None, Exception | None]] | None" = None) -> None:
        outcome: tuple[T | None, Exception | None]
        try:
            outcome = (await work, None)
        except (AutoReconnect, ExecutionTimeout) as error:
            outcome = (None, error)
        if done and not done.done():
            done.set_result(outcome)

    async def _silence(self) -> None:
        await asyncio.sleep(SILENCE_S)
        raise NetworkTimeout("timed out")

    def _strikes(self, kind: str, chance: float) -> bool:
        struck = chance > 0 and self.dice.random() < chance
        if struck:
            self.fired[kind] += 1
        return struck


class SimulatedDatabase:
    """What stands for the driver's database object."""

    name = "simulated"

    def __init__(self, link: Link) -> None:
        self.link = link

    def __getitem__(self, name: str) -> "SimulatedCollection":
        return SimulatedCollection(self, name)

    def get_collection(self, name: str, read_concern: Any = None) -> "SimulatedCollection":
        return SimulatedCollection(self, name, majority=read_concern is None or read_concern.level in {"majority", "linearizable"})

    async def command(self, command: Document | str, **_options: Any) -> Document:
        """Run `hello` or an `update` command: what the adapter sends by itself."""
        if isinstance(command, str):
            now_ms = await self.link.send(Clock())
            return {"localTime": datetime.fromtimestamp(now_ms / 1000, UTC).replace(tzinfo=None)}
        each = tuple(
            Write(command["update"], one["q"], one["u"], upsert=bool(one.get("upsert")), many=bool(one.get("multi")))
            for one in command["updates"]
        )
        reply: Document = await self.link.send(Writes(each), majority=command["writeConcern"]["w"] == "majority")
        return reply


class SimulatedCollection:
    def __init__(self, database: SimulatedDatabase, name: str, *, majority: bool = True) -> None:
        self.database, self.name, self.majority = database, name, majority

    def find(self, where: Document | None = None, fields: Document | None = None) -> "Found":
        return Found(self, where or {}, fields)

    async def find_one(self, where: Document, fields: Document | None = None, *, max_time_ms: int = 0) -> Document | None:
        found = await self.find(where, fields).limit(1).to_list(1)
        return found[0] if found else None

    def aggregate(self, pipeline: list[Document], *, maxTimeMS: int = 0) -> "Found":  # noqa: N803 - the driver's name
        match, *stages = pipeline
        return Found(self, match["$match"], stages=tuple(stages))

    async def update_one(self, where: Document, change: Any, *, upsert: bool = False) -> SimpleNamespace:
        return result(await self._write(Write(self.name, where, change, upsert=upsert)))

    async def update_many(self, where: Document, change: Any) -> SimpleNamespace:
        return result(await self._write(Write(self.name, where, change, many=True)))

    async def replace_one(self, where: Document, document: Document, *, upsert: bool = False) -> SimpleNamespace:
        return await self.update_one(where, document, upsert=upsert)

    async def delete_many(self, where: Document) -> SimpleNamespace:
        return result(await self._write(Write(self.name, where, many=True)))

    async def find_one_and_update(
        self, where: Document, change: Any, *, upsert: bool = False, return_document: Any = None
    ) -> Document | None:
        after: Document | None = (await self._write(Write(self.name, where, change, upsert=upsert)))["value"]
        return after

    async def insert_many(self, documents: Sequence[Document], *, ordered: bool = True) -> None:
        named = tuple({"_id": f"{self.database.link.dice.getrandbits(64):x}", **document} for document in documents)
        reply = await self.database.link.send(Write(self.name, documents=named))
        late = [reply["writeConcernError"]] if "writeConcernError" in reply else []
        if late or "writeErrors" in reply:
            raise BulkWriteError({"writeErrors": reply.get("writeErrors", []), "writeConcernErrors": late, "nInserted": reply["n"]})

    async def bulk_write(self, writes: Sequence[Any], *, ordered: bool = True) -> SimpleNamespace:
        replies = [result(await self._write(self._of_bulk(one))) for one in writes]
        return SimpleNamespace(matched_count=sum(one.matched_count for one in replies))

    def _of_bulk(self, one: Any) -> Write:
        if isinstance(one, DeleteOne):
            return Write(self.name, one._filter)
        change = one._doc
        return Write(self.name, one._filter, dict(change) if isinstance(one, ReplaceOne) else change, upsert=bool(one._upsert))

    async def _write(self, command: Write) -> Document:
        return judged(await self.database.link.send(command))


def judged(reply: Document) -> Document:
    """Raise what the driver makes of a reply."""
    if "writeConcernError" in reply:
        raise WTimeoutError(reply["writeConcernError"]["errmsg"], reply["writeConcernError"]["code"])
    for error in reply.get("writeErrors", ()):
        raise DuplicateKeyError(error["errmsg"], error["code"], error)
    return reply


def result(reply: Document) -> SimpleNamespace:
    return SimpleNamespace(matched_count=0 if reply.get("upserted") else reply["n"], modified_count=reply["nModified"])


class Found:
    """A cursor that is read at once."""

    def __init__(
        self, collection: SimulatedCollection, where: Document, fields: Document | None = None, stages: tuple[Document, ...] = ()
    ) -> None:
        self._collection, self._where, self._fields, self._stages = collection, where, fields, stages
        self._sort: tuple[tuple[str, int], ...] = ()
        self._limit, self._skip = 0, 0

    def sort(self, key: Any, direction: int = 1) -> "Found":
        self._sort = ((key, direction),) if isinstance(key, str) else tuple(key)
        return self

    def limit(self, most: int) -> "Found":
        self._limit = most
        return self

    def skip(self, many: int) -> "Found":
        self._skip = many
        return self

    def max_time_ms(self, _ms: int) -> "Found":
        return self

    async def to_list(self, _most: int | None) -> list[Document]:
        most = self._limit + self._skip if self._limit else 0
        read = Read(self._collection.name, self._where, self._stages, self._fields, self._sort, most)
        found: list[Document] = await self._collection.database.link.send(read, majority=self._collection.majority)
        return found[self._skip :]
