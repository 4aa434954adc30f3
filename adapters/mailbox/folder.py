"""A mailbox in a folder of a disk, local or mounted."""

import asyncio
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from adapters.mailbox.store import Entry
from gateway.domain.errors import SourceTimeout, SourceUnavailable

T = TypeVar("T")


class FolderStore:
    """A Store on a disk. A mount that hangs is left after `timeout_s`."""

    def __init__(self, source: str, root: Path, timeout_s: float) -> None:
        self._source, self.root, self._timeout_s = source, root, timeout_s

    async def files(self, folder: str) -> list[Entry]:
        return await self._do(lambda: self._files(folder))

    async def folders(self, folder: str) -> list[str]:
        return await self._do(lambda: [one.name for one in self._scanned(folder) if one.is_dir()])

    async def read(self, path: str, most: int) -> bytes:
        def read() -> bytes:
            with (self.root / path).open("rb") as stream:
                return stream.read(most)

        return await self._do(read)

    async def create(self, path: str, content: bytes) -> None:
        def write() -> None:
            self._present()
            (self.root / path).parent.mkdir(exist_ok=True, parents=True)
            with (self.root / path).open("xb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())

        await self._do(write, mutation=True)

    async def move(self, path: str, to: str) -> None:
        def move() -> None:
            self._present()
            (self.root / to).parent.mkdir(exist_ok=True, parents=True)
            if (self.root / to).exists():
                raise FileExistsError(to)
            (self.root / path).rename(self.root / to)

        await self._do(move, mutation=True)

    async def remove(self, path: str) -> None:
        await self._do(lambda: (self.root / path).unlink(missing_ok=True), mutation=True)

    async def has(self, path: str) -> bool:
        return await self._do(lambda: self._present() and (self.root / path).exists())

    async def close(self) -> None:
        """Nothing is held open."""

    def _present(self) -> bool:
        """Tell that the mailbox itself is there: one that is not mounted must not look empty."""
        if not self.root.is_dir():
            raise SourceUnavailable(self._source, f"its folder {self.root.name} is not there")
        return True

    def _scanned(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self.root / folder) as entries:
                return list(entries)
        except FileNotFoundError:
            self._present()
            return []

    def _files(self, folder: str) -> list[Entry]:
        found = []
        for one in self._scanned(folder):
            try:
                if one.is_file(follow_symlinks=False):
                    status = one.stat(follow_symlinks=False)
                    found.append(Entry(one.name, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC)))
            except FileNotFoundError:
                continue
        return found

    async def _do(self, work: Callable[[], T], *, mutation: bool = False) -> T:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await asyncio.to_thread(work)
        except (FileNotFoundError, FileExistsError) as error:
            if isinstance(error, FileNotFoundError):
                self._present()
            raise
        except TimeoutError:
            raise SourceTimeout(self._source, "its mailbox did not answer in time", unknown_effect=mutation) from None
        except OSError as error:
            raise SourceUnavailable(self._source, f"its mailbox cannot be used: {error.strerror or error}") from error
