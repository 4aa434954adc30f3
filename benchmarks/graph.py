"""Product page, listing and basket on 10,000 skus x 55 places: requests per CPU second, beside a peer's in the same run."""

import contextlib
import json
import random
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import peers
from benchmarks.gateway import KEY, Serving, gateway
from benchmarks.processes import cpu_seconds, load, memory_mb, posted
from benchmarks.questions import PAGES, Page

CATALOGUE = 10_000
BODIES = 500
CHECKED = 20
SIDES = ("ours", "peer")
Figures = dict[str, Any]


async def run(folder: Path, peer_name: str, seconds: float, rounds: int, connections: int) -> Figures:
    """Measure in rounds, ours and the peer's in turn; both run on one processor, the load and the backends on the other."""
    reason = peers.missing(folder)
    if reason:
        raise SystemExit(f"The backends that this is measured over cannot run: {reason}.")
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        with peers.backends(folder, scratch) as copy, gateway(scratch) as ours, peers.peer(copy, peer_name, scratch) as peer:
            bodies = dict(written(scratch, peer))
            for page in PAGES:
                if peer:
                    check_answers(page, ours, peer)
            samples = [sample(page, ours, peer, bodies, seconds, connections) for _ in range(rounds) for page in PAGES]
            return {
                "catalogue": CATALOGUE,
                "positions": ours.positions,
                "sync_seconds": round(ours.sync_seconds, 1),
                "gateway_memory_mb": round(memory_mb(ours.pid)),
                "sync_rows_per_second": round(ours.positions / ours.sync_seconds),
                "fill_seconds": round(ours.fill_seconds, 1),
                "peer": peer.name if peer else None,
                "pages": [summed(page, [one for one in samples if one["page"] == page.name]) for page in PAGES],
            }


def chosen(count: int, dice: random.Random) -> list[str]:
    return [f"SKU-{n:06d}" for n in dice.sample(range(CATALOGUE), count)]


def peer_query(page: Page, peer: peers.Peer) -> str:
    return (peer.queries / f"{page.name}.graphql").read_text(encoding="utf-8")


def written(scratch: Path, peer: peers.Peer | None) -> Iterator[tuple[tuple[str, str], Path]]:
    """Write the request bodies of each page, the same skus for both."""
    for page in PAGES:
        dice = random.Random(page.name)
        asked = [chosen(page.skus, dice) for _ in range(BODIES)]
        for who, query in (("ours", page.ours), *([("peer", peer_query(page, peer))] if peer else [])):
            path = scratch / f"{who}-{page.name}.jsonl"
            path.write_text("\n".join(json.dumps({"query": query, "variables": {"skus": skus}}) for skus in asked), encoding="utf-8")
            yield (who, page.name), path


def check_answers(page: Page, ours: Serving, peer: peers.Peer) -> None:
    """Refuse to measure servers that do not tell the same facts."""
    dice = random.Random(7)
    for _ in range(CHECKED):
        variables = {"skus": chosen(page.skus, dice)}
        mine = posted(ours.url, page.ours, variables, {"authorization": f"Bearer {KEY}"})
        theirs = posted(peer.url, peer_query(page, peer), variables, {})
        told = [page.from_ours(product) for product in mine["data"]["productsBySku"]]
        expected = [page.from_peer(product) for product in theirs["data"]["products"]]
        if told != expected:
            raise SystemExit(f"Page {page.name} differs for {variables}:\nours {told}\npeer {expected}")


def sample(
    page: Page, ours: Serving, peer: peers.Peer | None, bodies: dict[tuple[str, str], Path], seconds: float, connections: int
) -> dict[str, Any]:
    found: dict[str, Any] = {"page": page.name}
    servers = [("ours", ours.url, ours.pid, [f"Authorization: Bearer {KEY}"])]
    if peer:
        servers.append(("peer", peer.url, peer.pid, []))
    for who, url, pid, headers in servers:
        with contextlib.suppress(IndexError):
            load(url, bodies[who, page.name], connections, 1.0, headers)
        before = cpu_seconds(pid)
        told = load(url, bodies[who, page.name], connections, seconds, headers)
        told["per_cpu_second"] = told["requests"] / (cpu_seconds(pid) - before)
        found[who] = told
    return found


def summed(page: Page, samples: list[dict[str, Any]]) -> Figures:
    def median(who: str, key: str) -> float:
        return round(float(statistics.median(one[who][key] for one in samples)), 2)

    sides = {who: {key: median(who, key) for key in ("per_cpu_second", "p50_ms", "p99_ms", "errors")} for who in SIDES if who in samples[0]}
    ratios = [one["ours"]["per_cpu_second"] / one["peer"]["per_cpu_second"] for one in samples if "peer" in one]
    return {"page": page.name, "skus": page.skus, **sides, **({"ratio": round(statistics.median(ratios), 3)} if ratios else {})}


def table(figures: Figures) -> str:
    synced = f"synced in {figures['sync_seconds']} s ({figures['sync_rows_per_second']} a second)"
    memory = f"answers after {figures['fill_seconds']} s; the gateway holds {figures['gateway_memory_mb']} MB"
    beside = f"  ours/{figures['peer']}" if figures["peer"] else ""
    lines = [
        f"{figures['positions']} positions, {synced}, {memory}",
        f"{'page':4} {'skus':>4} {'':8} {'req/CPU s':>10} {'p50 ms':>8} {'p99 ms':>8} {'errors':>6}{beside}",
    ]
    for page in figures["pages"]:
        for who in (who for who in SIDES if who in page):
            side, ratio = page[who], f"  {page['ratio']}" if who == "ours" and "ratio" in page else ""
            row = (
                f"{page['page']:4} {page['skus']:>4} {who:8} {side['per_cpu_second']:>10.0f} {side['p50_ms']:>8.1f} {side['p99_ms']:>8.1f}"
            )
            lines.append(f"{row} {side['errors']:>6.0f}{ratio}")
    return "\n".join(lines)
