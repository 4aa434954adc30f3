"""Sandbox systems as sources: started, reached through the REST adapter by docs/networks/sandbox.toml, and steered by their controls."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2

from adapters.built import BuiltPorts
from adapters.rest.source import build
from adapters.transport.calls import Limits
from gateway.domain.network import Network
from gateway.network.file import load
from gateway.sandbox.network import SYSTEMS
from gateway.sandbox.processes import Sandbox

SANDBOX_FILE = Path(__file__).resolve().parents[2] / "docs" / "networks" / "sandbox.toml"
WEBHOOK_SECRET = "sandbox-webhook-secret-of-tests"
QUIET = {
    **{code: {"other_sales_per_hour": 0} for code in ("wms", "atlas", "borealis", "comet")},
    "pos": {"sell_rate_per_hour": 0, "restock_rate_per_hour": 0, "auto_staff": False},
}
"""Behavior of systems in which nothing moves by itself."""
CALLERS = ("STOREFRONT", "CLIENTELING", "PARTNER", "SUPPLIER", "OPERATOR")


class WallClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def environment(urls: dict[str, str] | None = None) -> dict[str, str]:
    """Return what fills the placeholders and secrets of the sandbox's network file."""
    filled = {f"{code.upper()}_URL": (urls or {}).get(code, "http://127.0.0.1:9") for code in SYSTEMS}
    filled |= {f"SANDBOX_{code.upper()}_SECRET": f"sandbox-{code}" for code in SYSTEMS}
    filled |= {f"SANDBOX_{code}_WEBHOOK_SECRET": WEBHOOK_SECRET for code in ("WMS", "POS")}
    return filled | {f"{caller}_KEY_SHA256": "0" * 64 for caller in CALLERS}


@dataclass
class SandboxSources:
    """The ports of a running sandbox, and its controls."""

    sandbox: Sandbox
    control: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=10))
    built: list[BuiltPorts] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        return environment({code: running.url for code, running in self.sandbox.systems.items()})

    @property
    def network(self) -> Network:
        return load(SANDBOX_FILE, self.environment)

    def ports(self, code: str, limits: Limits | None = None) -> BuiltPorts:
        network = self.network
        source = next(source for source in network.sources if source.code == code)
        ports = build(source, network, WallClock(), environment=self.environment, limits=limits)
        self.built.append(ports)
        return ports

    def put(self, code: str, what: str, **settings: Any) -> Any:
        answer = self.control.put(f"{self.sandbox[code].url}/_sandbox/{what}", json=settings)
        answer.raise_for_status()
        return answer.json()

    def post(self, code: str, what: str, **settings: Any) -> Any:
        answer = self.control.post(f"{self.sandbox[code].url}/_sandbox/{what}", json=settings)
        answer.raise_for_status()
        return answer.json()

    def faults(self, code: str) -> dict[str, Any]:
        """Return what is asked of a system, and how often each kind has struck since it was."""
        told: dict[str, Any] = self.control.get(f"{self.sandbox[code].url}/_sandbox/faults").json()
        return told

    def heal(self) -> None:
        for running in self.sandbox.systems.values():
            self.control.delete(f"{running.url}/_sandbox/faults")

    def taken(self, code: str) -> list[dict[str, Any]]:
        """Return all work that a system has accepted."""
        told = self.control.get(f"{self.sandbox[code].url}/_sandbox/ledger", params={"stock": "false"}).json()
        accepted: list[dict[str, Any]] = told["accepted"]
        return accepted

    def accepted(self, code: str, reference: str) -> list[dict[str, Any]]:
        """Return what a system accepted under our reference."""
        return [one for one in self.taken(code) if one["reference"] == reference]

    def on_hand(self, code: str, location: str, sku: str) -> int:
        """Return what really lies at a place."""
        told = self.control.get(f"{self.sandbox[code].url}/_sandbox/ledger", params={"location": location, "sku": sku}).json()
        return int(told["stock"][location][sku])

    def close(self) -> None:
        self.control.close()
