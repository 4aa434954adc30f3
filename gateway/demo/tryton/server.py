"""A real Tryton server as a child process on databases of its own."""

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx2

START_S = 180.0
OK = 200


class NotToBeHad(Exception):
    """Tryton cannot be installed or started here; the message says why in one line."""


@dataclass
class Tryton:
    """A running server, one database for each role."""

    process: subprocess.Popen[bytes]
    port: int
    installation: Path
    folder: Path
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        self.process.kill()
        self.process.wait(30)

    def start_again(self) -> None:
        """Start it where it was, on the databases as they were left."""
        self.process = launched(
            self.installation, self.folder, self.port, sorted(path.stem for path in (self.folder / "db").glob("*.sqlite"))
        )
        wait_for(self.process, self.url, self.log)

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()


@contextlib.contextmanager
def started(installation: Path, folder: Path, databases: Sequence[str]) -> Iterator[Tryton]:
    port = free_port()
    process = launched(installation, folder, port, databases)
    server = Tryton(process, port, installation, folder, folder / "trytond.log")
    try:
        wait_for(process, server.url, server.log)
        yield server
    finally:
        server.stop()


def launched(installation: Path, folder: Path, port: int, databases: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start the server; databases are always named, since it answers for none that it has not loaded."""
    configuration = folder / "trytond.conf"
    configuration.write_text(f"[database]\nuri = sqlite://\npath = {folder / 'db'}\n[web]\nlisten = 127.0.0.1:{port}\n", encoding="utf-8")
    command = [str(program(installation, "trytond")), "-c", str(configuration), "-d", *databases]
    with (folder / "trytond.log").open("ab") as log:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)  # noqa: S603 - ours


def wait_for(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_S
    body = {"id": 1, "method": "common.server.version", "params": []}
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx2.HTTPError):
            if httpx2.post(f"{url}/rpc/", json=body, timeout=5).status_code == OK:
                return
        time.sleep(0.2)
    process.kill()
    lines = log.read_text(errors="replace").strip().splitlines()
    raise NotToBeHad(f"does not start: {lines[-1] if lines else 'it says nothing'}")


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def program(installation: Path, name: str) -> Path:
    return installation / "venv" / "bin" / name
