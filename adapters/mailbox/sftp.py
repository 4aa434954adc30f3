"""A mailbox on an SFTP server. One connection is kept, and made anew when it is lost."""

import asyncio
import posixpath
import stat
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import asyncssh

from adapters.mailbox.config import MailboxOptions
from adapters.mailbox.store import Entry
from gateway.domain.errors import SourceTimeout, SourceUnavailable

T = TypeVar("T")
Session = asyncssh.SFTPClient
KEEPALIVE_S = 15


@dataclass(frozen=True, slots=True)
class Way:
    """How one enters: by password, by key, or both."""

    password: str | None = None
    key_file: str | None = None


class SftpStore:
    """A Store behind SFTP. What fails after it was sent has an unknown effect; a connection that cannot be had has none."""

    def __init__(self, source: str, options: MailboxOptions, way: Way) -> None:
        self._source, self._options, self._way = source, options, way
        self._connection: asyncssh.SSHClientConnection | None = None
        self._session: Session | None = None
        self._opening = asyncio.Lock()
        self._made: set[str] = set()
        """Folders that are known to be there."""

    async def files(self, folder: str) -> list[Entry]:
        async def read(session: Session) -> list[Entry]:
            return [_entry(one) for one in await self._names(session, folder) if _is_file(one)]

        return await self._do(read)

    async def folders(self, folder: str) -> list[str]:
        async def read(session: Session) -> list[str]:
            names = [str(one.filename) for one in await self._names(session, folder) if not _is_file(one)]
            return [name for name in names if name not in {".", ".."}]

        return await self._do(read)

    async def read(self, path: str, most: int) -> bytes:
        async def read(session: Session) -> bytes:
            async with session.open(self._path(path), "rb") as stream:
                return await stream.read(most)

        return await self._do(read)

    async def create(self, path: str, content: bytes) -> None:
        async def write(session: Session) -> None:
            if await session.exists(self._path(path)):
                raise FileExistsError(path)
            await self._make(session, posixpath.dirname(path))
            async with session.open(self._path(path), "xb") as stream:
                await stream.write(content)

        await self._do(write, mutation=True)

    async def move(self, path: str, to: str) -> None:
        async def move(session: Session) -> None:
            await self._make(session, posixpath.dirname(to))
            if await session.exists(self._path(to)):
                raise FileExistsError(to)
            await session.rename(self._path(path), self._path(to))

        await self._do(move, mutation=True)

    async def remove(self, path: str) -> None:
        async def remove(session: Session) -> None:
            if await session.exists(self._path(path)):
                await session.remove(self._path(path))

        await self._do(remove, mutation=True)

    async def has(self, path: str) -> bool:
        async def look(session: Session) -> bool:
            return await session.exists(self._path(path))

        return await self._do(look)

    async def close(self) -> None:
        self._drop()

    def _path(self, path: str) -> str:
        return posixpath.join(self._options.folder, path)

    async def _names(self, session: Session, folder: str) -> list[asyncssh.SFTPName]:
        try:
            return list(await session.readdir(self._path(folder)))
        except asyncssh.SFTPNoSuchFile:
            if not await session.isdir(self._options.folder):
                raise SourceUnavailable(self._source, f"its folder {self._options.folder} is not there") from None
            return []

    async def _make(self, session: Session, folder: str) -> None:
        if folder and folder not in self._made:
            await session.makedirs(self._path(folder), exist_ok=True)
            self._made.add(folder)

    async def _do(self, work: Callable[[Session], Awaitable[T]], *, mutation: bool = False) -> T:
        """Do one thing over the connection; every other error than the two that a Store tells becomes one of a source."""
        session = await self._opened()
        try:
            async with asyncio.timeout(self._options.timeout_s):
                return await work(session)
        except (FileNotFoundError, FileExistsError):
            raise
        except asyncssh.SFTPNoSuchFile as error:
            self._made.clear()
            raise FileNotFoundError(str(error)) from error
        except TimeoutError:
            self._drop()
            raise SourceTimeout(self._source, "its mailbox did not answer in time", unknown_effect=mutation) from None
        except (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection, asyncssh.DisconnectError, ConnectionError) as error:
            self._drop()
            raise SourceUnavailable(self._source, "its mailbox hung up", unknown_effect=mutation) from error
        except (asyncssh.Error, OSError) as error:
            raise SourceUnavailable(self._source, f"its mailbox refused: {error}") from error

    async def _opened(self) -> Session:
        async with self._opening:
            if self._session is None:
                self._connection, self._session = await self._connect()
                self._made.clear()
            return self._session

    async def _connect(self) -> tuple[asyncssh.SSHClientConnection, Session]:
        options, way = self._options, self._way
        try:
            async with asyncio.timeout(options.connect_timeout_s):
                connection = await asyncssh.connect(
                    options.host,
                    options.port,
                    username=options.user,
                    password=way.password,
                    client_keys=[way.key_file] if way.key_file else None,
                    known_hosts=options.known_hosts,
                    agent_path=None,
                    config=None,
                    keepalive_interval=KEEPALIVE_S,
                )
                return connection, await connection.start_sftp_client()
        except TimeoutError:
            raise SourceTimeout(self._source, "its mailbox could not be entered in time") from None
        except asyncssh.HostKeyNotVerifiable as error:
            raise SourceUnavailable(self._source, f"the server's key is not in known_hosts: {error}") from error
        except (asyncssh.Error, OSError) as error:
            raise SourceUnavailable(self._source, f"its mailbox cannot be entered: {error}") from error

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.abort()
        self._connection = self._session = None


def _is_file(name: asyncssh.SFTPName) -> bool:
    return name.attrs.permissions is None or stat.S_ISREG(name.attrs.permissions)


def _entry(name: asyncssh.SFTPName) -> Entry:
    at = datetime.fromtimestamp(name.attrs.mtime or 0, UTC)
    return Entry(str(name.filename), name.attrs.size or 0, at)
