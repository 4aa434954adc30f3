"""Numbers that are missing in a feed of differences: what follows them waits, for a short time."""

from dataclasses import replace
from datetime import datetime, timedelta

from gateway.domain.feeds import Batch, StockDelta, StockRow
from gateway.ports.stores import Clock


class GapWatch:
    """Since when a feed has had a gap."""

    def __init__(self, clock: Clock, patience_s: float) -> None:
        self._clock, self._patience = clock, timedelta(seconds=patience_s)
        self._since: datetime | None = None

    def lasts(self) -> bool:
        """Note that there is a gap; tell whether one has lasted too long, which ends the watch."""
        self._since = self._since or self._clock.now()
        if self._clock.now() - self._since < self._patience:
            return False
        self.end()
        return True

    def end(self) -> None:
        """Note that the feed was read to its end without a gap."""
        self._since = None


def without_gap(batch: Batch[StockRow | StockDelta], after: int) -> Batch[StockRow | StockDelta]:
    """Return the rows that follow `after` without a gap, in order, as an incomplete batch; the same batch when there is none."""
    rows = sorted(batch.rows, key=lambda row: row.sequence if row.sequence is not None else 0)
    expected, kept = after + 1, 0
    for row in rows:
        if row.sequence is None or row.sequence < expected:
            kept += 1
            continue
        if row.sequence > expected:
            break
        expected, kept = expected + 1, kept + 1
    return batch if kept == len(rows) else replace(batch, rows=tuple(rows[:kept]), complete=False)
