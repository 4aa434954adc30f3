"""A partner's mailbox as the adapter's ports use it: what came is taken in, read once, and told to each feed in its order."""

from collections import OrderedDict
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from datetime import datetime

from adapters.edi import receipts
from adapters.edi.interchange import Document
from adapters.edi.partner import Partner
from adapters.edi.reading import Letter
from adapters.edi.segments import Segment, Unreadable
from adapters.edi.silence import Silence
from adapters.edi.writing import Outgoing, interchange
from adapters.mailbox.archive import Archive
from adapters.mailbox.arrivals import Arrivals, Examined
from adapters.mailbox.departures import Departures
from adapters.mailbox.names import Kept
from adapters.mailbox.store import Store
from adapters.transport.health import Health
from gateway.domain.errors import SourceError, SourceGarbage
from gateway.domain.mail import MailReport
from gateway.ports.stores import Clock

REMEMBERED = 64
"""Files that a process keeps read; they never change."""
GROUP_OF_RECEIPTS = "FA"


@dataclass(frozen=True, slots=True)
class Posted:
    """One kept file with its letters."""

    kept: Kept
    modified_at: datetime
    letters: tuple[Letter, ...]

    @property
    def written_at(self) -> datetime:
        """Return when it was written at the latest, whichever of the two clocks is ahead."""
        return min(self.modified_at, self.kept.taken_at)


@dataclass
class PartnerMail:
    """The mailbox of one partner. `told`: what became of files that no feed has reported yet."""

    partner: Partner
    store: Store
    clock: Clock
    health: Health
    told: list[MailReport] = field(default_factory=list)
    _read: "OrderedDict[str, Posted]" = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        source, options = self.partner.source, self.partner.options.mailbox
        self.archive = Archive(self.store, options)
        self.departures = Departures(source, self.store, options, self.clock)
        self.arrivals = Arrivals(source, self.store, options, self.clock, self.partner.examined, self.took)
        self.silence = Silence(self.partner, self.departures, self.clock)

    async def look(self, operation: str) -> None:
        """Take in what came; an outage is noted once, and raised."""
        try:
            self.told += await self.arrivals.look()
        except SourceError as error:
            self.health.note_failure(operation, error, at_once=True)
            raise
        self.health.note_success(operation)

    def reported(self) -> list[MailReport]:
        """Return files that were put aside since this was asked last."""
        told, self.told = self.told, []
        return [one for one in told if one.verdict in {"QUARANTINED", "DUPLICATE"}]

    async def since(self, cursor: str | None, kinds: Collection[str]) -> list[Posted]:
        return [await self._posted(kept, entry.modified_at) for kept, entry in await self.archive.since(cursor, kinds)]

    async def backwards(self, kinds: Collection[str], until: datetime) -> AsyncIterator[Posted]:
        async for kept, entry in self.archive.backwards(kinds, until):
            yield await self._posted(kept, entry.modified_at)

    async def _posted(self, kept: Kept, modified_at: datetime) -> Posted:
        name = str(kept)
        if name not in self._read:
            try:
                document = self.partner.opened(await self.archive.content(kept))
            except (Unreadable, FileNotFoundError) as error:
                raise SourceGarbage(self.partner.source, f"{name} was kept and cannot be read: {error}") from error
            self._read[name] = Posted(kept, modified_at, tuple(self.partner.letters(kept.name, document)))
        self._read.move_to_end(name)
        posted = self._read[name]
        while len(self._read) > REMEMBERED:
            self._read.popitem(last=False)
        return posted

    async def took(self, examined: Examined, name: str, content: bytes) -> None:
        """Mark what a file shows to have been read, and acknowledge it, as the profile says."""
        if not examined.kinds:
            return
        try:
            document = self.partner.opened(content)
        except Unreadable:
            return
        if examined.sound:
            await self.silence.hear(name, document)
        if self.partner.options.acknowledges != "NEVER":
            await self._acknowledge(examined, document)

    async def _acknowledge(self, examined: Examined, document: Document) -> None:
        """Write 997s or a CONTRL for what came and could be read."""
        for one in self.partner.acknowledged(document):
            if one.standard == "EDIFACT":
                await self._notice("CONTRL", "D:3:UN", receipts.of_interchange(one, sound=examined.sound))
                continue
            for group in one.groups:
                await self._notice("997", "004010", receipts.of_group(one, group, sound=examined.sound))

    async def _notice(self, kind: str, version: str, body: list[Segment]) -> None:
        now = self.clock.now().astimezone(self.partner.zone)
        outgoing = Outgoing(kind, version, GROUP_OF_RECEIPTS, body)
        await self.departures.notice(kind, lambda number: interchange(self.partner.options, outgoing, number, now))
