"""A partner's SFTP server on loopback: a real one, in a thread of its own, that can be killed and can lose an answer after its effect."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

USER, PASSWORD = "brume", "mailbox-of-tests"
SECRET = "ATLAS_MAILBOX_PASSWORD"


@dataclass
class Faults:
    """What goes wrong next. `lose_renames`: so many files are moved out and it is never answered; `lost` counts them."""

    lose_renames: int = 0
    lost: int = 0
    refuse_writes: bool = False


class _Users(asyncssh.SSHServer):
    def __init__(self, met: Callable[[asyncssh.SSHServerConnection], None]) -> None:
        self._met = met

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._met(conn)

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)


@dataclass
class SftpServer:
    """A server over one folder; started again it has the same key and port."""

    root: Path
    folder: Path
    """Where its key and the file of known hosts lie."""
    port: int = 0
    faults: Faults = field(default_factory=Faults)
    sessions: int = 0

    def __post_init__(self) -> None:
        self._key = asyncssh.generate_private_key("ssh-ed25519")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._acceptor: asyncssh.SSHAcceptor | None = None
        self.connections: list[asyncssh.SSHServerConnection] = []

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    @property
    def mailbox(self) -> dict[str, Any]:
        """Return what a network file says of the way in."""
        way = {"host": "127.0.0.1", "port": self.port, "user": USER, "password_env": SECRET, "known_hosts": str(self.known_hosts)}
        return {"kind": "SFTP", "folder": "atlas", "timeout_s": 5, "connect_timeout_s": 5, **way}

    def start(self) -> None:
        self._run(self._listen())
        public = self._key.export_public_key().decode().strip()
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {public}\n", encoding="ascii")

    def kill(self) -> None:
        """End it as a machine that dies: every connection breaks off."""
        self._run(self._end())

    def close(self) -> None:
        if self._acceptor:
            self.kill()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _run(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        server = self

        class Sessions(asyncssh.SFTPServer):
            def __init__(self, channel: Any) -> None:
                super().__init__(channel, chroot=str(server.root).encode())
                self._channel = channel
                server.sessions += 1

            def rename(self, oldpath: bytes, newpath: bytes) -> Any:
                done = super().rename(oldpath, newpath)
                if server.faults.lose_renames and b"/out/" in newpath:
                    server.faults.lose_renames -= 1
                    server.faults.lost += 1
                    self._channel.get_connection().abort()
                return done

            def open(self, path: bytes, pflags: int, attrs: Any) -> Any:
                if server.faults.refuse_writes and pflags & asyncssh.FXF_WRITE:
                    raise asyncssh.SFTPFailure("the disk is full")
                return super().open(path, pflags, attrs)

        self._acceptor = await asyncssh.listen(
            "127.0.0.1",
            self.port,
            server_host_keys=[self._key],
            server_factory=lambda: _Users(self.connections.append),
            sftp_factory=Sessions,
            reuse_address=True,
        )
        self.port = self._acceptor.get_port()

    async def _end(self) -> None:
        if self._acceptor:
            self._acceptor.close()
        for connection in self.connections:
            connection.abort()
        for connection in self.connections:
            await connection.wait_closed()
        self.connections.clear()
        self._acceptor = None
