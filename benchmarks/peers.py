"""The peers' backends and one peer gateway, started from a copy of their folder; without Node or the folder there is none."""

import contextlib
import json
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import OTHER_CPU, SERVER_CPU, posted, started, until_answered

CONTROL = "http://127.0.0.1:4100"


@dataclass(frozen=True)
class Peer:
    name: str
    url: str
    pid: int
    queries: Path


def not_installed(home: Path) -> str | None:
    """Install a peer's packages; return why that failed, or None."""
    if not (home / "package-lock.json").is_file():
        return None
    if shutil.which("npm") is None:
        return "npm is not installed"
    done = subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=home, check=False, capture_output=True, text=True)
    return None if done.returncode == 0 else f"npm ci failed ({done.stderr.strip()[-200:] or done.returncode})"


def missing(folder: Path) -> str | None:
    """Return why no peer can run here, or None."""
    if shutil.which("node") is None:
        return "Node is not installed"
    return None if (folder / "backends" / "server.mjs").is_file() else f"{folder} holds no peers"


@contextlib.contextmanager
def backends(folder: Path, scratch: Path) -> Iterator[Path]:
    """Run the four simulated systems; yield the writable copy of the peers' folder."""
    copy = scratch / "peers"
    shutil.copytree(folder, copy, dirs_exist_ok=True)
    subprocess.run(["chmod", "-R", "u+w", str(copy)], check=True)
    with started(["node", "server.mjs"], copy / "backends", scratch / "backends.log", OTHER_CPU):
        until_answered(lambda: urllib.request.urlopen(f"{CONTROL}/latency?ms=0", timeout=5).read())
        yield copy


@contextlib.contextmanager
def peer(copy: Path, name: str, scratch: Path) -> Iterator[Peer | None]:
    """Install and run one peer gateway of `load/peers.json`; None, and why, when it cannot be installed here."""
    everyone = json.loads((copy / "load" / "peers.json").read_text(encoding="utf-8"))
    if name not in everyone:
        raise SystemExit(f"There is no peer {name!r}; the folder knows {', '.join(everyone)}.")
    told = everyone[name]
    home = copy / told["cwd"]
    reason = not_installed(home)
    if reason:
        sys.stderr.write(f"No peer stands beside: {reason}. The gateway is measured alone, and its answers are not compared.\n")
        yield None
        return
    env = {"NODE_ENV": "production", "PORT": str(told["port"]), **told.get("env", {})}
    with started(told["command"], home, scratch / f"{name}.log", SERVER_CPU, env) as pid:
        url = f"http://127.0.0.1:{told['port']}/graphql"
        until_answered(lambda: posted(url, "{__typename}", {}, {}))
        yield Peer(name, url, pid, copy / "load")
