"""The files that were taken, as a log: read on from a place in it, or backwards from its end."""

from collections.abc import AsyncIterator, Collection
from datetime import UTC, datetime, timedelta

from adapters.mailbox.config import MailboxOptions
from adapters.mailbox.names import STAMP, Kept, kept
from adapters.mailbox.store import Entry, Store

LATE = timedelta(minutes=10)
"""How far apart the clocks of processes that take files may be: so far before its cursor a reader looks again."""
Filed = tuple[Kept, Entry]


class Archive:
    """Kept files by the day on which they were taken. Nothing is ever removed here; what is old is its keeper's to clear."""

    def __init__(self, store: Store, options: MailboxOptions) -> None:
        self._store, self._options = store, options

    async def since(self, cursor: str | None, kinds: Collection[str]) -> list[Filed]:
        """Return files of some kinds in their order: all that could have come after a cursor, and some that came shortly before."""
        start = (moment(cursor) - LATE).strftime(STAMP) if cursor else ""
        days = [day for day in sorted(await self._store.folders(self._options.archive)) if day >= start[:8]]
        found = [one for day in days for one in await self._of_day(day, kinds)]
        return [one for one in found if one[0].stamp > start]

    async def backwards(self, kinds: Collection[str], until: datetime) -> AsyncIterator[Filed]:
        """Yield files of some kinds, the last one first, none that was taken before `until`."""
        first = until.strftime(STAMP)
        for day in sorted(await self._store.folders(self._options.archive), reverse=True):
            if day < first[:8]:
                return
            for one in reversed(await self._of_day(day, kinds)):
                if one[0].stamp >= first:
                    yield one

    async def content(self, found: Kept) -> bytes:
        return await self._store.read(f"{self._options.archive}/{found.day}/{found}", self._options.most_bytes)

    async def _of_day(self, day: str, kinds: Collection[str]) -> list[Filed]:
        entries = await self._store.files(f"{self._options.archive}/{day}")
        named = ((kept(one.name), one) for one in entries)
        return sorted(((name, one) for name, one in named if name and set(name.kinds) & set(kinds)), key=lambda pair: pair[0].stamp)


def moment(cursor: str) -> datetime:
    """Return a cursor's moment; the beginning for one that is none."""
    found = kept(f"{cursor}~-~-~-")
    return found.taken_at if found else datetime.fromtimestamp(0, UTC)
