"""The fault matrix: six ports of real systems on loopback, each misbehaving in sixteen ways, with the other systems' latencies beside."""

import asyncio
import resource
import sys
from collections.abc import Sequence

from tests.campaigns.campaign import Findings, Tell
from tests.campaigns.misbehaving.cells import Cell, tried
from tests.campaigns.misbehaving.retailer import PORTS
from tests.campaigns.misbehaving.server import KINDS

FULL_SCALE, SHORT_SCALE = 1.0, 0.15
AT_ONCE = 4
MIB = 1024 * 1024
MOST_GROWTH_MIB = 1_000
"""Of the whole process, all floods and bombs together; read to their end they would take ten times as much."""


def run(full: bool, tell: Tell) -> Findings:  # noqa: FBT001 - a campaign's shape
    every = [(port, kind) for port in PORTS for kind in KINDS]
    diagonal = [(tuple(PORTS)[number % len(PORTS)], kind) for number, kind in enumerate(KINDS)]
    before = peak_mib()
    cells = asyncio.run(played(every if full else diagonal, FULL_SCALE if full else SHORT_SCALE, AT_ONCE, tell))
    findings = summed(cells)
    findings.counts["memory grown, MiB"] = peak_mib() - before
    findings.check(peak_mib() - before < MOST_GROWTH_MIB, f"memory grew by {peak_mib() - before} MiB")
    findings.must_fire(*KINDS)
    return findings


async def played(wanted: Sequence[tuple[str, str]], scale: float, at_once: int, tell: Tell) -> list[Cell]:
    room = asyncio.Semaphore(at_once)

    async def play(port: str, kind: str) -> Cell:
        async with room:
            cell = await tried(port, kind, scale)
        tell(f"{port} x {kind}: {'well' if not cell.violations else 'VIOLATED'}")
        return cell

    return list(await asyncio.gather(*(play(port, kind) for port, kind in wanted)))


def summed(cells: Sequence[Cell]) -> Findings:
    findings = Findings()
    rows: list[tuple[object, ...]] = [
        ("port", "misbehavior", "struck", "errors", "not sent", "others p50 ms", "others p99 ms", "well after s")
    ]
    for cell in cells:
        findings.violations += cell.violations
        # A refused connection strikes nobody who could count it: the calls that failed do.
        findings.fired[cell.kind] += cell.fired or (sum(cell.raised.values()) if cell.kind in {"refuse", "bad tls"} else 0)
        findings.counts["cells"] += 1
        findings.counts["errors raised"] += sum(cell.raised.values())
        findings.counts["calls not sent by open circuits"] += cell.unsent
        findings.counts["answers of other systems meanwhile"] += len(cell.others_ms)
        raised = ", ".join(f"{name.removeprefix('Source')} {count}" for name, count in sorted(cell.raised.items()))
        p50, p99 = (share_of(cell.others_ms, share) for share in (0.5, 0.99))
        rows.append((cell.port, cell.kind, cell.fired, raised, cell.unsent, f"{p50:.1f}", f"{p99:.1f}", f"{cell.recovered_s:.1f}"))
    findings.details["The matrix"] = rows
    return findings


def share_of(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def peak_mib() -> int:
    """Return the most memory that this process ever had."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak / MIB if sys.platform == "darwin" else peak / 1024)
