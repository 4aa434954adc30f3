"""What one pass over a feed did: counted, and told row by row where rows were refused."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from gateway.domain.feeds import RejectedRow
from gateway.domain.ids import SourceCode
from gateway.ports.ledger import Outcome

KEPT_REJECTIONS = 100
"""Rejected rows that are kept to be shown; all are counted."""

Progress = Callable[["SyncReport"], None]


def quiet(_report: "SyncReport") -> None:
    """Show no progress."""


@dataclass
class SyncReport:
    """One pass. `zeroed`: positions that a complete feed no longer listed; `error`: why it ended early, what came before stays."""

    source: SourceCode
    feed: str
    full: bool = False
    rows: int = 0
    total: int | None = None
    applied: int = 0
    unchanged: int = 0
    superseded: int = 0
    zeroed: int = 0
    rejected_rows: int = 0
    rejected: list[RejectedRow] = field(default_factory=list)
    seconds: float = 0.0
    error: str | None = None

    def refuse(self, rejected: Sequence[RejectedRow]) -> None:
        self.rejected_rows += len(rejected)
        self.rejected.extend(rejected[: KEPT_REJECTIONS - len(self.rejected)])

    def count(self, outcome: Outcome) -> None:
        self.applied += outcome.applied
        self.unchanged += outcome.unchanged
        self.superseded += outcome.superseded
