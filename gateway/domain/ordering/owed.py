"""The messages that a decision owes to the systems behind: numbered in the order's sequence, each with a key that stays the same."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gateway.domain.feeds import MessageKind
from gateway.domain.ids import Rid, SourceCode
from gateway.domain.network import SourceKind
from gateway.domain.outbox import OutboxEntry

WORK_MESSAGE: dict[SourceKind, MessageKind] = {
    "WMS": "SHIPMENT",
    "POS": "STORE_TASK",
    "SUPPLIER": "PURCHASE_ORDER",
    "ERP": "SHIPMENT",
    "COMMERCE": "SHIPMENT",
    "FILES": "SHIPMENT",
}
GIVES_WORK: frozenset[MessageKind] = frozenset(WORK_MESSAGE.values())
GIVING: frozenset[MessageKind] = GIVES_WORK | {"ORDER"}


def reference_at_source(entry: OutboxEntry, outbox: Sequence[OutboxEntry]) -> str | None:
    """Return the source's own number for the order or work that a message is about; None while it has told none."""
    about = entry.leg.partition(":")[0]
    given = [one.reference for one in outbox if one.kind in GIVING and one.source == entry.source and one.leg == about]
    return next((number for number in reversed(given) if number), None)


@dataclass
class Owed:
    """Collects messages of one decision. `before`: those that the order owes or has sent already."""

    rid: Rid
    before: Sequence[OutboxEntry]
    now: datetime
    added: list[OutboxEntry] = field(default_factory=list)

    def add(
        self,
        kind: MessageKind,
        source: SourceCode,
        leg: str,
        mids: tuple[str, ...] = (),
        step: str | None = None,
        told: tuple[tuple[str, int], ...] = (),
    ) -> None:
        """Owe a message; one about the same leg to the same source before it makes this a new generation of it.

        `told` are the units by line that it says, whatever becomes of the order until it is sent.
        """
        every = [*self.before, *self.added]
        n = max((entry.n for entry in every), default=0) + 1
        generation = sum(entry.leg == leg and entry.source == source and entry.kind == kind for entry in every) + 1
        key = f"{self.rid}:{leg}:{kind.lower()}:{generation}"
        self.added.append(OutboxEntry(n, leg, kind, source, key, mids=mids, step=step, told=told, next_at=self.now, created_at=self.now))

    def has(self, kind: MessageKind, leg: str) -> bool:
        return any(entry.kind == kind and entry.leg == leg and entry.state != "DROPPED" for entry in (*self.before, *self.added))

    @property
    def entries(self) -> tuple[OutboxEntry, ...]:
        return tuple(self.added)
