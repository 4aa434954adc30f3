"""The exhaustive model of the claim protocol: the product's own code in every interleaving, then with faults seeded into it, one at a time.

The full form walks through every scene, and hunts each fault through the scenes, the smallest first. The short form leaves the larger
scenes out and looks for each fault where it is known to be caught first.
"""

import contextlib
import multiprocessing
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from typing import NamedTuple, TypeVar

from gateway.domain.claims import carrying
from tests.campaigns.campaign import Findings, Tell
from tests.campaigns.modeling.faults import FAULTS
from tests.campaigns.modeling.scenes import LARGE, SCENES, SHORT
from tests.campaigns.modeling.seeding import seeded
from tests.support.interleavings import explore
from tests.support.invariants import Violation

PROCESSES = 2
SCENE_BY_NAME = {scene.name: scene for scene in SCENES}
FAULT_BY_NAME = {fault.name: fault for fault in FAULTS}
T = TypeVar("T")


class Walked(NamedTuple):
    """What came of one scene; `violation` None: nothing that must not be."""

    scene: str
    states: int = 0
    databases: int = 0
    seconds: float = 0.0
    told: str = ""
    violation: str | None = None


class Caught(NamedTuple):
    """Where a fault was caught first; `scene` empty: nowhere."""

    fault: str
    what: str
    scene: str
    seen_as: str
    states: int


@contextlib.contextmanager
def narrowed() -> Iterator[None]:
    """Let callers live through fewer tries and rounds: what can go wrong does so within few."""
    before = carrying.TRIES, carrying.ROUNDS
    carrying.TRIES, carrying.ROUNDS = 2, 4
    try:
        yield
    finally:
        carrying.TRIES, carrying.ROUNDS = before


def walked(scene: str) -> Walked:
    started = time.monotonic()
    try:
        with narrowed():
            found = explore(SCENE_BY_NAME[scene])
    except Violation as violation:
        return Walked(scene, violation=str(violation))
    told = sorted(f"{by} {answer if isinstance(answer, str) else ' '.join(map(str, answer))}" for _, by, answer in found.answers)
    return Walked(scene, found.states, found.databases, round(time.monotonic() - started, 1), ", ".join(told))


def hunted(fault: str, scenes: Sequence[str]) -> Caught:
    """Walk through scenes with a fault until one breaks an invariant."""
    states, what = 0, FAULT_BY_NAME[fault].what
    with narrowed(), seeded(FAULT_BY_NAME[fault]):
        for scene in scenes:
            try:
                states += explore(SCENE_BY_NAME[scene]).states
            except Violation as violation:
                return Caught(fault, what, scene, violation.invariant, states)
    return Caught(fault, what, "", "", states)


def aimed(fault: str) -> Caught:
    return hunted(fault, [FAULT_BY_NAME[fault].scene])


def each(work: Callable[[str], T], names: Iterable[str], processes: int) -> Iterator[T]:
    """Yield what comes of each, as it comes; raises BrokenProcessPool when one of several processes is killed."""
    if processes == 1:
        yield from map(work, names)
        return
    with ProcessPoolExecutor(processes, multiprocessing.get_context("fork")) as pool:
        for done in as_completed([pool.submit(work, name) for name in names]):
            yield done.result()


def run(full: bool, tell: Tell) -> Findings:  # noqa: FBT001 - a campaign
    findings, processes = Findings(), PROCESSES if full else 1
    found = []
    for one in each(walked, reversed(SCENE_BY_NAME) if full else short_scenes(), processes):
        tell(f"{one.scene}: {one.violation or f'{one.states:,} states, {one.seconds} s'}")
        findings.check(one.violation is None, f"{one.scene}: {one.violation}")
        found.append(one)
    found.sort(key=lambda one: one.states)
    catches, sound = [], [one.scene for one in found if one.violation is None]
    for catch in each(partial(hunted, scenes=sound) if full else aimed, FAULT_BY_NAME, processes):
        tell(f"{catch.fault}: caught by {catch.scene or 'nothing'}, as {catch.seen_as}")
        findings.check(bool(catch.scene), f"the fault {catch.fault!r} ({catch.what}) was not caught")
        findings.fired[catch.fault] += bool(catch.scene)
        catches.append(catch)
    return counted(findings, found, catches)


def short_scenes() -> list[str]:
    """Return the small scenes, and those that faults are aimed at: what breaks without its fault would catch any."""
    return [name for name in dict.fromkeys((*SHORT, *(fault.scene for fault in FAULTS))) if name not in LARGE]


def counted(findings: Findings, found: Sequence[Walked], catches: Sequence[Caught]) -> Findings:
    findings.counts.update(
        {
            "scenes": len(found),
            "states": sum(one.states for one in found),
            "databases": sum(one.databases for one in found),
            "faults seeded": len(catches),
            "faults caught": sum(bool(one.scene) for one in catches),
        }
    )
    findings.details["scenes"] = [("scene", "states", "databases", "s", "told"), *(one[:5] for one in found)]
    findings.details["faults"] = [("fault", "what it does", "caught first by", "as", "after states"), *catches]
    return findings
