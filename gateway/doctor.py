"""Checks a network file against the world: reaches every source by each role it plays, and prints what holds and from where."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from gateway.domain.errors import GatewayError, SourceError
from gateway.domain.feeds import Message, MessageKind
from gateway.domain.network import Network
from gateway.settings import Settings
from gateway.wiring import built_sources
from resolvers.context import SourcePorts

NO_REFERENCE = "doctor-asks"
WORK: tuple[MessageKind, ...] = ("ORDER", "SHIPMENT", "STORE_TASK", "PURCHASE_ORDER")


@dataclass(frozen=True, slots=True)
class Finding:
    """One role of one source: how long its first answer took, what it said, or why it did not."""

    source: str
    role: str
    milliseconds: float
    told: str
    ok: bool


class SourcesSilent(GatewayError):
    """Some source did not answer in a role that the network file gives it."""

    def __init__(self, findings: Sequence[Finding], asked: int) -> None:
        named = ", ".join(f"{finding.source} ({finding.role})" for finding in findings)
        super().__init__(f"{len(findings)} of {asked} answers are missing: {named}. The table says why of each.")


async def examine(network: Network, settings: Settings, console: Console) -> None:
    """Print a row per source and role; the file itself was checked when it was loaded. Raises SourcesSilent after all is printed."""
    console.print(
        f"{network.name}: {len(network.sources)} sources, {len(network.channels)} channels, {len(network.carriers)} carriers, "
        f"{len(network.callers)} callers. The file is valid."
    )
    async with built_sources(network, settings) as sources:
        askable = {source.code for source in network.sources if source.hand_over == "B"}
        findings = [finding for ports in sources.values() for finding in await findings_of(ports, askable=ports.code in askable)]
    shown = Table()
    for column in ("source", "role", "ms", "what it said"):
        shown.add_column(column)
    for finding in findings:
        shown.add_row(finding.source, finding.role, f"{finding.milliseconds:.0f}", finding.told, style=None if finding.ok else "red")
    console.print(shown)
    if silent := [finding for finding in findings if not finding.ok]:
        raise SourcesSilent(silent, len(findings))


async def findings_of(ports: SourcePorts, *, askable: bool) -> list[Finding]:
    """Try each role; a source that takes work is asked for a reference that it does not have, where it can be asked."""
    probes: dict[str, Callable[[], Awaitable[str]] | None] = {
        "catalogue": (lambda: first_products(ports)) if ports.catalogue else None,
        "locations": (lambda: places(ports)) if ports.locations else None,
        "stock": (lambda: first_stock(ports)) if ports.stock else None,
        "inbound": (lambda: first_inbound(ports)) if ports.inbound else None,
        "hand-over": (lambda: taken_kinds(ports, askable=askable)) if ports.hand_over else None,
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


async def taken_kinds(ports: SourcePorts, *, askable: bool) -> str:
    if ports.hand_over is None:
        return "nothing"
    questions = [Message(kind, ports.code, NO_REFERENCE, NO_REFERENCE, {"reference": NO_REFERENCE}) for kind in WORK]
    taken = [question for question in questions if ports.hand_over.takes(question)]
    told = f"takes {', '.join(question.kind for question in taken) or 'nothing'}"
    if not askable or not taken:
        return f"{told}; it cannot be asked without giving it work"
    await ports.hand_over.find(taken[0])
    return f"{told}; answers when it is asked for a reference"


async def places(ports: SourcePorts) -> str:
    if ports.locations is None:
        return "nothing"
    batch = await ports.locations.locations()
    return counted(len(batch.rows), len(batch.rejected), "locations")
