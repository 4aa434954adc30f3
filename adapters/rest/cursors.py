"""Where a feed goes on at its next call: by time with an overlap, or by number, as it stood a while ago."""

from collections import deque
from datetime import datetime, timedelta
from typing import Any

from adapters.mapping.moments import instant
from adapters.rest.config import Cursor
from adapters.rest.system import System
from gateway.domain.errors import SourceGarbage

SEPARATOR = "|"
MOST_REMEMBERED = 1_000


class CursorTrail:
    """The cursors of one feed. A text of ours, kept by the caller: an ISO time, or `epoch|number`."""

    def __init__(self, system: System, stated: Cursor) -> None:
        self._system, self._stated = system, stated
        self._numbers: deque[tuple[datetime, int]] = deque()
        """How far the feed had come, and when, in `_epoch`; oldest first."""
        self._epoch = ""

    def scope(self, cursor: str | None) -> dict[str, Any]:
        """Return what requests see of a cursor: `since` as an ISO time, or `cursor` as a number."""
        if self._stated.kind == "TIME":
            first = self._system.clock.now() - timedelta(seconds=self._stated.start_s)
            return {"since": cursor or first.isoformat()}
        return {"cursor": number_of(cursor, self._stated.start)}

    def after(self, content: Any, asked_at: datetime, epoch: str, read_from: int | None) -> str | None:
        """Return the cursor after a complete pass that started at `asked_at`; None where the answer gives none.

        `read_from`: the number after which it read; None: it read everything.
        """
        value = self._system.value(self._stated.value, content)
        if self._stated.kind == "TIME":
            return self.at(self._instant(value) if value is not None else asked_at)
        if isinstance(value, bool) or not isinstance(value, int | None):
            raise SourceGarbage(self._system.source.code, f"its cursor {str(value)[:30]!r} is no whole number")
        return None if value is None else self.numbered(epoch, value, value if read_from is None else read_from)

    def at(self, moment: datetime) -> str:
        return (moment - timedelta(seconds=self._stated.overlap_s)).isoformat()

    def numbered(self, epoch: str, number: int, known: int) -> str:
        """Return the cursor of a feed that has come to a number: the one that it had come to `overlap_s` ago, at least `known`.

        How far it had come is remembered by this process alone: one that has just begun goes on from what was read before.
        """
        now = self._system.clock.now()
        if epoch != self._epoch:
            self._numbers.clear()
            self._epoch = epoch
        while self._numbers and (self._numbers[-1][1] > number or len(self._numbers) >= MOST_REMEMBERED):
            self._numbers.pop()
        self._numbers.append((now, number))
        settled = min(known, number)
        while self._numbers and self._numbers[0][0] <= now - timedelta(seconds=self._stated.overlap_s):
            settled = max(settled, self._numbers.popleft()[1])
        return f"{epoch}{SEPARATOR}{settled}"

    def settled(self, cursor: str | None) -> int | None:
        """Return the number up to which nothing shows late any more; None where cursors are times."""
        return number_of(cursor, self._stated.start) if cursor and self._stated.kind == "SEQUENCE" else None

    def _instant(self, value: Any) -> datetime:
        try:
            return instant(value)
        except (ValueError, TypeError) as error:
            raise SourceGarbage(self._system.source.code, f"its cursor {error}") from error


def number_of(cursor: str | None, start: int) -> int:
    digits = (cursor or "").rpartition(SEPARATOR)[2]
    return int(digits) if digits.isdigit() else start


def epoch_of(cursor: str | None) -> str:
    return (cursor or "").rpartition(SEPARATOR)[0]
