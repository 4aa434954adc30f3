"""What every Store does."""

from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.mailbox.store import Store
from gateway.domain.errors import SourceError


class StoreContract(ABC):
    """Inherit, and give `store`, `root` (its folder, as its keeper sees it) and `lose`."""

    @pytest.fixture
    @abstractmethod
    def store(self) -> Store: ...

    @property
    @abstractmethod
    def root(self) -> Path: ...

    @abstractmethod
    def lose(self) -> None: ...

    async def test_a_folder_that_is_not_there_is_empty(self, store: Store) -> None:
        assert (await store.files("in"), await store.folders("in")) == ([], [])

    async def test_what_was_created_is_listed_and_read(self, store: Store) -> None:
        await store.create("in/a.edi", b"0123456789")
        (entry,) = await store.files("in")
        assert (entry.name, entry.size) == ("a.edi", 10)
        assert abs(entry.modified_at - datetime.now(UTC)) < timedelta(minutes=1)
        assert (await store.read("in/a.edi", 4), await store.has("in/a.edi"), await store.has("in/b.edi")) == (b"0123", True, False)

    async def test_folders_are_told_apart_from_files(self, store: Store) -> None:
        await store.create("archive/20261128/a.edi", b"a")
        assert (await store.files("archive"), await store.folders("archive")) == ([], ["20261128"])

    async def test_a_file_is_created_once(self, store: Store) -> None:
        await store.create("numbers/in-1", b"first")
        with pytest.raises(FileExistsError):
            await store.create("numbers/in-1", b"second")
        assert await store.read("numbers/in-1", 100) == b"first"

    async def test_a_file_is_moved_whole_into_a_folder_that_was_not_there(self, store: Store) -> None:
        await store.create("in/a.edi", b"a")
        await store.move("in/a.edi", "archive/20261128/b.edi")
        assert (await store.files("in"), await store.read("archive/20261128/b.edi", 9)) == ([], b"a")

    async def test_a_move_covers_nothing(self, store: Store) -> None:
        await store.create("in/a.edi", b"a")
        await store.create("in/b.edi", b"b")
        with pytest.raises(FileExistsError):
            await store.move("in/a.edi", "in/b.edi")
        assert await store.read("in/b.edi", 9) == b"b"

    async def test_what_is_not_there_is_told_so(self, store: Store) -> None:
        await store.create("in/a.edi", b"a")
        with pytest.raises(FileNotFoundError):
            await store.read("in/b.edi", 9)
        with pytest.raises(FileNotFoundError):
            await store.move("in/b.edi", "archive/b.edi")
        await store.remove("in/b.edi")
        await store.remove("in/a.edi")
        assert await store.files("in") == []

    async def test_an_outage_is_an_error_and_no_empty_folder(self, store: Store) -> None:
        await store.files("in")
        self.lose()
        for call in (store.files("in"), store.folders("in"), store.read("in/a", 9), store.has("in/a"), store.create("in/a", b"")):
            with pytest.raises(SourceError):
                await call
        with pytest.raises(SourceError):
            await store.move("in/a", "in/b")
