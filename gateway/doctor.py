"""Checks a network file against the world: reaches every source by each role it plays, and prints what holds and from where."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from gateway.domain.errors import SourceError
from gateway.domain.network import Network
from gateway.settings import Settings
from gateway.wiring import built_sources
from resolvers.context import SourcePorts


@dataclass(frozen=True, slots=True)
class Finding:
    """One role of one source: how long its first answer took, what it said, or why it did not."""

    source: str
    role: str
    milliseconds: float
    told: str
    ok: bool


async def examine(network: Network, settings: Settings, console: Console) -> None:
    """Print a row per source and role; the file itself was checked when it was loaded."""
    console.print(
        f"{network.name}: {len(network.sources)} sources, {len(network.channels)} channels, {len(network.carriers)} carriers, "
        f"{len(network.callers)} callers. The file is valid."
    )
    async with built_sources(network, settings) as sources:
        findings = [finding for ports in sources.values() for finding in await findings_of(ports)]
    shown = Table()
    for column in ("source", "role", "ms", "what it said"):
        shown.add_column(column)
    for finding in findings:
        shown.add_row(finding.source, finding.role, f"{finding.milliseconds:.0f}", finding.told, style=None if finding.ok else "red")
    console.print(shown)


async def findings_of(ports: SourcePorts) -> list[Finding]:
    probes: dict[str, Callable[[], Awaitable[str]] | None] = {
        "catalogue": (lambda: first_products(ports)) if ports.catalogue else None,
        "locations": (lambda: places(ports)) if ports.locations else None,
        "stock": (lambda: first_stock(ports)) if ports.stock else None,
        "inbound": (lambda: first_inbound(ports)) if ports.inbound else None,
    }
    return [await probed(ports.code, role, probe) for role, probe in probes.items() if probe]


async def probed(source: str, role: str, probe: Callable[[], Awaitable[str]]) -> Finding:
    started = time.monotonic()
    try:
        told, ok = await probe(), True
    except SourceError as error:
        told, ok = str(error), False
    return Finding(source, role, (time.monotonic() - started) * 1000, told, ok)


def counted(rows: int, refused: int, what: str) -> str:
    return f"{rows} {what}" + (f", {refused} refused" if refused else "")


async def first_products(ports: SourcePorts) -> str:
    if ports.catalogue:
        async for batch in ports.catalogue.products():
            return counted(len(batch.rows), len(batch.rejected), f"products in the first batch of {batch.total or 'unknown'}")
    return "nothing"


async def first_stock(ports: SourcePorts) -> str:
    if ports.stock:
        async for batch in ports.stock.snapshot():
            return counted(len(batch.rows), len(batch.rejected), f"positions in the first batch of {batch.total or 'unknown'}")
    return "nothing"


async def first_inbound(ports: SourcePorts) -> str:
    if ports.inbound:
        async for batch in ports.inbound.inbound():
            return counted(len(batch.rows), len(batch.rejected), "rows of supply to come in the first batch")
    return "nothing"


async def places(ports: SourcePorts) -> str:
    if ports.locations is None:
        return "nothing"
    batch = await ports.locations.locations()
    return counted(len(batch.rows), len(batch.rejected), "locations")
