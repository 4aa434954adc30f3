"""Whether a source answers: noted call by call, told in the log once when it is lost and once when it is back."""

from datetime import datetime

import structlog

from gateway.domain.errors import SourceError, SourceRejected
from gateway.ports.stores import Clock

log = structlog.get_logger(__name__)
FAILURES_UNTIL_LOST = 3
SAMPLE_LENGTH = 200


class Health:
    """One source as this process sees it. `since`: when it was lost, None while it answers."""

    def __init__(self, source: str, clock: Clock) -> None:
        self.source, self._clock = source, clock
        self.since: datetime | None = None
        self.last_error: str | None = None
        self.garbage_sample: str | None = None
        """The shape of the last unreadable answer, letters and digits taken out."""
        self._failures = 0
        self._first_failure_at: datetime | None = None

    @property
    def answers(self) -> bool:
        return self.since is None

    def note_success(self) -> None:
        self._failures = 0
        if self.since is None:
            return
        away = self._clock.now() - self.since
        self.since, self.last_error = None, None
        log.info("source_recovered", source=self.source, away_s=round(away.total_seconds(), 1))

    def note_failure(self, error: SourceError, *, unreachable: bool = False) -> None:
        """Count a failure; a source that cannot be reached is lost at once, any other after several in a row. A refusal is an answer."""
        if isinstance(error, SourceRejected):
            self.note_success()
            return
        self._first_failure_at = self._first_failure_at if self._failures else self._clock.now()
        self._failures += 1
        self.last_error = error.message
        if self.since is None and (unreachable or self._failures >= FAILURES_UNTIL_LOST):
            self.since = self._first_failure_at
            log.warning("source_lost", source=self.source, error=error.message)

    def keep_sample(self, body: bytes) -> None:
        text = body[:SAMPLE_LENGTH].decode("utf-8", "replace")
        self.garbage_sample = "".join("x" if char.isalpha() else "0" if char.isdigit() else char for char in text)
