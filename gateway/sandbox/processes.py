"""Starts, restarts and ends the sandbox's systems as child processes that never outlive their parent."""

import contextlib
import json
import selectors
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO, Any, Self

from gateway.sandbox.launch import Launch, demo_credential
from gateway.sandbox.network import SYSTEMS, Retailer

_START_S = 30.0
_END_S = 5.0
_LONGEST_LINE = 65_536


class SystemNotStarted(Exception):
    """A system ended or stayed silent before it answered; its own words are in the message."""


@dataclass(slots=True)
class RunningSystem:
    """One system as a child; `process` changes when it is restarted, `url` stays."""

    code: str
    url: str
    launch: Launch
    process: subprocess.Popen[bytes]
    log: IO[bytes]

    def words(self) -> str:
        """Return what the system wrote on standard error since its last start."""
        return _words(self.log)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def credential(self) -> str:
        return self.launch.credential or demo_credential(self.code)

    def command_again(self) -> list[str]:
        """Return the command that starts it again by hand, where it was."""
        return replace(self.launch, port=self.port, with_parent=False).command()

    def is_alive(self) -> bool:
        return self.process.poll() is None


class Sandbox:
    """The running systems by code. Use it as a context manager, or call `stop` in a `finally`.

    Children also end by themselves when this process ends, killed or not: they read a pipe whose other end only it holds.
    (PR_SET_PDEATHSIG would do too, but fires when the *thread* that started the child ends.)
    """

    def __init__(self, systems: Mapping[str, RunningSystem]) -> None:
        self.systems = dict(systems)

    def __getitem__(self, code: str) -> RunningSystem:
        return self.systems[code]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def kill(self, code: str) -> None:
        """End one system as `kill -9` does, and wait until it is gone."""
        _end(self.systems[code].process, kill=True)

    def restart(self, code: str, **changes: Any) -> RunningSystem:
        """Start one system again on its port; `changes` are fields of `Launch`. A living one is ended first."""
        running = self.systems[code]
        _end(running.process, kill=False)
        running.launch = replace(running.launch, **{"port": running.port, "reset": False, **changes})
        running.process = _spawned(running.launch, running.log)
        _ready(running.process, running.log, code, _START_S)
        return running

    def stop(self) -> None:
        """End all systems and wait until they are gone; calling it again is harmless."""
        for running in self.systems.values():
            if running.is_alive():
                running.process.terminate()
        for running in self.systems.values():
            _end(running.process, kill=False)
            running.log.close()


def start(
    systems: Iterable[str] = SYSTEMS,
    retailer: Retailer | None = None,
    *,
    data: Path | None = None,
    reset: bool = False,
    speed: float = 1.0,
    faults: Mapping[str, str] | None = None,
    behavior: Mapping[str, Mapping[str, float | bool]] | None = None,
    ports: Mapping[str, int] | None = None,
    timeout_s: float = _START_S,
) -> Sandbox:
    """Start systems at the same time and return once all answer.

    `faults`, `behavior` and `ports` are by system code; a port that is taken is replaced by a free one.
    Raises `SystemNotStarted`, with nothing left running.
    """
    launches = [
        Launch(
            system=code,
            retailer=retailer or Retailer(),
            port=(ports or {}).get(code, 0),
            data=data,
            reset=reset,
            speed=speed,
            fault=(faults or {}).get(code, ""),
            behavior=(behavior or {}).get(code, {}),
            with_parent=True,
        )
        for code in systems
    ]
    return started(launches, timeout_s=timeout_s)


def started(launches: Iterable[Launch], *, timeout_s: float = _START_S) -> Sandbox:
    """Start systems as they are described, see `start`."""
    free = [replace(launch, with_parent=True, port=launch.port if _is_free(launch.port) else 0) for launch in launches]
    deadline = time.monotonic() + timeout_s
    begun: list[tuple[Launch, subprocess.Popen[bytes], IO[bytes]]] = []
    try:
        for launch in free:
            log: IO[bytes] = TemporaryFile()  # noqa: SIM115 - lives as long as its system
            begun.append((launch, _spawned(launch, log), log))
        told = [_ready(process, log, launch.system, deadline - time.monotonic()) for launch, process, log in begun]
    except BaseException:
        for _, process, log in begun:
            _end(process, kill=True)
            log.close()
        raise
    ready = zip(begun, told, strict=True)
    return Sandbox({launch.system: RunningSystem(launch.system, one["url"], launch, process, log) for (launch, process, log), one in ready})


def _is_free(port: int) -> bool:
    from gateway.sandbox.server import bound_socket  # noqa: PLC0415 - the server's imports are for those who start something

    try:
        bound_socket(port).close()
    except OSError:
        return False
    return True


def _spawned(launch: Launch, log: IO[bytes]) -> subprocess.Popen[bytes]:
    # Words go to a file, not a pipe: nobody reads a pipe while all is well, and a full one would stop the system.
    log.seek(0)
    log.truncate()
    return subprocess.Popen(launch.command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)  # noqa: S603 - our own interpreter and arguments


def _words(log: IO[bytes]) -> str:
    log.seek(0)
    return log.read().decode(errors="replace").strip()


def _ready(process: subprocess.Popen[bytes], log: IO[bytes], code: str, timeout_s: float) -> dict[str, Any]:
    """Wait for the line that a system prints once it answers."""
    line = _line(process.stdout, timeout_s)
    if not line:
        _end(process, kill=True)
        words = _words(log)
        raise SystemNotStarted(f"{code}: {words.splitlines()[-1] if words else f'no answer within {timeout_s:.0f} s'}")
    told: dict[str, Any] = json.loads(line)
    return told


def _line(stream: IO[bytes] | None, timeout_s: float) -> bytes:
    if stream is None:
        return b""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        ready = selector.select(max(0.0, timeout_s))
    return stream.readline(_LONGEST_LINE) if ready else b""


def _end(process: subprocess.Popen[bytes], *, kill: bool) -> None:
    if process.poll() is None:
        if kill:
            process.kill()
        else:
            process.terminate()
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
