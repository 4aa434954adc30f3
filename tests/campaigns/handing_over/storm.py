"""Everything that the systems do wrong, one kind after another, and how often it really struck."""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from gateway.domain.ids import SourceCode
from gateway.ports.order_book import HandOverQuery, Outbox
from tests.campaigns.handing_over.network import Scale
from tests.support.sandbox_sources import SandboxSources

PATHS = MappingProxyType({"erp": ["/api/v2/sales-orders"], "wms": ["/shipments"], "pos": ["/v1/tasks"], "atlas": ["/purchase-orders"]})
"""Where each system takes work, is asked about it and tells of it."""
WMS = SourceCode("wms")
SLOW = "slow: effects after our time-out"
REFUSED = "cannot be reached"
LONGEST_OUTAGE_S = 10.0


def kinds(scale: Scale) -> Mapping[str, Mapping[str, Any]]:
    """Return what is asked of the systems for each kind of misbehavior."""
    return {
        "time-out before the effect": {"timeout_rate": 0.4},
        "connection reset before the effect": {"down": True},
        "answer lost after the effect": {"lost_answer_rate": 0.5},
        "504 after the effect": {"lost_answer_rate": 0.5, "lost_answer_with": 504},
        "answered 500": {"error_rate": 0.5},
        "answered 503": {"error_rate": 0.5, "error_status": 503},
        "answered 429": {"error_rate": 0.5, "error_status": 429},
        "garbage after the effect": {"garbage_rate": 0.5},
        SLOW: {"latency_ms": [scale.slow_ms // 2, scale.slow_ms], "methods": ["POST"]},
        "events doubled, late and out of order": {"duplicate_events_rate": 0.5, "reorder_events": True, "late_events_s": 0.5},
    }


FIRES = MappingProxyType(
    {
        "timeout_rate": "timeout",
        "down": "down",
        "lost_answer_rate": "lost_answer",
        "error_rate": "error",
        "garbage_rate": "garbage",
        "latency_ms": "latency",
        "duplicate_events_rate": "duplicate_event",
    }
)
"""Which counter of a system tells that a setting struck."""


@dataclass
class Storm:
    """Goes over the systems until it is called off; `fired` counts strikes by kind, `spells` how often each kind was on."""

    sources: SandboxSources
    outbox: Outbox
    scale: Scale
    dice: random.Random
    fired: Counter[str] = field(default_factory=Counter)
    spells: Counter[str] = field(default_factory=Counter)
    _over: bool = False

    async def rage(self) -> None:
        """Go on until it is called off and every kind was on often enough."""
        kinds_of_it = [self.scale.only] if self.scale.only else [*kinds(self.scale), "connection refused"]
        for turn in itertools.count():
            self.dice.shuffle(kinds_of_it)
            for kind in kinds_of_it:
                await (self.refuse() if kind == "connection refused" else self.spell(kind))
            if self._over and turn + 1 >= self.scale.least_spells:
                return

    def call_off(self) -> None:
        self._over = True

    async def spell(self, kind: str) -> None:
        wanted = kinds(self.scale)[kind]
        seed = self.dice.randrange(10**6)
        for code, paths in PATHS.items():
            await asyncio.to_thread(self.sources.put, code, "faults", **wanted, paths=paths, seed=seed)
        await asyncio.sleep(self.scale.spell_s)
        for code in PATHS:
            told = await asyncio.to_thread(self.sources.faults, code)
            self.fired[kind] += told["fired"][FIRES[next(iter(wanted))]]
            await asyncio.to_thread(self.sources.put, code, "faults")
        self.spells[kind] += 1

    async def refuse(self) -> None:
        """Kill the WMS and leave it away until a relay has found nobody there, then start it again on its own data."""
        self.sources.sandbox.kill(WMS)
        waited_s = 0.0
        while waited_s < LONGEST_OUTAGE_S and not await self.found_nobody():
            await asyncio.sleep(0.2)
            waited_s += 0.2
        await asyncio.to_thread(self.sources.sandbox.restart, WMS)
        self.spells["connection refused"] += 1

    async def found_nobody(self) -> bool:
        page = await self.outbox.entries(HandOverQuery((WMS,), ("WAITING", "SENDING")), 200, None)
        found = sum(entry.last_error == REFUSED for record in page.records for entry in record.outbox)
        self.fired["connection refused"] += found
        return found > 0
