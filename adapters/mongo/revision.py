"""Reading documents, judging what becomes of them, and writing that; again for those that changed in between."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from adapters.memory.stated import Verdict
from adapters.mongo.stock_store import ABSENT, StockStore
from gateway.domain.claims.documents import StockDoc
from gateway.domain.errors import Unavailable
from gateway.domain.ids import StockKey
from gateway.domain.movement import Movement

TRIES = 20
"""A document that changes twenty times between reading and writing is under fire: the row is told again later."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What becomes of one document by all rows that name it; `after` None: it stays."""

    after: StockDoc | None
    verdicts: tuple[Verdict, ...] = ()
    movements: tuple[Movement, ...] = ()


Judge = Callable[[StockKey, StockDoc | None], Judged]
Select = Callable[[Mapping[StockKey, Judged]], dict[StockKey, StockDoc]]
"""Chooses what is written."""


@dataclass
class Revision:
    """What a batch came to; `first` are the documents that were new."""

    judged: dict[StockKey, Judged] = field(default_factory=dict)
    moved: dict[StockKey, tuple[Movement, ...]] = field(default_factory=dict)
    first: set[StockKey] = field(default_factory=set)
    written: dict[StockKey, StockDoc | None] = field(default_factory=dict)
    """What stood before each document that was written."""

    def take(self, key: StockKey, judged: Judged, *, is_new: bool) -> None:
        """Keep the first judgment of each document: a later one, after a lost race, may only say that it is done.

        Movements are those of the last judgment that moves anything: the ones before it were never written.
        """
        self.judged.setdefault(key, judged)
        if judged.movements or key not in self.moved:
            self.moved[key] = judged.movements
        if is_new:
            self.first.add(key)

    @property
    def movements(self) -> list[Movement]:
        return [movement for moved in self.moved.values() for movement in moved]


def everything(judged: Mapping[StockKey, Judged]) -> dict[StockKey, StockDoc]:
    return {key: one.after for key, one in judged.items() if one.after is not None}


async def revise(
    store: StockStore, keys: Sequence[StockKey], judge: Judge, select: Select = everything, *, maybe_all_new: bool = False
) -> Revision:
    """Raises Unavailable when the database is away, or others write the same documents all the time."""
    revision, pending = Revision(), list(keys)
    for _ in range(TRIES):
        readings = await store.read(pending, maybe_all_new=maybe_all_new)
        judged = {key: judge(key, readings.get(key, ABSENT).doc) for key in pending}
        for key, one in judged.items():
            revision.take(key, one, is_new=key not in readings)
        after = select(judged)
        revision.written |= {key: readings.get(key, ABSENT).doc for key in after}
        if not after or await store.write(after, readings):
            return revision
        pending, maybe_all_new = list(after), False
    raise Unavailable("Stock documents change faster than they can be written; try again.")
