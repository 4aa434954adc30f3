"""Files on their way in: left alone until they are whole, taken once, kept in the order in which they were taken, or put aside."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from adapters.mailbox.config import MailboxOptions
from adapters.mailbox.names import LONGEST_CONTROL, LONGEST_NAME, Kept, Stamps, kept, plain, plain_kinds
from adapters.mailbox.numbers import Numbers
from adapters.mailbox.reports import written
from adapters.mailbox.store import Entry, Store
from gateway.domain.errors import GatewayError
from gateway.domain.mail import MailFault, MailReport, MailVerdict
from gateway.ports.stores import Clock

log = structlog.get_logger(__name__)
SURELY_OLD = timedelta(hours=1)
"""A file so old is whole however far the clocks of mailbox and gateway are apart."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What a format found in a file. `number`: what it may come once under, "": it has none; `waived`: faults a person overlooked."""

    partner: str = ""
    number: str = ""
    kinds: tuple[str, ...] = ()
    faults: tuple[MailFault, ...] = ()
    sound: bool = True
    """False: it is put aside for its faults."""


Examine = Callable[[str, bytes], Awaitable[Examined]]
"""Looks at a file by its name and content."""
Take = Callable[[Examined, str, bytes], Awaitable[None]]
"""Does what belongs to a file's arrival before it is kept, as acknowledging it; it may be done twice."""


@dataclass(frozen=True, slots=True)
class Seen:
    size: int
    modified_at: datetime
    since: datetime


class Arrivals:
    """The way in of one mailbox. Any number of processes may use it at once: each file is moved by one of them."""

    def __init__(
        self, source: str, store: Store, options: MailboxOptions, clock: Clock, examine: Examine, take: Take | None = None
    ) -> None:
        self._source, self._store, self._options, self._clock = source, store, options, clock
        self._examine, self._take = examine, take
        self._numbers, self._stamps = Numbers(store, options.numbers), Stamps()
        self._seen: dict[str, Seen] = {}

    async def look(self) -> list[MailReport]:
        """Take in what lies there whole; return what became of each file."""
        return [report for entry in await self._whole() if (report := await self._taken(f"{self._options.incoming}/{entry.name}", entry))]

    async def judge_again(self, file: str, found: Kept, *, overlook: bool = False) -> MailReport | None:
        """Take in one file from where it was put aside, so that no look at what comes in gets it first; None: it lies there no more.

        `overlook`: a person has said that its faults and its number do not matter.
        """
        lying = next((one for one in await self._store.files(self._options.rejected) if one.name == file), None)
        if lying is None:
            return None
        return await self._taken(f"{self._options.rejected}/{file}", replace(lying, name=found.name), overlook=overlook)

    async def _whole(self) -> list[Entry]:
        """Return files that are written to their end, oldest first."""
        now = self._clock.now()
        lying = [one for one in await self._store.files(self._options.incoming) if not self._is_unfinished(one.name)]
        before, self._seen = self._seen, {}
        found = []
        for one in lying:
            seen = before.get(one.name)
            same = seen is not None and (seen.size, seen.modified_at) == (one.size, one.modified_at)
            since = seen.since if seen and same else now
            self._seen[one.name] = Seen(one.size, one.modified_at, since)
            if now - since >= timedelta(seconds=self._options.settle_s) or now - one.modified_at >= SURELY_OLD:
                found.append(one)
        return sorted(found, key=lambda one: (one.modified_at, one.name))[: self._options.most_files]

    def _is_unfinished(self, name: str) -> bool:
        return name.startswith(".") or name.lower().endswith(self._options.unfinished)

    async def _taken(self, path: str, entry: Entry, *, overlook: bool = False) -> MailReport | None:
        """Keep a file, or put it aside; None: somebody else has it. `entry` names it as it came."""
        try:
            content = await self._store.read(path, self._options.most_bytes + 1)
        except FileNotFoundError:
            return None
        examined = await self._judged(entry.name, content, overlook=overlook)
        control, name = plain(examined.number, LONGEST_CONTROL), plain(entry.name, LONGEST_NAME)
        found = Kept(self._stamps.next(self._clock.now()), control, examined.kinds, name)
        verdict: MailVerdict = "QUARANTINED" if not examined.sound else "WARNED" if examined.faults else "TAKEN"
        counts = verdict != "QUARANTINED" and examined.number and not overlook
        if counts and (earlier := await self._came_before(examined, entry, found)):
            fault = MailFault(0, "", f"its control number {examined.number} came before, in {earlier}")
            verdict, examined = "DUPLICATE", replace(examined, faults=(*examined.faults, fault))
        if self._take and verdict != "DUPLICATE":
            await self._take(examined, entry.name, content)
        report = MailReport(
            self._source, str(found), entry.name, examined.partner, examined.number, self._clock.now(), verdict, examined.faults
        )
        return report if await self._moved(path, found, report) else None

    async def _judged(self, name: str, content: bytes, *, overlook: bool) -> Examined:
        if len(content) > self._options.most_bytes:
            fault = MailFault(0, "", f"is larger than {self._options.most_bytes} bytes (most_bytes)")
            return Examined(faults=(fault,), sound=False)
        try:
            examined = await self._examine(name, content)
            examined = replace(examined, kinds=plain_kinds(examined.kinds))
        except ValueError as error:
            return Examined(faults=(MailFault(0, "", str(error)),), sound=False)
        except GatewayError:
            raise
        except Exception:
            log.exception("mail_not_examined", source=self._source, file=name)
            return Examined(faults=(MailFault(0, "", "it could not be read by our own fault; the log says more"),), sound=False)
        return replace(examined, sound=True) if overlook and examined.kinds else examined

    async def _came_before(self, examined: Examined, entry: Entry, found: Kept) -> str:
        """Return the kept name of another file that came under this one's number, "" for none.

        A number that this very file has claimed already, and that is kept nowhere, is one whose taking was broken off.
        """
        number, own = f"{examined.partner}.{examined.number}", f"{entry.name}|{entry.size}|{entry.modified_at.isoformat()}"
        used = await self._numbers.claim("in", number, f"{found}|{own}")
        name, _, identity = used.partition("|")
        if name == str(found):
            return ""
        other = kept(name)
        if identity != own or (other and await self._store.has(self.path(other))):
            return name
        await self._numbers.release("in", number)
        await self._numbers.claim("in", number, f"{found}|{own}")
        return ""

    async def _moved(self, path: str, found: Kept, report: MailReport) -> bool:
        """Move a file to where it is kept, its report first, so that nothing is put aside without a word; False: it was gone."""
        aside = report.verdict in {"QUARANTINED", "DUPLICATE"}
        told = f"{self._options.reports}/{found}.json"
        try:
            if report.verdict != "TAKEN":
                await self._store.create(told, written(report))
        except FileExistsError:
            return False
        try:
            await self._store.move(path, f"{self._options.rejected}/{found}" if aside else self.path(found))
        except (FileNotFoundError, FileExistsError):
            await self._store.remove(told)
            return False
        self._seen.pop(report.came_as, None)
        if report.verdict != "TAKEN":
            reasons = [str(one) for one in report.faults[:5]]
            log.warning("mail_not_sound", source=self._source, file=report.came_as, verdict=report.verdict, reasons=reasons)
        return True

    def path(self, found: Kept) -> str:
        return f"{self._options.archive}/{found.day}/{found}"
