"""Processes under measurement: started, pinned to a processor, asked for their CPU seconds and memory."""

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
TICK = os.sysconf("SC_CLK_TCK")
SERVER_CPU, OTHER_CPU = 0, 1


@contextlib.contextmanager
def started(command: Sequence[str], cwd: Path, log: Path, cpu: int | None = None, env: Mapping[str, str] | None = None) -> Iterator[int]:
    """Run a command for the length of the block, on one processor where there are two; yield its pid."""
    pinned = ["taskset", "-c", str(cpu), *command] if cpu is not None and (os.cpu_count() or 1) > 1 else list(command)
    with log.open("ab") as out:
        process = subprocess.Popen(pinned, cwd=cwd, env={**os.environ, **(env or {})}, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
    try:
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()


def cpu_seconds(pid: int) -> float:
    """Return user and system time of one process with all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory_mb(pid: int) -> float:
    line = next(line for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def until_answered(question: Callable[[], T], seconds: float = 90.0) -> T:
    """Return the first answer of a question that may fail while its server starts."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return question()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def posted(url: str, query: str, variables: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request(url, body, {"content-type": "application/json", **headers})
    with urllib.request.urlopen(request, timeout=60) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def load(url: str, bodies: Path, connections: int, seconds: float, headers: Sequence[str]) -> dict[str, float]:
    """Put load on a server from a process of its own, on the other processor."""
    command = [sys.executable, "-m", "benchmarks.load", url, str(bodies), str(connections), str(seconds), *headers]
    pinned = ["taskset", "-c", str(OTHER_CPU), *command] if (os.cpu_count() or 1) > 1 else command
    out = subprocess.run(pinned, check=True, capture_output=True, text=True).stdout
    found: dict[str, float] = json.loads(out)
    return found
