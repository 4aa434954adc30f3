"""What befalls the fleet: systems that misbehave in every way, and SIGKILL for gateways, workers, systems and the database."""

import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.campaigns.chaos_fleet import Fleet

MISBEHAVIOR: dict[str, dict[str, Any]] = {
    "latency": {"latency_ms": [0, 400]},
    "error": {"error_rate": 0.3},
    "timeout": {"timeout_rate": 0.4},
    "garbage": {"garbage_rate": 0.3},
    "lost_answer": {"lost_answer_rate": 0.4},
    "down": {"down": True},
    "duplicate_event": {"duplicate_events_rate": 0.5},
    "reordered_page": {"reorder_events": True},
    "late_event": {"late_events_s": 5},
}
OF_FEEDS = {"duplicate_event", "reordered_page", "late_event"}
TELLING = ("wms", "pos")
"""Systems that tell events all the time."""
LONGER = 5
INSISTENCE_S = 45.0
"""Longer than a killed worker's lease keeps its feeds from being read."""
KILLED = ("gateway killed", "worker killed", "system killed", "database killed")


class Storm:
    """`fired` counts what really happened; a system tells of its own faults until it is asked for others, or killed."""

    def __init__(self, fleet: Fleet, dice: random.Random) -> None:
        self.fleet, self.dice, self.fired = fleet, dice, Counter[str]()
        self._after: list[tuple[float, Callable[[], None]]] = []
        self._dead, self._asked = set[str](), set[str]()

    def rage(self, seconds: float, pause_s: float, each: Callable[[], None], is_enough: Callable[[float], bool]) -> None:
        """Strike about every `pause_s` seconds, then with what has not struck yet; `each` is called between.

        It ends after so many seconds, or later: when it is told, after which time, that it is enough.
        """
        kinds = [self.misbehave] * 6 + [self.kill_system, self.kill_system, self.kill_gateway, self.kill_worker, self.kill_worker]
        plan = [self.kill_database, self.kill_gateway, self.kill_worker, self.kill_system, *[self.misbehave] * len(MISBEHAVIOR)]
        self.dice.shuffle(plan)
        began, until = time.monotonic(), time.monotonic() + seconds
        while time.monotonic() < until or not is_enough(time.monotonic() - began):
            strike = plan.pop() if plan else self.dice.choice([*kinds, self.kill_database] if self.dice.random() < 0.2 else kinds)
            strike()
            each()
            self.wait(self.dice.uniform(0.5, 1.5) * pause_s)
        until = time.monotonic() + LONGER * seconds
        while self.missing() and time.monotonic() < until:
            self.insist(self.missing()[0])
            each()

    def insist(self, kind: str) -> None:
        """Let one kind strike that has not yet, and wait until it did: what is to be read late or in disorder must first be read."""
        if kind in KILLED:
            getattr(self, f"kill_{kind.removesuffix(' killed')}")()
            self.wait(1.0)
            return
        self.wait(0.0)
        able = [code for code in (TELLING if kind in OF_FEEDS else self.fleet.sources) if code not in self._dead]
        for code in able:
            self.put(code, {**MISBEHAVIOR[kind], "seed": self.dice.randrange(1 << 30)})
        until = time.monotonic() + INSISTENCE_S
        while time.monotonic() < until and not any(self.counted(code, kind) for code in able):
            self.wait(1.0)
        for code in able:
            self.put(code, {})

    def counted(self, code: str, kind: str) -> bool:
        return code not in self._dead and self.fleet.control(code, "GET", "faults")["fired"][kind] > 0

    def missing(self) -> list[str]:
        """Return the kinds that have not struck yet."""
        return [kind for kind in (*MISBEHAVIOR, *KILLED) if not self.fired[kind]]

    def wait(self, seconds: float) -> None:
        """Let time pass, and do what is due in it."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            now = time.monotonic()
            for due in [one for one in self._after if one[0] <= now]:
                self._after.remove(due)
                due[1]()
            time.sleep(0.05)

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        self._after.append((time.monotonic() + seconds, act))

    def misbehave(self) -> None:
        """Let one system misbehave in two ways for some seconds; each way in its turn, those that never struck first."""
        unseen = [kind for kind in self.missing() if kind in MISBEHAVIOR and kind not in self._asked]
        if not unseen:
            self._asked.clear()
        kind = self.dice.choice(unseen or list(MISBEHAVIOR))
        self._asked.add(kind)
        able = [code for code in (TELLING if kind in OF_FEEDS else self.fleet.sources) if code not in self._dead]
        if able:
            code, beside = self.dice.choice(able), self.dice.choice(["latency", "error", "lost_answer"])
            self.put(code, {**MISBEHAVIOR[beside], **MISBEHAVIOR[kind], "seed": self.dice.randrange(1 << 30)})
            self.later(self.dice.uniform(3, 8), lambda: self.put(code, {}))

    def put(self, code: str, wanted: dict[str, Any]) -> None:
        if code not in self._dead:
            self.hear(code)
            self.fleet.control(code, "PUT", "faults", wanted)

    def hear(self, code: str) -> None:
        """Add what a system has counted since it was asked last."""
        self.fired += Counter(self.fleet.control(code, "GET", "faults")["fired"])

    def kill_system(self) -> None:
        code = self.dice.choice(self.fleet.sources)
        if code in self._dead:
            return
        self.hear(code)
        self.fleet.sandbox.kill(code)
        self._dead.add(code)
        self.fired["system killed"] += 1
        self.later(self.dice.uniform(1, 5), lambda: self.revive(code))

    def revive(self, code: str) -> None:
        self.fleet.sandbox.restart(code)
        self._dead.discard(code)

    def kill_gateway(self) -> None:
        child = self.dice.choice(list(self.fleet.gateways.values()))
        child.kill()
        self.fired["gateway killed"] += 1
        self.later(self.dice.uniform(0, 2), child.start)

    def kill_worker(self) -> None:
        child = self.dice.choice(list(self.fleet.workers.values()))
        child.kill()
        self.fired["worker killed"] += 1
        self.later(self.dice.uniform(0, 2), child.start)

    def kill_database(self) -> None:
        self.fleet.kill_database()
        self.fired["database killed"] += 1
        time.sleep(self.dice.uniform(0, 1))
        self.fleet.restart_database()

    def calm(self) -> None:
        """End everything that goes wrong."""
        for _, act in sorted(self._after, key=lambda one: one[0]):
            act()
        self._after.clear()
        for code in self.fleet.sources:
            self.put(code, {})
        for child in (*self.fleet.gateways.values(), *self.fleet.workers.values()):
            if child.process is None or child.process.poll() is not None:
                child.start()
