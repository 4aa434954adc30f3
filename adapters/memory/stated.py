"""What owners state, judged row by row: pure, the same for every place where stock documents are kept.

A pass over a feed leaves unchanged documents unwritten; that they were confirmed stands in watermarks, by place of a source.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from gateway.domain.claims.documents import StockDoc
from gateway.domain.claims.figures import Change, Figure, Reach, with_change, with_coverage, with_figure
from gateway.domain.claims.meaning import Times
from gateway.domain.ids import SourceCode, StockKey
from gateway.ports.ledger import Difference, Statement

Told = Literal["APPLIED", "UNCHANGED", "SUPERSEDED", "HELD"]


@dataclass(frozen=True, slots=True)
class Watermark:
    """Up to where a source has confirmed documents that were not written: in its own order, and (by time) as of when."""

    epoch: str
    order: int
    as_of_ms: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """The document after a row (None: as it is), and what became of the row."""

    told: Told
    after: StockDoc | None = None
    lifted: frozenset[str] = frozenset()
    """Claims that the figure includes now, whole or in part."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How figures of one source are judged at one moment."""

    source: SourceCode
    by_time: bool
    """The source numbers nothing: its differences are ordered by its times."""
    now_ms: int
    times: Times

    def with_statement(self, known: StockDoc | None, statement: Statement, marks: Sequence[Watermark] = ()) -> Verdict:
        stock = confirmed(known, marks) if known else unstated(statement.key, self.source)
        figure = self.figure_of(statement)
        after = with_figure(stock, figure, self.now_ms, self.times)
        if after is None:
            same = (stock.q, stock.unavailable) == (statement.quantity, statement.unavailable) and figure.epoch in {"", stock.epoch}
            return Verdict("UNCHANGED" if same else "SUPERSEDED")
        after = replace(after, source=self.source)
        return Verdict("UNCHANGED" if is_same(known, after) else "APPLIED", after, lifted(stock, after))

    def with_difference(self, known: StockDoc | None, difference: Difference, marks: Sequence[Watermark] = ()) -> Verdict:
        stock = confirmed(known, marks) if known else unstated(difference.key, self.source)
        after = with_change(stock, self.change_of(difference), self.now_ms, self.times)
        return Verdict("APPLIED", after, lifted(stock, after)) if after else Verdict("SUPERSEDED")

    def with_restatement(self, known: StockDoc, statement: Statement) -> Verdict:
        """Judge a figure as if the known one of the same place were not there; an older one is superseded all the same."""
        figure = self.figure_of(statement)
        if figure.epoch not in {"", known.epoch} or figure.order < known.order or (self.by_time and figure.as_of_ms < known.sync_ms):
            return Verdict("SUPERSEDED")
        unknown = replace(known, order=figure.order - 1, sync_ms=min(known.sync_ms, figure.as_of_ms - 1))
        after = with_figure(unknown, figure, self.now_ms, self.times)
        return Verdict("APPLIED", after, lifted(known, after)) if after else Verdict("SUPERSEDED")

    def with_pass(self, known: StockDoc, reach: Reach) -> StockDoc | None:
        return with_coverage(known, reach, self.now_ms, self.times)

    def figure_of(self, statement: Statement) -> Figure:
        return Figure(
            statement.quantity,
            statement.unavailable,
            statement.order,
            milliseconds(statement.as_of),
            statement.epoch,
            self.by_time,
            milliseconds(statement.begun_at) if statement.begun_at else None,
        )

    def change_of(self, difference: Difference) -> Change:
        order = None if self.by_time else difference.order
        return Change(difference.event, difference.change, milliseconds(difference.at), order, difference.mid, difference.epoch)

    def mark_of(self, statement: Statement) -> Watermark:
        """Return what a row confirms beyond its figure; rows of one page share it."""
        return Watermark(statement.epoch, statement.order, milliseconds(statement.as_of) if self.by_time else 0)


def milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def unstated(key: StockKey, source: SourceCode) -> StockDoc:
    """Return a position of which nothing was said yet: in the books of its owner that is none. Sources may number from 0."""
    return StockDoc(key, source, 0, 0, order=-1)


def is_stated(stock: StockDoc) -> bool:
    return bool(stock.as_of_ms)


def zero(key: StockKey, reach: Reach, as_of: datetime) -> Statement:
    """Return what a complete feed says of a position that it no longer lists."""
    begun_at = None if reach.begun_ms is None else datetime.fromtimestamp(reach.begun_ms / 1000, UTC)
    return Statement(key, 0, 0, reach.order, as_of, reach.epoch, begun_at)


def moves(known: StockDoc | None, after: StockDoc | None) -> bool:
    """Tell whether a figure that stands would be another one."""
    return known is not None and after is not None and is_stated(known) and known.q != after.q


def confirmed(stock: StockDoc, marks: Sequence[Watermark]) -> StockDoc:
    """Return a stated document as if every confirmation of it had been written."""
    for mark in marks:
        if mark.epoch == stock.epoch and is_stated(stock):
            stock = replace(stock, order=max(stock.order, mark.order), sync_ms=max(stock.sync_ms, mark.as_of_ms))
    return stock


def is_same(known: StockDoc | None, after: StockDoc) -> bool:
    """Tell whether nothing but the place in the feed differs; a row that covers a claim is not unchanged."""
    if known is None or not is_stated(known):
        return False
    return (known.q, known.unavailable, known.free, known.epoch, known.source) == (
        after.q,
        after.unavailable,
        after.free,
        after.epoch,
        after.source,
    )


def lifted(before: StockDoc, after: StockDoc) -> frozenset[str]:
    return frozenset(mid for mid, marker in before.markers.items() if after.units_of(mid) < marker.q)
