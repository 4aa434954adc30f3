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
        self._trail: deque[tuple[datetime, int]] = deque(maxlen=MOST_REMEMBERED)

    def scope(self, cursor: str | None) -> dict[str, Any]:
        """Return what requests see of a cursor: `since` as an ISO time, or `cursor` as a number."""
        if self._stated.kind == "TIME":
            first = self._system.clock.now() - timedelta(seconds=self._stated.start_s)
            return {"since": cursor or first.isoformat()}
        return {"cursor": number_of(cursor, self._stated.start)}

    def after(self, content: Any, asked_at: datetime, epoch: str) -> str | None:
        """Return the cursor after a complete pass that started at `asked_at`; None where the answer gives none."""
        value = self._system.value(self._stated.value, content)
        if self._stated.kind == "TIME":
            return self.at(self._instant(value) if value is not None else asked_at)
        if isinstance(value, bool) or not isinstance(value, int | None):
            raise SourceGarbage(self._system.source.code, f"its cursor {str(value)[:30]!r} is no whole number")
        return None if value is None else self.numbered(epoch, value)

    def at(self, moment: datetime) -> str:
        return (moment - timedelta(seconds=self._stated.overlap_s)).isoformat()

    def numbered(self, epoch: str, number: int) -> str:
        """Return the cursor of a number: the number itself, or, with an overlap, the one that held so long ago."""
        now = self._system.clock.now()
        if self._trail and number < self._trail[-1][1]:
            self._trail.clear()
        self._trail.append((now, number))
        while len(self._trail) > 1 and self._trail[1][0] <= now - timedelta(seconds=self._stated.overlap_s):
            self._trail.popleft()
        return f"{epoch}{SEPARATOR}{self._trail[0][1]}"

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
