"""A partner with a mailbox in a folder, its profile, and a clock that a test sets."""

import os
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from adapters.built import BuiltPorts
from adapters.edi.source import build
from gateway.domain.feeds import Batch, StockRow, WorkNews
from gateway.domain.ids import SourceCode
from gateway.domain.mail import MailReport
from gateway.domain.network import Network, Source

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
SUPPLIER = SourceCode("atlas")


@dataclass
class SetClock:
    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    def go_on(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


EDIFACT: dict[str, Any] = {
    "standard": "EDIFACT",
    "partner": {"id": "ATLAS", "qualifier": "14"},
    "own": {"id": "BRUME", "qualifier": "14"},
    "stock": {"quantity": ["145"], "location": "atlas", "places": {"DEPOT": "atlas"}},
    "response": {},
    "despatch": {},
    "sends": {"purchase_order": {}, "cancel": {}},
}
X12: dict[str, Any] = EDIFACT | {
    "standard": "X12",
    "partner": {"id": "ATLAS", "qualifier": "ZZ"},
    "own": {"id": "BRUME", "qualifier": "ZZ"},
    "stock": {"quantity": ["33"], "location": "atlas"},
}


def built(folder: Path, clock: SetClock, profile: dict[str, Any], mailbox: dict[str, Any] | None = None, **source: Any) -> BuiltPorts:
    """Return the ports of a supplier; `mailbox` and `source` say more of either."""
    options = {"folder": str(folder), "mailbox": {"folder": "mail", "settle_s": 0, **(mailbox or {})}, **profile}
    stated = Source(SUPPLIER, "SUPPLIER", "edi", options, states="AVAILABLE", ordered_by="TIME", hand_over="B")
    network = Network("Brume", "EUR", "FR", "Europe/Paris", SourceCode("erp"), sources=(stated,))
    return build(replace(stated, **{"quiet_period": timedelta(seconds=30), **source}), network, clock, environment={})


@dataclass
class Postbox:
    """A partner's mailbox as the partner uses it."""

    folder: Path
    profile: dict[str, Any]
    clock: SetClock = field(default_factory=SetClock)
    mailbox: dict[str, Any] = field(default_factory=dict)
    source: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("in", "out"):
            (self.folder / "mail" / name).mkdir(parents=True, exist_ok=True)
        self.ports = self.anew()

    def anew(self) -> BuiltPorts:
        """Return the ports as another process has them: it remembers nothing."""
        return built(self.folder, self.clock, self.profile, self.mailbox, **self.source)

    @property
    def root(self) -> Path:
        return self.folder / "mail"

    def drop(self, content: str | bytes, name: str = "a.edi") -> None:
        path = self.root / "in" / name
        path.write_bytes(content.encode("latin-1") if isinstance(content, str) else content)
        os.utime(path, (self.clock.at.timestamp(), self.clock.at.timestamp()))

    def fetched(self) -> list[str]:
        """Fetch what lies there for the partner, as it does: and remove it."""
        found = []
        for path in sorted((self.root / "out").iterdir()):
            found.append(path.read_bytes().decode("latin-1"))
            path.unlink()
        return found

    def names(self, folder: str) -> list[str]:
        return sorted(path.name for path in (self.root / folder).rglob("*") if path.is_file())

    async def stock(self) -> list[Batch[StockRow]]:
        assert self.ports.stock
        return [batch async for batch in self.ports.stock.snapshot()]

    async def rows(self) -> list[tuple[str, str, int]]:
        """Return (place, article, units) of the stock as it stands, in order."""
        return sorted((row.location, str(row.item), row.quantity) for batch in await self.stock() for row in batch.rows)

    async def news(self, cursor: str | None = None) -> list[Batch[WorkNews]]:
        assert self.ports.news
        return [batch async for batch in self.ports.news.news(cursor)]

    async def told(self) -> list[WorkNews]:
        return [one for batch in await self.news() for one in batch.rows]

    async def reports(self) -> list[MailReport]:
        assert self.ports.mailbox
        return await self.ports.mailbox.reports(100)

    async def reasons(self) -> list[str]:
        return [str(fault) for report in await self.reports() for fault in report.faults]
