"""Two gateways and two workers as an operator would run them, on one embedded database, over the sandbox's systems."""

import os
import secrets
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2

from adapters.mongo.embedded import EmbeddedDatabase
from gateway.demo.keyring import Keyring, keyring
from gateway.demo.network import TEMPLATE, values
from gateway.demo.webhooks import PUSHING
from gateway.sandbox import processes
from gateway.sandbox.network import Retailer
from gateway.sandbox.processes import Sandbox
from tests.campaigns.ports import lasting_port, started_again
from tests.support.chaos import SUPPLIERS
from tests.support.demo import CLIENT, Caller, eventually

DATABASE = "chaos"
GATEWAYS, WORKERS = 2, 2
START_S = 180.0
HASTE = {"GATEWAY_POLL_FACTOR": "0.2", "GATEWAY_GRAPHIQL": "false"}


@dataclass
class Child:
    """One of our processes, started again under the same name after it was killed."""

    name: str
    arguments: list[str]
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, unless it runs: it may have been killed twice before it was to come back."""
        if self.process and self.process.poll() is None:
            return
        command = [sys.executable, "-m", "gateway", *self.arguments]
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=self.environment)  # noqa: S603 - ours

    def kill(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.kill()
        self.wait()

    def end(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.wait()

    def wait(self) -> None:
        if self.process:
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


@dataclass
class Fleet:
    """Everything that runs; a context manager that ends all of it."""

    folder: Path
    retailer: Retailer
    speed: float
    own_sales: bool = False
    """Whether the systems sell to others, too: what was promised may then be gone."""
    gateways: dict[str, Child] = field(default_factory=dict)
    workers: dict[str, Child] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.database = EmbeddedDatabase(self.folder / "database", lasting_port(), sync_on_commit=True).start()
        try:
            self.keys: Keyring = keyring(self.folder)
            self.sandbox: Sandbox = processes.start(
                retailer=self.retailer, data=self.folder / "sandbox", speed=self.speed, behavior=self.behavior()
            )
            self._sync()
            self._start_all()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.end()

    def end(self) -> None:
        for child in (*self.gateways.values(), *self.workers.values()):
            child.end()
        if hasattr(self, "sandbox"):
            self.sandbox.stop()
        self.database.stop()

    def behavior(self) -> dict[str, dict[str, float | bool]]:
        if self.own_sales:
            return {"pos": {"auto_staff": True}}
        none: dict[str, float | bool] = {"other_sales_per_hour": 0}
        return {"pos": {"sell_rate_per_hour": 0}, "wms": none, **dict.fromkeys(SUPPLIERS, none)}

    @property
    def sources(self) -> list[str]:
        return list(self.sandbox.systems)

    def environment(self) -> dict[str, str]:
        secret = {f"SANDBOX_{code.upper()}_SECRET": system.credential for code, system in self.sandbox.systems.items()}
        pushes = {f"SANDBOX_{code.upper()}_WEBHOOK_SECRET": self.keys.webhooks for code in self.sources}
        own = {"GATEWAY_TOKEN_KEYS": self.keys.tokens, "GATEWAY_ORDER_KEY": self.keys.orders, "GATEWAY_DATABASE": DATABASE}
        return {**os.environ, **values(self.sandbox, self.keys), **secret, **pushes, **own, **HASTE, "MONGODB_URI": self.database.uri}

    def _child(self, name: str, *arguments: str) -> Child:
        return Child(name, [*arguments, "--network", str(TEMPLATE)], self.environment(), self.folder / f"{name}.log")

    def _sync(self) -> None:
        child = self._child("sync", "sync", "all")
        child.start()
        if child.process is None or child.process.wait(START_S):
            raise AssertionError(child.log.read_text(errors="replace")[-3000:])

    def _start_all(self) -> None:
        for n in range(GATEWAYS):
            port = lasting_port()
            self.gateways[f"http://127.0.0.1:{port}"] = self._child(f"gateway-{n}", "serve", "--port", str(port))
        for n in range(WORKERS):
            self.workers[f"worker-{n}"] = self._child(f"worker-{n}", "worker")
        for child in (*self.gateways.values(), *self.workers.values()):
            child.start()
        eventually(self.is_ready, within_s=START_S)
        first = next(iter(self.gateways))
        for code in PUSHING:
            self.control(code, "PUT", "webhook", {"url": f"{first}/webhooks/{code}", "secret": self.keys.webhooks})

    def is_ready(self) -> bool:
        """Tell whether every gateway answers requests."""
        try:
            return all(CLIENT.get(f"{url}/readyz", timeout=5).status_code == 200 for url in self.gateways)
        except httpx2.HTTPError:
            return False

    def restart_database(self) -> None:
        self.database = started_again(self.database, self.database.port)

    def kill_database(self) -> None:
        if self.database.pid:
            os.kill(self.database.pid, signal.SIGKILL)

    def caller(self, kind: str, url: str) -> Caller:
        session = secrets.token_urlsafe(24) if kind == "storefront" else None
        return Caller(f"{url}/graphql", self.keys.callers[kind], session)

    def control(self, code: str, method: str, what: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        url = f"{self.sandbox[code].url}/_sandbox/{what}"
        answer = CLIENT.request(method, url, json=body, timeout=60)
        if answer.status_code >= 300:
            raise AssertionError(answer.text)
        told: dict[str, Any] = answer.json()
        return told
