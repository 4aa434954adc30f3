"""A process ends when it is told to, also when its database has died or hangs."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pymongo
import pytest

from adapters.mongo.embedded import EmbeddedDatabase
from tests.gateway.test_doctor import NETWORK

SOURCES = "".join(
    f"""
[[sources]]
code = "s{n}"
kind = "FILES"
adapter = "files"
poll_every = "PT1S"
[sources.options.catalogue]
file = "products.csv"
fields = {{ sku = "code", name = "name" }}
"""
    for n in range(10)
)
LOOPS_UNDER_LEASE = 12
"""One for each source, and the router's."""
SECRETS = {"GATEWAY_TOKEN_KEYS": "t" * 32, "GATEWAY_ORDER_KEY": "o" * 32}
PROMPT = {"GATEWAY_DRAIN_S": "1", "GATEWAY_STOP_S": "1", "GATEWAY_READ_BUDGET_S": "0.9", "GATEWAY_MUTATION_BUDGET_S": "0.9"}
ENDS_WITHIN_S = 25
"""Ten leases given back one after the other would take 40 s, a hanging socket 120 s."""


def leases(uri: str) -> int:
    with pymongo.MongoClient[dict[str, object]](uri) as client:
        return client["commerce_gateway"]["leases"].count_documents({})


@contextmanager
def serving(folder: Path, uri: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Serve with every loop over eleven sources, until the leases are taken."""
    (folder / "network.toml").write_text(NETWORK + SOURCES, encoding="utf-8")
    (folder / "products.csv").write_text("code,name\nA,Lamp\nB,Chair\n", encoding="utf-8")
    (folder / "stock.csv").write_text("place,code,units\nlille,A,5\n", encoding="utf-8")
    log = folder / "log"
    command = [sys.executable, "-m", "gateway", "serve", "--network", str(folder / "network.toml"), "--port", "0", "--with-worker"]
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env={**os.environ, **SECRETS, **PROMPT, "MONGODB_URI": uri})  # noqa: S603 - ours
    try:
        deadline = time.monotonic() + 60
        while leases(uri) < LOOPS_UNDER_LEASE:
            assert process.poll() is None, log.read_text(errors="replace")
            assert time.monotonic() < deadline, log.read_text(errors="replace")
            time.sleep(0.1)
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.scenario
@pytest.mark.parametrize("ends", [signal.SIGKILL, signal.SIGSTOP])
def test_serving_ends_though_its_database_has_died_or_hangs(tmp_path: Path, ends: signal.Signals) -> None:
    with EmbeddedDatabase(tmp_path / "database") as database, serving(tmp_path, database.uri) as process:
        os.kill(database.pid or 0, ends)
        try:
            process.terminate()
            assert process.wait(ENDS_WITHIN_S) == 0
        finally:
            os.kill(database.pid or 0, signal.SIGCONT)
    assert "Traceback" not in (tmp_path / "log").read_text(errors="replace")


def test_a_thread_that_hangs_keeps_no_process() -> None:
    hangs = "threading.Thread(target=time.sleep, args=(600,)).start"
    script = f"import threading, time, gateway.cli as cli; cli.app = {hangs}; from gateway.__main__ import main; main()"
    done = subprocess.run([sys.executable, "-c", script], env={**os.environ, **PROMPT}, timeout=60, check=False, stderr=subprocess.DEVNULL)  # noqa: S603 - ours
    assert done.returncode == 130


@pytest.mark.scenario
def test_a_worker_tells_its_figures_on_a_port_of_its_own_and_ends_in_order(tmp_path: Path) -> None:
    (tmp_path / "network.toml").write_text(NETWORK, encoding="utf-8")
    (tmp_path / "products.csv").write_text("code,name\nA,Lamp\n", encoding="utf-8")
    (tmp_path / "stock.csv").write_text("place,code,units\nlille,A,5\n", encoding="utf-8")
    command = [sys.executable, "-m", "gateway", "worker", "--network", str(tmp_path / "network.toml"), "--metrics-port", "0"]
    log = tmp_path / "log"
    with EmbeddedDatabase(tmp_path / "database") as database, log.open("wb") as out:
        environment = {**os.environ, **SECRETS, **PROMPT, "MONGODB_URI": database.uri}
        with subprocess.Popen(command, stdout=out, stderr=out, env=environment) as process:  # noqa: S603 - ours
            try:
                url = figures_of(process, log)
                told = httpx2.get(f"{url}/metrics").text
                assert "gateway_audit_drifts" in told
                assert "gateway_database_answers 1.0" in told
                assert [httpx2.get(f"{url}/{path}").status_code for path in ("healthz", "readyz")] == [200, 200]
                process.send_signal(signal.SIGTERM)
                assert process.wait(ENDS_WITHIN_S) == 0
            finally:
                process.kill()


def figures_of(process: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + 60
    while not (found := re.search(r"Its figures are at (http://\S+)/metrics", log.read_text(errors="replace"))):
        assert process.poll() is None, log.read_text(errors="replace")
        assert time.monotonic() < deadline, log.read_text(errors="replace")
        time.sleep(0.1)
    return found[1]
