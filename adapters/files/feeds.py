"""A file as batches of our records."""

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Generic, TypeVar

from adapters.files.arriving import Files
from adapters.files.config import Table
from adapters.files.tables import File, Line
from adapters.mapping.expressions import ExpressionFailed, Words
from adapters.mapping.rows import Maker, RowMapping
from adapters.transport.health import Health
from gateway.domain.errors import SourceError, SourceGarbage
from gateway.domain.feeds import Batch, RejectedRow

Row = TypeVar("Row")
BATCH_ROWS = 2_000
MOST_JOINED = 2_000_000


@dataclass(frozen=True)
class FileReader(Generic[Row]):
    """Reads one file of a source. `key` names a row: the second of one name is refused; `operation`: what the file is for."""

    source: str
    files: Files
    table: Table
    make: Maker[Row]
    key: Callable[[Row], Hashable]
    words: Words
    health: Health
    operation: str
    _seen: set[Hashable] = field(default_factory=set)

    @property
    def file(self) -> File:
        return File(self.source, self.files.path(self.operation, self.table.file), self.table)

    async def look(self, *, again: bool = True) -> None:
        """Learn which file is the one to read; `again` False: unless that is known."""
        await self.files.look(self.operation, again=again)

    def written_at(self) -> datetime:
        """Return as of when the file holds: when it was written."""
        return datetime.fromtimestamp(self.file.stamp()[0] / 1e9, UTC)

    def stamp(self) -> str:
        """Return what tells one state of the file, and of those joined to it, from another."""
        joined = (self._other(name) for name in self.table.join)
        try:
            return " ".join(f"{written_ns}-{size}" for written_ns, size in (file.stamp() for file in (self.file, *joined)))
        except SourceError as error:
            self.health.note_failure(self.operation, error, at_once=True)
            raise

    def nothing_new(self, stamp: str) -> Batch[Any]:
        """Return what an unchanged file tells: nothing, as of when it was written."""
        self.health.note_success(self.operation)
        return Batch((), asked_at=self.written_at(), cursor=stamp)

    async def batches(self) -> AsyncIterator[Batch[Row]]:
        """Yield the whole file; only the last batch is complete, and it comes only when the file was read to its end unchanged."""
        self._seen.clear()
        try:
            written_at = self.written_at()
            joined = {name: self._joined(name) for name in self.table.join}
            lines = self.file.lines()
            chunk, count = list(islice(lines, BATCH_ROWS)), 0
            while True:
                following = list(islice(lines, BATCH_ROWS))
                count += len(chunk)
                if not following:
                    self._check_length(count)
                yield self._batch(chunk, joined, written_at, complete=not following)
                if not following:
                    break
                chunk = following
                await asyncio.sleep(0)
        except SourceError as error:
            self.health.note_failure(self.operation, error, at_once=True)
            raise
        self.health.note_success(self.operation)

    def _check_length(self, count: int) -> None:
        least = self.table.least_rows
        if count < least:
            raise SourceGarbage(
                self.source, f"{self.table.file} has {count} rows; with fewer than {least} (least_rows) it is a part of a file"
            )

    def _batch(
        self, lines: list[Line], joined: dict[str, dict[str, dict[str, str]]], written_at: datetime, *, complete: bool
    ) -> Batch[Row]:
        mapping = RowMapping(self.table.ways(), self.make)
        rows: list[Row] = []
        rejected: list[RejectedRow] = []
        for index, line in enumerate(lines):
            if line.problem:
                rejected.append(RejectedRow(index, next(iter(line.columns.values()), "")[:50], f"line {line.number}: {line.problem}"))
                continue
            seen = {**line.columns, "_source": self.source, **self._beside(line.columns, joined)}
            good, bad = mapping.mapped([seen], self.words)
            rejected += [replace(one, index=index, reason=f"line {line.number}: {one.reason}") for one in bad]
            for row in good:
                if self.key(row) in self._seen:
                    reason = f"line {line.number}: is named twice in one file; the first row was taken"
                    rejected.append(RejectedRow(index, str(self.key(row)), reason, getattr(row, "location", None)))
                    continue
                self._seen.add(self.key(row))
                rows.append(row)
        return Batch(tuple(rows), tuple(rejected), asked_at=written_at, complete=complete)

    def _beside(self, columns: dict[str, str], joined: dict[str, dict[str, dict[str, str]]]) -> dict[str, Any]:
        return {name: rows.get(self._key(name, columns)) for name, rows in joined.items()}

    def _key(self, name: str, columns: dict[str, str]) -> str:
        try:
            return str(self.table.join[name].on(columns, self.words))
        except ExpressionFailed:
            return ""

    def _other(self, name: str) -> File:
        other = self.table.join[name]
        return File(self.source, self.files.path(f"{self.operation}.{name}", other.file), other)

    def _joined(self, name: str) -> dict[str, dict[str, str]]:
        """Return the rows of a joined file by their key; the first of two counts."""
        other = self.table.join[name]
        rows: dict[str, dict[str, str]] = {}
        for line in _bounded(self._other(name).lines()):
            if other.column not in line.columns:
                raise SourceGarbage(self.source, f"{other.file} has no column {other.column!r}; it has {', '.join(line.columns)}")
            if not line.problem:
                rows.setdefault(line.columns[other.column], line.columns)
        return rows


def _bounded(lines: Iterator[Line]) -> Iterator[Line]:
    return islice(lines, MOST_JOINED)
