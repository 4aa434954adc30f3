"""The embedded database: a MongoDB-compatible server of its own process, on a folder of ours, that ends when we end."""

import importlib.util
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from gateway.domain.errors import GatewayError

HOST = "127.0.0.1"
COMMAND = "secantusd-py"
START_S = 60.0
STOP_S = 15.0
CACHE = "512M"
OPLOG_ENTRIES = 200_000
"""Changes that a reader of the change stream may be behind before it must read everything anew."""
LOG = "server.log"
LOCKED = ("already being managed by another process", "Device or resource busy")
CORRUPT = ("WT_TRY_SALVAGE", "WT_PANIC", "corruption", "WT_ERROR", "unsupported WiredTiger file version", "Invalid argument")
PORT_TAKEN = "Address already in use"
LISTENING = "secantus listening on"


class DatabaseNotStarted(GatewayError):
    """The embedded database did not start; the message says why and what to do."""


class ExtraNotInstalled(DatabaseNotStarted):
    """The package of the embedded database is not there."""


class DataFolderLocked(DatabaseNotStarted):
    """Another process has the data folder open."""


class DataFolderUnusable(DatabaseNotStarted):
    """The data folder cannot be made or written."""


class DataFolderCorrupt(DatabaseNotStarted):
    """The files in the data folder cannot be read."""


class EmbeddedDatabase:
    """The server as a child process on a leash; a context manager. `port` None, or taken: a free one, told by `moved`."""

    def __init__(self, data: Path, port: int | None = None, *, test_commands: bool = False, sync_on_commit: bool = False) -> None:
        self.data, self.asked_port = data.resolve(), port
        self.options = ["--enable-test-commands"] * test_commands + ["--sync-on-commit"] * sync_on_commit
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        return f"mongodb://{HOST}:{self.port}/?directConnection=true&retryWrites=false"

    @property
    def moved(self) -> bool:
        return bool(self.asked_port) and self.port != self.asked_port

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> Path:
        return self.data / LOG

    def start(self) -> Self:
        """Start and wait until it listens. Raises DatabaseNotStarted in one of its kinds, with nothing left running."""
        command = server_command()
        self._make_folder()
        port = self.asked_port or 0
        for _ in range(3):
            self.port = free_port(port)
            words = self._started(command)
            if words is None:
                return self
            if PORT_TAKEN not in words:
                raise reason(self.data, words)
            port = 0
        raise DatabaseNotStarted("No port could be had for the embedded database; end what opens ports on this machine, then try again.")

    def stop(self) -> None:
        """End it: as asked within some seconds, else at once. Harmless when it has ended."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin:
            process.stdin.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _make_folder(self) -> None:
        try:
            self.data.mkdir(parents=True, exist_ok=True)
            (self.data / "server.toml").write_text("", encoding="utf-8")
        except OSError as error:
            raise DataFolderUnusable(f"The database folder {self.data} cannot be used: {error.strerror}. Name another one.") from error

    def _started(self, command: str) -> str | None:
        """Start once; None when it listens, else what it said before it ended."""
        with self.log.open("wb") as out:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                self._arguments(command), stdin=subprocess.PIPE, stdout=out, stderr=out, start_new_session=True
            )
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                words = self._words()
                self.stop()
                return words or "it ended without a word"
            if LISTENING in self._words():
                return None
            time.sleep(0.02)
        words = self._words()
        self.stop()
        return f"it did not listen within {START_S:.0f} s; {words}"

    def _arguments(self, command: str) -> list[str]:
        leash = Path(__file__).with_name("leash.py")
        settings = ["--config", str(self.data / "server.toml"), "--cache-size", CACHE, "--oplog-max-entries", str(OPLOG_ENTRIES)]
        place = ["--host", HOST, "--port", str(self.port), "--storage-path", str(self.data)]
        return [sys.executable, str(leash), command, *place, *settings, *self.options]

    def _words(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")


def server_command() -> str:
    """Return the server's command beside this Python, else on the path. Raises ExtraNotInstalled."""
    beside = Path(sys.executable).with_name(COMMAND)
    found = str(beside) if beside.exists() else shutil.which(COMMAND)
    if found is None or (beside.exists() and importlib.util.find_spec("secantus") is None):
        raise ExtraNotInstalled(
            "The embedded database is not installed. Install the extra: pip install 'unified-commerce-gateway[embedded]', "
            "or set MONGODB_URI to a MongoDB replica set."
        )
    return found


def free_port(wanted: int) -> int:
    """Return the wanted port if nobody listens there, else a free one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted))
        except OSError:
            return free_port(0)
        return int(probe.getsockname()[1])


def reason(data: Path, words: str) -> DatabaseNotStarted:
    """Return the error that the server's last words tell of."""
    last = words.strip().rpartition("\n")[2][-300:]
    if any(sign in words for sign in LOCKED):
        return DataFolderLocked(f"The database folder {data} is in use by another process; end it, or name another folder.")
    if "Permission denied" in words or "Read-only file system" in words or "No space left" in words:
        return DataFolderUnusable(f"The database folder {data} cannot be written ({last}); name another one.")
    if any(sign in words for sign in CORRUPT):
        return DataFolderCorrupt(f"The database folder {data} is damaged ({last}); delete it to start anew, or name another folder.")
    return DatabaseNotStarted(f"The embedded database did not start: {last} (more in {data / LOG}).")
