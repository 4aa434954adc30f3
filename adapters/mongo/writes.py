"""One conditional update at a time, bounded in time; what became of it may be unknown, then it is repeated or looked up."""

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.errors import ConnectionFailure, DuplicateKeyError, ExecutionTimeout, OperationFailure, PyMongoError, WTimeoutError

from gateway.domain.errors import Unavailable

T = TypeVar("T")
Document = dict[str, Any]
Collection = AsyncIOMotorCollection[Document]
DUPLICATE_KEY = 11000
PASSING = frozenset({6, 7, 50, 64, 89, 91, 112, 133, 134, 189, 202, 262, 9001, 10107, 11600, 11602, 13435, 13436})
"""Codes of the server for conditions that pass: stepping down, shutting down, no primary or majority yet, time-outs, write conflicts."""
LONGEST_PAUSE_S = 0.4
_patience_s: ContextVar[float] = ContextVar("patience_s", default=0.0)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long one command may take, and how long a step is repeated before the database counts as away."""

    command_s: float = 2.0
    patience_s: float = 4.0

    @property
    def command_ms(self) -> int:
        return int(self.command_s * 1000)

    @property
    def answer_s(self) -> float:
        """How long an answer is waited for: a server that hears nothing ends no command by itself."""
        return self.command_s * 1.5


@dataclass(frozen=True, slots=True)
class Told:
    """What the server says of an update: whether the filter matched, and whether anything changed (or was inserted)."""

    matched: bool
    applied: bool


async def update(collection: Collection, where: Document, pipeline: list[Document], bounds: Bounds, *, upsert: bool = False) -> Told:
    """Run one conditional update, majority and journaled. Raises DuplicateKeyError, or what `is_passing` knows as unknown."""
    reply = await update_each(collection, [{"q": where, "u": pipeline, "upsert": upsert}], bounds)
    inserted = bool(reply.get("upserted"))
    return Told(matched=bool(reply["n"]) and not inserted, applied=inserted or bool(reply["nModified"]))


async def update_each(collection: Collection, statements: Sequence[Document], bounds: Bounds) -> Document:
    """Run updates that do not depend on each other as one command, majority and journaled; return the server's counts of all.

    Raises the first error of any; the others may have been carried out.
    """
    reply: Document = await collection.database.command(
        {
            "update": collection.name,
            "updates": list(statements),
            "ordered": False,
            "writeConcern": {"w": "majority", "j": True, "wtimeout": bounds.command_ms},
            "maxTimeMS": bounds.command_ms,
        }
    )
    if "writeConcernError" in reply:  # also beside a duplicate: it is one of a document that no majority has yet
        raise WTimeoutError(reply["writeConcernError"].get("errmsg", ""), reply["writeConcernError"].get("code"))
    for error in reply.get("writeErrors", ()):
        kind = DuplicateKeyError if error["code"] == DUPLICATE_KEY else OperationFailure
        raise kind(f"refused with code {error['code']}", error["code"])  # the server's own text may quote the document
    return reply


def is_passing(error: PyMongoError) -> bool:
    """Tell whether the outcome is unknown, or nothing was done, and a repeat may succeed."""
    if isinstance(error, ConnectionFailure | ExecutionTimeout | WTimeoutError):
        return True
    return isinstance(error, OperationFailure) and error.code in PASSING


@contextlib.contextmanager
def outwaiting(patience_s: float) -> Iterator[None]:
    """Let the steps of this context, and of tasks begun in it, outwait a database that is busy with them: nobody waits for an answer."""
    token = _patience_s.set(patience_s)
    try:
        yield
    finally:
        _patience_s.reset(token)


async def repeated(call: Callable[[], Awaitable[T]], bounds: Bounds) -> T:
    """Repeat a call that is harmless when repeated until its outcome is known. Raises Unavailable when patience ends."""
    patience_s = max(bounds.patience_s, _patience_s.get())
    deadline, pause = time.monotonic() + patience_s, 0.02
    while True:
        try:
            async with asyncio.timeout(max(bounds.answer_s, _patience_s.get())):
                return await call()
        except (PyMongoError, TimeoutError) as error:
            if isinstance(error, PyMongoError) and not is_passing(error):
                raise
            if time.monotonic() + pause > deadline:
                raise Unavailable("The database is away or too slow; repeat with the same key.") from error
        await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - spreads repeats, no secret
        pause = min(LONGEST_PAUSE_S, pause * 2)
