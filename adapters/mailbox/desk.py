"""What a person sees of a mailbox and does about it: files with something wrong, listed and taken in again."""

from collections.abc import Awaitable, Callable

from adapters.mailbox.arrivals import Arrivals
from adapters.mailbox.config import MailboxOptions
from adapters.mailbox.departures import COPY, Departures
from adapters.mailbox.names import Kept, Stamps, kept
from adapters.mailbox.reports import read
from adapters.mailbox.store import Store
from gateway.domain.errors import NotFound
from gateway.domain.mail import MailReport
from gateway.ports.stores import Clock

REPORT = ".json"
Unread = Callable[[], Awaitable[list[MailReport]]]
"""Returns files of ours that are not known to have been read, the oldest first."""


class MailDesk:
    """A Mailbox port."""

    def __init__(
        self,
        source: str,
        store: Store,
        options: MailboxOptions,
        clock: Clock,
        arrivals: Arrivals,
        departures: Departures | None = None,
        unread: Unread | None = None,
    ) -> None:
        self._source, self._store, self._options, self._clock, self._unread = source, store, options, clock, unread
        self._arrivals, self._departures, self._stamps = arrivals, departures, Stamps()

    async def reports(self, limit: int) -> list[MailReport]:
        """Return what was wrong, the last file first; after it what is not known to have been read."""
        names = sorted((one.name for one in await self._store.files(self._options.reports) if one.name.endswith(REPORT)), reverse=True)
        found = []
        for name in names[:limit]:
            try:
                found.append(read(self._source, await self._store.read(f"{self._options.reports}/{name}", self._options.most_bytes)))
            except (FileNotFoundError, ValueError):
                continue
        silent = await self._unread() if self._unread else []
        return [*found, *reversed(silent)][:limit]

    async def replay(self, file: str, *, overlook: bool = False) -> MailReport:
        found = kept(file)
        if found is None:
            return await self._sent_again(file)
        if await self._store.has(self._arrivals.path(found)):
            return await self._read_again(found)
        return await self._judged_again(file, found, overlook=overlook)

    async def _judged_again(self, file: str, found: Kept, *, overlook: bool) -> MailReport:
        """Let a file that was put aside come in once more, by the profile as it is now."""
        report = await self._arrivals.judge_again(file, found, overlook=overlook)
        if report is None:
            raise NotFound("file", file)
        await self._store.remove(f"{self._options.reports}/{file}{REPORT}")
        return report

    async def _read_again(self, found: Kept) -> MailReport:
        """Put a file that was taken at the end of what was taken, so that every feed reads it once more."""
        now = self._clock.now()
        moved = Kept(self._stamps.next(now), found.control, found.kinds, found.name)
        await self._store.move(self._arrivals.path(found), self._arrivals.path(moved))
        return MailReport(self._source, str(moved), found.name, "", found.control, now, "TAKEN")

    async def _sent_again(self, file: str) -> MailReport:
        name = file.removesuffix(COPY)
        if self._departures is None or not await self._departures.again(name):
            raise NotFound("file", file)
        return MailReport(self._source, name, name, "", "", self._clock.now(), "TAKEN")
