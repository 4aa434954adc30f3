"""Whether a source answers: noted call by call, told in the log once when something of it is lost and once when all is back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from gateway.domain.errors import SourceError, SourceRejected
from gateway.ports.stores import Clock

log = structlog.get_logger(__name__)
FAILURES_UNTIL_LOST = 3
UNASKED = timedelta(hours=1)
"""What failed and was not asked for again for so long keeps its source lost no more: nobody may ever ask for it again."""
SAMPLE_LENGTH = 200


@dataclass
class Trouble:
    """Failures of one operation in a row. `unreachable`: in all of them nothing at all could be reached."""

    first_at: datetime
    last_at: datetime
    count: int = 0
    unreachable: bool = True
    lost: bool = False


class Health:
    """One source as this process sees it. `since`: when something of it was lost, None while all that was asked for answers."""

    def __init__(self, source: str, clock: Clock) -> None:
        self.source, self._clock = source, clock
        self.since: datetime | None = None
        self.last_error: str | None = None
        self.garbage_sample: str | None = None
        """The shape of the last unreadable answer, letters and digits taken out."""
        self._troubles: dict[str, Trouble] = {}
        self._lost: set[str] = set()
        """Operations that were lost since the source was."""

    @property
    def answers(self) -> bool:
        return self.since is None

    def note_success(self, operation: str) -> None:
        """Count an answer. It tells nothing of an operation that fails, but that the source can be reached."""
        now = self._clock.now()
        self._troubles.pop(operation, None)
        self._troubles = {name: one for name, one in self._troubles.items() if not one.unreachable and now - one.last_at < UNASKED}
        if self.since is None or any(one.lost for one in self._troubles.values()):
            return
        away, operations = now - self.since, sorted(self._lost)
        self.since, self.last_error = None, None
        self._lost.clear()
        log.info("source_recovered", source=self.source, operations=operations, away_s=round(away.total_seconds(), 1))

    def note_failure(self, operation: str, error: SourceError, *, unreachable: bool = False, at_once: bool = False) -> None:
        """Count a failure; what cannot be reached is lost at once, anything else after several in a row. A refusal is an answer."""
        if isinstance(error, SourceRejected):
            self.note_success(operation)
            return
        now = self._clock.now()
        trouble = self._troubles.setdefault(operation, Trouble(now, now))
        trouble.last_at, trouble.count, trouble.unreachable = now, trouble.count + 1, trouble.unreachable and unreachable
        self.last_error = error.message
        if unreachable or at_once or trouble.count >= FAILURES_UNTIL_LOST:
            trouble.lost = True
            self._lose(operation, trouble, error)

    def _lose(self, operation: str, trouble: Trouble, error: SourceError) -> None:
        self._lost.add(operation)
        if self.since is None:
            self.since = trouble.first_at
            log.warning("source_lost", source=self.source, operation=operation, error=error.message, **self._sample())

    def _sample(self) -> dict[str, str]:
        return {"sample": self.garbage_sample} if self.garbage_sample else {}

    def keep_sample(self, body: bytes | bytearray) -> None:
        if not body:
            return
        text = body[:SAMPLE_LENGTH].decode("utf-8", "replace")
        self.garbage_sample = "".join("x" if char.isalpha() else "0" if char.isdigit() else char for char in text)
