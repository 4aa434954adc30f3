"""The retailer of docs/networks/real.toml as docs/real-data.md starts it: real files, the embedded database, the sandbox's ERP."""

import contextlib
import hashlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.support.demo import START_S, Demo, eventually

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("COMMERCE_DATA", ROOT.parent / "shared" / "data"))
ABSENT = f"the real files do not lie at {DATA}; name their folder by COMMERCE_DATA"
PRODUCTS = DATA / "products" / "openfoodfacts_sample.csv"
STORES = DATA / "stores" / "ikea_stores.csv"
CALLERS = ("storefront", "clienteling", "operator")
FILL = (
    *("--products", str(PRODUCTS), "--product-key", "gtin(code)", "--product-when", "product_name"),
    *("--stores", str(STORES), "--store-key", "slug(name)", "--store-when", "country == 'France'", "--depot", "orleans"),
)
ANSWERS = "answers at "


def environment(folder: Path, erp_url: str, keys: dict[str, str]) -> dict[str, str]:
    """Return what the network file and the server are told by the environment."""
    digests = {f"{kind.upper()}_KEY_SHA256": hashlib.sha256(key.partition(".")[2].encode()).hexdigest() for kind, key in keys.items()}
    own = {"GATEWAY_TOKEN_KEYS": secrets.token_urlsafe(32), "GATEWAY_ORDER_KEY": secrets.token_urlsafe(32)}
    files = {"DATA_FOLDER": str(DATA), "FILL_FOLDER": str(folder / "fill")}
    erp = {"ERP_URL": erp_url, "SANDBOX_ERP_SECRET": "sandbox-erp"}
    haste = {"GATEWAY_POLL_FACTOR": "0.05", "COLUMNS": "200"}
    kept = {name: value for name, value in os.environ.items() if name != "MONGODB_URI"}
    return {**kept, **digests, **own, **files, **erp, **haste}


def prompt_network(folder: Path) -> Path:
    """Return the network file with a shorter settling time: a test writes the next export seconds later, not the next night."""
    text = (ROOT / "docs" / "networks" / "real.toml").read_text(encoding="utf-8")
    path = folder / "real.toml"
    path.write_text(text.replace('full_every = "P1D"', 'full_every = "P1D"\nsettle_delay = "PT1S"'), encoding="utf-8")
    return path


def command(*arguments: str, environment: dict[str, str] | None = None) -> str:
    """Run one command to its end and return all that it printed; a failure fails the test with it."""
    done = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-m", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=START_S,
        check=False,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@contextlib.contextmanager
def started(
    log: Path, sign: str, *arguments: str, environment: dict[str, str] | None = None
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run a command for as long as the block; yield it with the first line that has `sign`, and end it as a person would."""
    with log.open("ab") as out:
        process = subprocess.Popen([sys.executable, "-m", *arguments], stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=environment)  # noqa: S603 - ours
    try:
        yield process, told_line(process, log, sign)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def told_line(process: subprocess.Popen[bytes], log: Path, sign: str) -> str:
    deadline = time.monotonic() + START_S
    while True:
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
            if sign in line:
                return line
        assert process.poll() is None, log.read_text(encoding="utf-8", errors="replace")
        assert time.monotonic() < deadline, log.read_text(encoding="utf-8", errors="replace")
        time.sleep(0.1)


@contextlib.contextmanager
def real_retailer(folder: Path) -> Iterator[Demo]:
    """Follow the recipe: fill, the ERP, sync, serve; yield it as stories use a retailer, its first sync's report in its log."""
    keys = {kind: f"{kind}.{secrets.token_urlsafe(24)}" for kind in CALLERS}
    filled = command("adapters.files.fill", "--seed", "1", "--out", str(folder / "fill"), *FILL)
    assert "stock.csv" in filled
    network, database, log = str(prompt_network(folder)), str(folder / "database"), folder / "serve.log"
    with started(folder / "erp.log", '"url"', "gateway.sandbox", "erp", "--behavior", "free_items=true") as (erp, told):
        url = json.loads(told)["url"]
        known = environment(folder, url, keys)
        (folder / "doctor.txt").write_text(command("gateway", "doctor", "--network", network, environment=known), encoding="utf-8")
        synced = command("gateway", "sync", "all", "--network", network, "--embedded", database, environment=known)
        (folder / "sync.txt").write_text(synced, encoding="utf-8")
        serving = ("gateway", "serve", "--network", network, "--port", "0", "--embedded", database, "--with-worker")
        with started(log, ANSWERS, *serving, environment=known) as (process, line):
            yield Demo(process, line.partition(ANSWERS)[2].strip(), keys, {"erp": {"url": url, "pid": erp.pid}}, log)


def written_anew(path: Path, content: bytes, written_ns: int | None = None) -> None:
    """Put a new export in a file's place at once, as of a moment later than all that was done before, or as of `written_ns`."""
    part = path.with_suffix(".part")
    part.write_bytes(content)
    time.sleep(1.5)
    moment_ns = time.time_ns() if written_ns is None else written_ns
    os.utime(part, ns=(moment_ns, moment_ns))
    part.replace(path)


def accepted(demo: Demo, number: str) -> list[dict[str, object]]:
    """Return the ERP's own record of an order, once it has it."""

    def told() -> list[dict[str, object]]:
        return [one for one in demo.ledger("erp")["accepted"] if str(one.get("reference", "")).startswith(number)]

    found: list[dict[str, object]] = eventually(told)
    return found
