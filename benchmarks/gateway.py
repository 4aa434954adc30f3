"""The gateway under measurement: a process of its own over the embedded database, synced from the peers' backends."""

import contextlib
import hashlib
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import SERVER_CPU, started, until_answered
from gateway.wiring import embedded_database

NETWORK = Path(__file__).resolve().parents[1] / "docs" / "networks" / "peers.toml"
PORT = 4301
KEY = "operator.benchmark-benchmark-benchmark"


@dataclass(frozen=True)
class Serving:
    url: str
    pid: int
    positions: int
    sync_seconds: float
    fill_seconds: float
    """From the start of the process until it answers: filling the view takes nearly all of it."""


@contextlib.contextmanager
def gateway(scratch: Path) -> Iterator[Serving]:
    """Fill a fresh database by one sync, then serve it."""
    with embedded_database(scratch / "database") as uri:
        secret = "benchmark-" * 5
        digest = hashlib.sha256(KEY.partition(".")[2].encode()).hexdigest()
        keys = {"OPERATOR_KEY_SHA256": digest, "STOREFRONT_KEY_SHA256": digest, "GATEWAY_TOKEN_KEYS": secret, "GATEWAY_ORDER_KEY": secret}
        env = {**os.environ, **keys, "MONGODB_URI": uri, "GATEWAY_PORT": str(PORT)}
        command = [sys.executable, "-m", "gateway"]
        before = os.times()
        if subprocess.run([*command, "sync", "all", "--network", str(NETWORK)], env=env, check=False).returncode:
            raise SystemExit("The first sync did not come in whole; the lines above say why.")
        seconds = os.times().elapsed - before.elapsed
        arguments = [*command, "serve", "--network", str(NETWORK)]
        begun = os.times().elapsed
        with started(arguments, scratch, scratch / "gateway.log", SERVER_CPU, env) as pid:
            ready = f"http://127.0.0.1:{PORT}/readyz"
            until_answered(lambda: urllib.request.urlopen(ready, timeout=60).read(), 180)
            yield Serving(f"http://127.0.0.1:{PORT}/graphql", pid, positions(), seconds, os.times().elapsed - begun)


def positions() -> int:
    told = urllib.request.urlopen(f"http://127.0.0.1:{PORT}/metrics", timeout=10).read().decode()
    found = re.search(r"^gateway_view_positions (\S+)$", told, re.MULTILINE)
    return int(float(found.group(1))) if found else 0
