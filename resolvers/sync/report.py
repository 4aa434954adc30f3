"""What one pass over a feed did: counted, and told row by row where rows were refused."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count, islice
from typing import Any

from gateway.domain.feeds import Batch, RejectedRow
from gateway.domain.ids import ChannelCode, Sku, SourceCode
from gateway.ports.ledger import Outcome

KEPT_REJECTIONS = 100
"""Rejected rows that are kept to be shown; all are counted."""

Progress = Callable[["SyncReport"], None]


def quiet(_report: "SyncReport") -> None:
    """Show no progress."""


@dataclass
class SyncReport:
    """One pass. `zeroed`: positions that a complete feed no longer listed; `error`: why it ended early, what came before stays.

    `unasked`: the source has no such feed, so nothing was learned of how it does.
    """

    source: SourceCode
    feed: str
    full: bool = False
    rows: int = 0
    total: int | None = None
    applied: int = 0
    unchanged: int = 0
    superseded: int = 0
    zeroed: int = 0
    quarantined: list[str] = field(default_factory=list)
    """Places whose figures are not believed, and why."""
    rejected_rows: int = 0
    rejected: list[RejectedRow] = field(default_factory=list)
    unpriced: dict[ChannelCode, list[Sku]] = field(default_factory=dict)
    """Products that a channel cannot sell, since their price is in another currency than its own."""
    seconds: float = 0.0
    error: str | None = None
    unasked: bool = False

    def take(self, batch: Batch[Any]) -> list[int]:
        """Count a batch and what its adapter refused of it; return where its rows stand in the feed."""
        before, unread = self.rows, {refused.index for refused in batch.rejected}
        self.rows += len(batch.rows) + len(batch.rejected)
        self.total = batch.total or self.total
        self.refuse(replace(refused, index=before + refused.index) for refused in batch.rejected)
        return list(islice((before + n for n in count() if n not in unread), len(batch.rows)))

    def refuse(self, rejected: Iterable[RejectedRow], places: Sequence[int] | None = None) -> None:
        """Count refusals; `places` tells where the rows that they index stand in the feed."""
        told = [replace(row, index=places[row.index]) if places else row for row in rejected]
        self.rejected_rows += len(told)
        self.rejected.extend(told[: KEPT_REJECTIONS - len(self.rejected)])

    def start_over(self) -> None:
        """Count no row that was told: the feed is told anew from its beginning."""
        self.rows, self.total, self.rejected_rows = 0, None, 0
        self.rejected.clear()

    def count(self, outcome: Outcome) -> None:
        self.applied += outcome.applied
        self.unchanged += outcome.unchanged
        self.superseded += outcome.superseded
