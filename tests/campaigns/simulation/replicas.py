"""A replica set of three: a log each, majority points, elections, and the rollback of what no majority had."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.campaigns.simulation.clock import BEGIN_MS, now_s
from tests.campaigns.simulation.commands import Documents, Read, Write, Writes, read, write, write_each
from tests.campaigns.simulation.expressions import Document

MAJORITY = 2
STEPS_DOWN_S = 10.0
"""How long a primary that hears of no majority goes on to believe that it is one."""


class Away(Exception):
    """The server ends, or has ended, before it answered."""


class NotPrimary(Exception):
    """The server takes no commands of this kind (any more)."""


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One write of the log: the whole document after it; None: deleted. Equal only to itself."""

    term: int
    collection: str
    key: Any
    document: Document | None


@dataclass
class Node:
    """One member; `committed` is what its majority point shows, `latest` what it has."""

    name: int
    clock_error_ms: int = 0
    term: int = 0
    primary: bool = False
    up: bool = True
    log: list[Entry] = field(default_factory=list)
    latest: Documents = field(default_factory=dict)
    committed: Documents = field(default_factory=dict)
    commit: int = 0
    matched: dict[int, int] = field(default_factory=dict)
    waiting: list[tuple[int, asyncio.Future[None]]] = field(default_factory=list)

    @property
    def now_ms(self) -> int:
        return BEGIN_MS + int(now_s() * 1000) + self.clock_error_ms

    def check(self) -> None:
        """Raise what keeps it from taking a command."""
        if not self.up:
            raise Away
        if not self.primary:
            raise NotPrimary

    def append(self, entry: Entry) -> None:
        self.log.append(entry)
        show(self.latest, entry)

    def advance(self, commit: int) -> None:
        """Move the majority point on, and tell those that wait for it."""
        for entry in self.log[self.commit : commit]:
            show(self.committed, entry)
        self.commit = max(self.commit, commit)
        for index, future in self.waiting:
            if index <= self.commit and not future.done():
                future.set_result(None)
        self.waiting = [(index, future) for index, future in self.waiting if not future.done()]

    def cut(self, length: int) -> int:
        """Roll back to a length of the log; return how many writes are lost."""
        lost = len(self.log) - length
        if lost:
            del self.log[length:]
            self.latest = {name: dict(rows) for name, rows in self.committed.items()}
            for entry in self.log[self.commit :]:
                show(self.latest, entry)
        return lost

    def give_up(self, error: Exception) -> None:
        """End being primary; who waits for a majority learns nothing."""
        self.primary = False
        for _, future in self.waiting:
            if not future.done():
                future.set_exception(error)
        self.waiting = []


def show(documents: Documents, entry: Entry) -> None:
    rows = documents.setdefault(entry.collection, {})
    if entry.document is None:
        rows.pop(entry.key, None)
    else:
        rows[entry.key] = entry.document


