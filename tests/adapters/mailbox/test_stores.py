"""A folder and a real SFTP server keep one contract; what is special about SFTP."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.mailbox.config import MailboxOptions
from adapters.mailbox.entering import entered
from adapters.mailbox.folder import FolderStore
from adapters.mailbox.sftp import SftpStore, Way
from adapters.mailbox.store import Store
from gateway.domain.errors import ConfigurationInvalid, SourceTimeout, SourceUnavailable
from tests.adapters.mailbox.store_contract import StoreContract
from tests.support.sftp_server import PASSWORD, SECRET, SftpServer


class TestFolder(StoreContract):
    folder: Path

    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        self.folder = tmp_path / "mail"
        self.folder.mkdir()
        return FolderStore("atlas", self.folder, 5)

    @property
    def root(self) -> Path:
        return self.folder

    def lose(self) -> None:
        shutil.rmtree(self.folder)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SftpServer]:
    (tmp_path / "home" / "atlas").mkdir(parents=True)
    started = SftpServer(tmp_path / "home", tmp_path)
    started.start()
    yield started
    started.close()


class TestSftp(StoreContract):
    server: SftpServer

    @pytest.fixture
    async def store(self, server: SftpServer) -> AsyncIterator[Store]:
        self.server = server
        store = reached(server)
        yield store
        await store.close()

    @property
    def root(self) -> Path:
        return self.server.root / "atlas"

    def lose(self) -> None:
        self.server.kill()

    async def test_a_lost_connection_is_made_anew(self, store: Store) -> None:
        await store.create("in/a.edi", b"a")
        self.server.kill()
        with pytest.raises(SourceUnavailable):
            await store.files("in")
        self.server.start()
        assert [one.name for one in await store.files("in")] == ["a.edi"]

    async def test_one_connection_serves_many_calls(self, store: Store) -> None:
        for n in range(5):
            await store.create(f"in/{n}", b"x")
        assert self.server.sessions == 1

    async def test_what_was_cut_off_within_a_move_has_an_unknown_effect(self, store: Store) -> None:
        await store.create("sent/a.out", b"a")
        self.server.faults.lose_renames = 1
        with pytest.raises(SourceUnavailable) as lost:
            await store.move("sent/a.out", "out/a.edi")
        assert (lost.value.unknown_effect, self.server.faults.lost) == (True, 1)
        assert await store.has("out/a.edi")

    async def test_a_refusal_of_the_server_is_told_in_its_words(self, store: Store) -> None:
        self.server.faults.refuse_writes = True
        with pytest.raises(SourceUnavailable, match="its mailbox refused: the disk is full"):
            await store.create("in/a.edi", b"a")

    async def test_a_mailbox_that_is_not_on_the_server_is_no_empty_one(self, store: Store) -> None:
        shutil.rmtree(self.root)
        with pytest.raises(SourceUnavailable, match="its folder atlas is not there"):
            await store.files("in")


def reached(server: SftpServer, password: str = PASSWORD, **options: Any) -> SftpStore:
    return SftpStore("atlas", MailboxOptions.model_validate({**server.mailbox, **options}), Way(password))


async def test_a_server_whose_key_is_not_known_is_not_entered(server: SftpServer) -> None:
    server.known_hosts.write_text("", encoding="ascii")
    with pytest.raises(SourceUnavailable, match="the server's key is not in known_hosts"):
        await reached(server).files("in")


async def test_a_wrong_password_is_told_and_has_no_effect(server: SftpServer) -> None:
    with pytest.raises(SourceUnavailable, match="its mailbox cannot be entered") as refused:
        await reached(server, "wrong").create("in/a", b"a")
    assert not refused.value.unknown_effect


def test_what_is_missing_of_the_way_in_is_told_by_its_key(server: SftpServer, tmp_path: Path) -> None:
    options = MailboxOptions.model_validate(server.mailbox)
    with pytest.raises(ConfigurationInvalid, match=f"mailbox.password_env: {SECRET} is not set; set this environment variable"):
        entered("atlas", options, tmp_path, {})
    with pytest.raises(ConfigurationInvalid, match=r"mailbox\.known_hosts: there is no such file; name one"):
        entered("atlas", options.model_copy(update={"known_hosts": "nowhere"}), tmp_path, {SECRET: PASSWORD})


def test_without_its_extra_a_server_is_refused_with_the_remedy(server: SftpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "adapters.mailbox.sftp", None)
    options = MailboxOptions.model_validate(server.mailbox)
    with pytest.raises(ConfigurationInvalid, match=r"mailbox\.kind: asyncssh is not installed; install .*\[sftp\]"):
        entered("atlas", options, tmp_path, {SECRET: PASSWORD})


async def test_a_server_that_says_nothing_is_left_in_time(server: SftpServer) -> None:
    async def hang(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)
        writer.close()

    silent = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    with pytest.raises(SourceTimeout, match="could not be entered in time") as late:
        await reached(server, port=port, connect_timeout_s=0.2).create("in/a", b"a")
    assert not late.value.unknown_effect
    silent.close()
