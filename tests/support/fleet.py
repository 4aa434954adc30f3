"""Several gateways of one retailer on one database, each a process of its own, over the sandbox's systems."""

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from gateway.demo.keyring import Keyring, keyring
from gateway.demo.network import TEMPLATE, values
from gateway.sandbox import processes
from gateway.sandbox.network import Retailer
from gateway.wiring import embedded_database
from tests.support.demo import Caller, eventually

HASTE = {"GATEWAY_POLL_FACTOR": "0.2"}
ADDRESS = re.compile(r"answers at (http://\S+)/graphql")


@dataclass
class Member:
    """One gateway, which runs the loops too."""

    process: subprocess.Popen[bytes]
    log: Path
    url: str = ""

    @property
    def graphql(self) -> str:
        return f"{self.url}/graphql"

    def told_address(self) -> bool:
        found = ADDRESS.search(self.log.read_text(errors="replace"))
        self.url = found[1] if found else ""
        if self.process.poll() is not None:
            raise AssertionError(self.log.read_text(errors="replace")[-4000:])
        return bool(found)

    def readiness(self) -> int | None:
        """Return the status of /readyz; None when nobody listens any more."""
        try:
            return httpx2.get(f"{self.url}/readyz", timeout=10).status_code
        except httpx2.HTTPError:
            return None

    def end(self) -> None:
        """Ask it to end, as a deploy does."""
        self.process.send_signal(signal.SIGTERM)


@dataclass
class Fleet:
    """What the members share: the folder, the environment, the keys."""

    folder: Path
    keys: Keyring
    environment: dict[str, str]
    members: list[Member] = field(default_factory=list)

    def run(self, *command: str) -> None:
        done = subprocess.run(self._command(*command), env=self.environment, check=False, capture_output=True)  # noqa: S603 - ours
        assert done.returncode == 0, (done.stdout + done.stderr).decode(errors="replace")[-4000:]

    def join(self) -> Member:
        """Start one more gateway; return when it is ready."""
        log = self.folder / f"gateway-{len(self.members)}.log"
        with log.open("ab") as out:
            command = self._command("serve", "--with-worker", "--port", "0")
            process = subprocess.Popen(command, env=self.environment, stdout=out, stderr=out, stdin=subprocess.DEVNULL)  # noqa: S603 - ours
        member = Member(process, log)
        self.members.append(member)
        eventually(member.told_address, within_s=120)
        eventually(lambda: member.readiness() == 200, within_s=60)
        return member

    def caller(self, member: Member, kind: str) -> Caller:
        return Caller(member.graphql, self.keys.callers[kind], "fleet-session-of-one-shopper" if kind == "storefront" else None)

    def _command(self, *command: str) -> list[str]:
        return [sys.executable, "-m", "gateway", *command, "--network", str(TEMPLATE)]


@contextlib.contextmanager
def running(folder: Path, *, skus: int, stores: int, speed: float) -> Iterator[Fleet]:
    """Start database and systems and make the first sync; end all that was started."""
    with (
        embedded_database(folder / "database") as uri,
        processes.start(retailer=Retailer(1, skus, stores), data=folder / "sandbox", speed=speed) as systems,
    ):
        keys = keyring(folder)
        secrets = {"MONGODB_URI": uri, "GATEWAY_TOKEN_KEYS": keys.tokens, "GATEWAY_ORDER_KEY": keys.orders}
        for code, system in systems.systems.items():
            secrets |= {f"SANDBOX_{code.upper()}_SECRET": system.credential, f"SANDBOX_{code.upper()}_WEBHOOK_SECRET": keys.webhooks}
        fleet = Fleet(folder, keys, {**os.environ, **values(systems, keys), **secrets, **HASTE})
        fleet.run("sync", "all")
        try:
            yield fleet
        finally:
            for member in fleet.members:
                member.process.terminate()
            for member in fleet.members:
                try:
                    member.process.wait(30)
                except subprocess.TimeoutExpired:
                    member.process.kill()