@dataclass
class ReplicaSet:
    """Its members, the ties between them, and `history`: what a majority has had, which is for ever."""

    dice: Random
    seen: Callable[[Entry, Documents], None]
    """Told of each write that a majority has, with all documents as of then."""
    count: Callable[[str, int], None]
    nodes: list[Node] = field(default_factory=lambda: [Node(n) for n in range(3)])
    apart: set[int] = field(default_factory=set)
    """Members that reach no other."""
    lag_s: float = 0.0
    history: list[Entry] = field(default_factory=list)
    documents: Documents = field(default_factory=dict)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _copying: set[tuple[int, int]] = field(default_factory=set)

    def linked(self, one: Node, other: Node) -> bool:
        return one.up and other.up and not {one.name, other.name} & self.apart

    def primaries(self) -> Iterator[Node]:
        return (node for node in self.nodes if node.up and node.primary)

    def elect(self) -> bool:
        """Make the one of a linked majority primary that has the longest log; False when there is no majority, or no need."""
        able = [node for node in self.nodes if node.up and node.name not in self.apart]
        if len(able) < MAJORITY or any(node.primary for node in able):
            return False
        best = max(able, key=lambda node: (node.log[-1].term if node.log else 0, len(node.log), node.name))
        best.term = max(node.term for node in self.nodes) + 1
        best.primary, best.matched = True, {}
        if any(best.log[n] is not entry for n, entry in enumerate(self.history)):
            raise AssertionError("an elected primary lacks what a majority had")
        best.append(Entry(best.term, "log", best.term, {"_id": best.term}))  # a term's own first write lets older ones be counted
        self.spread(best)
        return True

    def spread(self, primary: Node) -> None:
        for node in self.nodes:
            if node is not primary and (primary.name, node.name) not in self._copying:
                self._copying.add((primary.name, node.name))
                self.begin(self._copy(primary, node))

    def begin(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _copy(self, primary: Node, node: Node) -> None:
        await asyncio.sleep(self.dice.uniform(0.001, 0.01) + self.lag_s * self.dice.random())
        self._copying.discard((primary.name, node.name))
        if not primary.primary or not self.linked(primary, node) or node.term > primary.term:
            return
        self.follow(node, primary)
        primary.matched[node.name] = len(node.log)
        self.settle(primary)

    def follow(self, node: Node, primary: Node) -> None:
        """Let a member have the primary's log and no other, and its majority point."""
        if node.primary:
            node.give_up(NotPrimary())
        node.term, same = primary.term, node.commit
        while same < min(len(node.log), len(primary.log)) and node.log[same] is primary.log[same]:
            same += 1
        self.count("writes rolled back", node.cut(same))
        for entry in primary.log[same:]:
            node.append(entry)
        node.advance(min(primary.commit, len(node.log)))

    def settle(self, primary: Node) -> None:
        """Move the primary's majority point to what a majority has of its own term."""
        has = sorted([len(primary.log), *(primary.matched.get(node.name, 0) for node in self.nodes if node is not primary)], reverse=True)
        commit = has[MAJORITY - 1]
        if commit <= primary.commit or primary.log[commit - 1].term != primary.term:
            return
        for entry in primary.log[len(self.history) : commit]:
            self.history.append(entry)
            show(self.documents, entry)
            self.seen(entry, self.documents)
        primary.advance(commit)
        self.spread(primary)  # the others learn of it

    def put(self, primary: Node) -> Callable[[str, Any, Document | None], None]:
        return lambda collection, key, document: primary.append(Entry(primary.term, collection, key, document))

    async def written(self, primary: Node, command: Write | Writes, now_ms: int, within_s: float, *, majority: bool) -> Document:
        """Carry out a write at a member that is primary; with `majority` the answer waits for one, or says that it has not come."""
        put = self.put(primary)
        reply = (
            write_each(primary.latest, command, now_ms, put) if isinstance(command, Writes) else write(primary.latest, command, now_ms, put)
        )
        index = len(primary.log)
        self.spread(primary)
        if majority and index > primary.commit:
            future = asyncio.get_running_loop().create_future()
            primary.waiting.append((index, future))
            try:
                async with asyncio.timeout(within_s):
                    await future
            except TimeoutError:
                self.count("write concern time-outs", 1)
                reply = {**reply, "writeConcernError": {"code": 64, "errmsg": "waiting for replication timed out"}}
        return reply

    def answer(self, primary: Node, command: Read, now_ms: int, *, majority: bool) -> list[Document]:
        return read(primary.committed if majority else primary.latest, command, now_ms)

    def crash(self, node: Node) -> None:
        node.up = False
        node.give_up(Away())

    def restart(self, node: Node) -> None:
        node.up = True
        for primary in self.primaries():
            self.spread(primary)

    def heal(self) -> None:
        self.apart.clear()
        self.lag_s = 0.0
        for node in self.nodes:
            node.up = True
        newest = max((node.term for node in self.primaries()), default=0)
        for node in self.primaries():
            if node.term < newest:
                node.give_up(NotPrimary())
        if not self.elect():
            for primary in self.primaries():
                self.spread(primary)
