"""Seeded simulation: the product's adapter and programs on a replicated database that fails over, with the faults it must catch.

Each seed is a storm on a clock of its own: commands lost, delayed, doubled and slow, machines and members that die, primaries that are cut
off and roll back, clocks that differ. After it everything recovers, and the invariants I1 to I5, I7, I9 and I11 must hold.
"""

import contextlib
import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from tests.campaigns.campaign import Findings, Tell
from tests.campaigns.simulation.faults import FAULTS, RARE, with_fault
from tests.campaigns.simulation.seeds import Outcome, Trial

SEEDS, FULL_SEEDS = 200, 10_000
FAULT_SEEDS, FULL_FAULT_SEEDS = 200, 10_000
"""Seeds in which a seeded fault must be caught."""
BATCH = 50
MOST_TOLD = 5
STRIKES = (
    "answers lost",
    "both",
    "commands slow",
    "crash",
    "cut off",
    "lag",
    "machines died",
    "requests delayed",
    "requests lost",
    "step down",
    "write concern time-outs",
    "writes doubled",
    "writes rolled back",
)


def run(full: bool, tell: Tell) -> Findings:  # noqa: FBT001 - a campaign's shape
    findings = Findings()
    batches = [range(first, first + BATCH) for first in range(0, FULL_SEEDS if full else SEEDS, BATCH)]
    names = [name for name in FAULTS if full or name not in RARE]
    with mapping(full=full) as mapped:
        for done, batch in enumerate(mapped(played, batches), 1):
            gather(findings, batch)
            if full and done % 10 == 0:
                tell(f"{done * BATCH} seeds, {len(findings.violations)} violations")
        rows: list[tuple[Any, ...]] = [("fault seeded", "seeds", "caught as")]
        for name, caught in zip(names, mapped(caught_at, [(name, full) for name in names]), strict=True):
            findings.check(caught is not None, f"the seeded fault {name!r} was not caught")
            rows.append((name, *(caught or ("", ""))))
    findings.details["Faults seeded"] = rows
    findings.counts["faults caught"] = len(rows) - 1
    findings.must_fire(*STRIKES)
    return findings


@contextlib.contextmanager
def mapping(*, full: bool) -> Iterator[Callable[..., Iterator[Any]]]:
    """Yield a map over two processes for the full form, in this one for the short."""
    if not full:
        yield map
        return
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as workers:
        yield workers.map


def played(seeds: Iterable[int]) -> list[tuple[int, Outcome]]:
    return [(seed, Trial(seed).run()) for seed in seeds]


def gather(findings: Findings, batch: list[tuple[int, Outcome]]) -> None:
    for seed, outcome in batch:
        findings.counts["seeds"] += 1
        findings.counts += outcome.counts
        findings.fired += outcome.fired
        findings.violations += [f"seed {seed}: {violation}" for violation in outcome.violations[:MOST_TOLD]]


def caught_at(asked: tuple[str, bool]) -> tuple[int, str] | None:
    """Return in how many seeds a fault was first caught, and as what."""
    name, full = asked
    for seed in range(FULL_FAULT_SEEDS if full else FAULT_SEEDS):
        violations = with_fault(name, seed).violations
        if violations:
            return seed + 1, kind_of(violations[0])
    return None


def kind_of(violation: str) -> str:
    head = violation.split(maxsplit=1)[0]
    return head if head[:1] == "I" and head[1:].isdigit() else violation[:60]
