"""Control numbers: each is used once, whoever uses it, however many processes share the mailbox."""

from datetime import UTC, datetime

from adapters.mailbox.names import plain
from adapters.mailbox.store import Store

SINCE = datetime(2020, 1, 1, tzinfo=UTC)
"""Numbers of ours count seconds from then: nine digits last until 2051, and grow without anybody remembering the last one."""
MOST = 1_000_000_000
SMALL = 1_000


class Numbers:
    """Claims of numbers: one file each, made by whoever is first, that says what the number was used for."""

    def __init__(self, store: Store, folder: str) -> None:
        self._store, self._folder = store, folder

    async def claim(self, direction: str, number: str, use: str) -> str:
        """Claim a number for a use; return what it is used for, which is another use when somebody was first."""
        path = self._path(direction, number)
        try:
            await self._store.create(path, use.encode())
        except FileExistsError:
            return await self.use(direction, number) or use
        return use

    async def use(self, direction: str, number: str) -> str:
        """Return what a number was used for; "" where it was not."""
        try:
            return (await self._store.read(self._path(direction, number), SMALL)).decode("utf-8", "replace")
        except FileNotFoundError:
            return ""

    async def release(self, direction: str, number: str) -> None:
        await self._store.remove(self._path(direction, number))

    async def next(self, direction: str, use: str, now: datetime) -> int:
        """Claim the next number of ours."""
        number = int((now - SINCE).total_seconds()) % MOST or 1
        while True:
            try:
                await self._store.create(self._path(direction, str(number)), use.encode())
            except FileExistsError:
                number = number % (MOST - 1) + 1
            else:
                return number

    def _path(self, direction: str, number: str) -> str:
        return f"{self._folder}/{direction}-{plain(number)}"
