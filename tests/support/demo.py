"""A whole demo retailer as a child process, and what a caller needs to use it."""

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

START_S = 120.0
HASTE = {"GATEWAY_POLL_FACTOR": "0.1"}
"""Sources are polled ten times as often, so that a loss and a recovery are seen in seconds."""
CLIENT = httpx2.Client(trust_env=False, verify=False, limits=httpx2.Limits(max_keepalive_connections=0), timeout=30)
"""One for all callers: each new client loads the authorities' certificates, 26 ms of processor."""


@dataclass
class Caller:
    """One kind of caller, by its key; a storefront's shopper has a session of its own."""

    url: str
    key: str
    session: str | None = None

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """Return the whole answer: data and errors."""
        headers = {"authorization": f"Bearer {self.key}"} | ({"x-session": self.session} if self.session else {})
        answer: dict[str, Any] = CLIENT.post(self.url, json={"query": query, "variables": variables}, headers=headers).json()
        return answer

    def data(self, query: str, **variables: Any) -> dict[str, Any]:
        """Return the data; an error fails the test."""
        answer = self.ask(query, **variables)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data


@dataclass
class Demo:
    """A running demo: its process, its callers by kind, its sandbox systems by code."""

    process: subprocess.Popen[bytes]
    graphql: str
    keys: dict[str, str]
    sources: dict[str, dict[str, Any]]
    log: Path

    def caller(self, kind: str) -> Caller:
        return Caller(self.graphql, self.keys[kind], secrets.token_urlsafe(24) if kind == "storefront" else None)

    def ledger(self, source: str) -> dict[str, Any]:
        answer: dict[str, Any] = CLIENT.get(f"{self.sources[source]['url']}/_sandbox/ledger").json()
        return answer

    def control(self, source: str, what: str, body: dict[str, Any]) -> dict[str, Any]:
        url = f"{self.sources[source]['url']}/_sandbox/{what}"
        answer = CLIENT.post(url, json=body) if what == "stock" else CLIENT.put(url, json=body)
        assert answer.status_code < 300, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def kill(self, source: str) -> None:
        os.kill(self.sources[source]["pid"], signal.SIGKILL)


def start(folder: Path, *arguments: str) -> Demo:
    """Start the demo and wait for its ready file; on failure show what it printed."""
    ready, log = folder / "ready.json", folder / "demo.log"
    ready.unlink(missing_ok=True)
    command = [
        sys.executable,
        "-m",
        "gateway",
        "demo",
        "--port",
        "0",
        "--data",
        str(folder / "data"),
        "--ready-file",
        str(ready),
        *arguments,
    ]
    with log.open("ab") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env={**os.environ, **HASTE})  # noqa: S603 - ours
    deadline = time.monotonic() + START_S
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise AssertionError(log.read_text(errors="replace")[-4000:])
        time.sleep(0.1)
    told = json.loads(ready.read_text())
    return Demo(process, told["graphql"], told["keys"], told["sources"], log)


def stop(demo: Demo) -> int:
    """End the demo as a person would, by Ctrl-C; return its exit code."""
    demo.process.send_signal(signal.SIGINT)
    try:
        return demo.process.wait(30)
    except subprocess.TimeoutExpired:
        demo.process.kill()
        raise


@contextlib.contextmanager
def running(folder: Path, *arguments: str) -> Iterator[Demo]:
    demo = start(folder, *arguments)
    try:
        yield demo
    finally:
        if demo.process.poll() is None:
            stop(demo)


@contextlib.contextmanager
def restarted(demo: Demo, source: str) -> Iterator[None]:
    """Start a killed system again where it was, on its own data; it ends with the block."""
    told = demo.sources[source]
    with demo.log.open("ab") as log:
        process = subprocess.Popen(told["command"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)  # noqa: S603 - ours
    try:
        eventually(lambda: is_up(told["url"]))
        yield
    finally:
        process.kill()
        process.communicate()


def is_up(url: str) -> bool:
    with contextlib.suppress(httpx2.HTTPError):
        return CLIENT.get(f"{url}/_sandbox/health", timeout=5).status_code < 300
    return False


def eventually(question: "Any", *, within_s: float = 120.0, every_s: float = 0.3) -> Any:
    """Return the first true answer of a question that is asked again and again; fail with the last one."""
    deadline = time.monotonic() + within_s
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within_s} s: {question} last said {answer!r}")
        time.sleep(every_s)
