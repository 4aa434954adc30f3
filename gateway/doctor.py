"""Checks a network file against the world: reaches every source by each role it plays, and prints what holds and from where."""

import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from gateway.domain.errors import ConfigurationInvalid, GatewayError, SourceError
from gateway.domain.feeds import Message, MessageKind
from gateway.domain.ids import LocationCode
from gateway.domain.network import Network
from gateway.domain.pauses import Pause, standing
from gateway.domain.published import PublishedProfile, holding
from gateway.domain.sourcing_terms import DEFAULT_PROFILE
from gateway.network.locations import NetworkLocations
from gateway.network.overrides import Held
from gateway.network.provenance import lines_of
from gateway.network.references import unknown_locations
from gateway.settings import Settings
from gateway.wiring import built_sources, connected
from resolvers.context import SourcePorts

NO_REFERENCE = "doctor-asks"
NAMED = 6
"""Places that a line names; it counts the others."""
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
    """Print a row per source and role; the file itself was checked when it was loaded. Raises SourcesSilent after all is printed.

    Where the settings name a database, what places have said of themselves stands over what is told of them.
    """
    console.print(
        f"{network.name}: {len(network.sources)} sources, {len(network.channels)} channels, {len(network.carriers)} carriers, "
        f"{len(network.callers)} callers. The file is valid."
    )
    async with built_sources(network, settings) as sources:
        askable = {source.code for source in network.sources if source.hand_over == "B"}
        findings = [finding for ports in sources.values() for finding in await findings_of(ports, askable=ports.code in askable)]
        held = [one for ports in sources.values() for one in await held_by(ports)]
    print_findings(console, findings)
    said = await said_by_people(network, settings, console)
    print_places(console, [spoken_for(one, said.words.get(one.location.code), datetime.now(UTC)) for one in held])
    print_profiles(console, network, said.published)
    if silent := [finding for finding in findings if not finding.ok]:
        raise SourcesSilent(silent, len(findings))
    if unknown := unknown_locations(network, [one.location.code for one in held]):
        raise ConfigurationInvalid(network.name, unknown)


@dataclass(frozen=True, slots=True)
class Said:
    """What people have said over the graph: the last word of each place that has one, and the profiles that were published."""

    words: Mapping[LocationCode, Pause] = field(default_factory=dict)
    published: Sequence[PublishedProfile] = ()


async def said_by_people(network: Network, settings: Settings, console: Console) -> Said:
    """Return nothing without a database, or over one that cannot be used, which is told."""
    if not settings.mongodb_uri:
        return Said()
    try:
        running = await connected(settings, network, with_sources=False)
        try:
            words = {word.location: word for word in await running.world.pauses.pauses()}
            return Said(words, await running.world.profiles.profiles())
        finally:
            await running.stop()
    except GatewayError as error:
        told = "What places have said of themselves, and which profiles were published, is not known"
        console.print(f"{told}: {error}", highlight=False, markup=False, soft_wrap=True)
        return Said()


def print_profiles(console: Console, network: Network, published: Sequence[PublishedProfile]) -> None:
    """Print by which profile each channel's orders are sourced, and who said so."""
    held, by_key = holding(network.profiles, published), {one.key: one for one in published}
    shown = Table("channel", "sourced by", "from")
    for channel in network.channels:
        profile = held.get(channel.code, DEFAULT_PROFILE)
        made = by_key.get(f"{profile.name}|{profile.version}")
        origin = "default" if profile is DEFAULT_PROFILE else "network file"
        if made is not None and made.profile == profile:
            origin = f"publishSourcingProfile by {made.created_by.name}, {made.created_at:%Y-%m-%d %H:%M}Z"
            origin += f": {profile.comment}" if profile.comment else ""
        shown.add_row(channel.code, f"{profile.name} {profile.version}" if profile.version else profile.name, origin)
    console.print(shown)


def spoken_for(held: Held, word: Pause | None, now: datetime) -> Held:
    """Return what holds for a place by its own last word, and whose word that is."""
    place = standing(held.location, word, now)
    changed = [each.name for each in fields(place) if getattr(place, each.name) != getattr(held.location, each.name)]
    if word is None or not changed:
        return held
    said = "pauseLocation" if word.state == "PAUSED" else "resumeLocation"
    origin = f"{said} by {word.by.name}, {word.at:%Y-%m-%d %H:%M}Z" + (f": {word.note}" if word.note else "")
    return Held(place, {**held.origin_by_field, **dict.fromkeys(changed, origin)})


async def held_by(ports: SourcePorts) -> list[Held]:
    """Return a source's places as they hold; none where it does not answer, which its finding tells."""
    with contextlib.suppress(SourceError):
        return (await ports.locations.held())[1] if isinstance(ports.locations, NetworkLocations) else []
    return []


def print_findings(console: Console, findings: Sequence[Finding]) -> None:
    shown = Table("source", "role", "ms", "what it said")
    for finding in findings:
        shown.add_row(finding.source, finding.role, f"{finding.milliseconds:.0f}", finding.told, style=None if finding.ok else "red")
    console.print(shown)


def print_places(console: Console, held: Sequence[Held]) -> None:
    """Print what holds for the places and who said so."""
    shown = Table("what", "holds", "from", "for")
    for what, value, origin, codes in lines_of(held):
        more = f" and {len(codes) - NAMED} more" if len(codes) > NAMED else ""
        shown.add_row(what, value, origin, ", ".join(codes[:NAMED]) + more)
    if shown.row_count:
        console.print(shown)


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
