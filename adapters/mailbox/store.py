"""What a mailbox lies on, by the few things that it must do; paths have the form folder/name."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Entry:
    """A file as it lies there: `modified_at` by the clock of whoever keeps it."""

    name: str
    size: int
    modified_at: datetime


class Store(Protocol):
    """Folders with files. Contract: tests/adapters/mailbox/store_contract.py.

    Raises FileNotFoundError and FileExistsError as its methods say, SourceUnavailable and SourceTimeout for all else. A folder that is not
    there is empty; what is created or moved makes its folder.
    """

    async def files(self, folder: str) -> list[Entry]: ...
    async def folders(self, folder: str) -> list[str]: ...
    async def read(self, path: str, most: int) -> bytes:
        """Return at most `most` bytes; FileNotFoundError."""
        ...

    async def create(self, path: str, content: bytes) -> None:
        """Write a file that is not there yet; FileExistsError."""
        ...

    async def move(self, path: str, to: str) -> None:
        """Move at once and whole; FileNotFoundError, FileExistsError."""
        ...

    async def remove(self, path: str) -> None:
        """Remove a file, or nothing."""
        ...

    async def has(self, path: str) -> bool: ...
    async def close(self) -> None: ...
