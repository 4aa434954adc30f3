"""Two gateways and two workers on one database in a storm of every fault, and the reckoning when it is over.

The full form is a day of the sandbox, sped up: 30 minutes in which its systems live through 24 hours and sell to others, too, and on until
20,000 orders were told (two cores take an hour for them). In the short form nobody else sells, so that no position may ever be short.
"""

import os
import random
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from gateway.sandbox.network import Retailer
from tests.campaigns.campaign import Findings, Tell
from tests.campaigns.chaos_fleet import Fleet
from tests.campaigns.chaos_reckoning import ChaosReckoning, Marks, in_database
from tests.campaigns.chaos_storm import KILLED, MISBEHAVIOR, Storm
from tests.support.chaos import Shopping
from tests.support.demo import Caller, eventually
from tests.support.operations import SOURCES

LONG_S, SHORT_S, LONGEST_S = 1_800.0, 60.0, 7_200.0
DAY_S = 86_400.0
PAUSE_S, LONG_PAUSE_S = 2.5, 8.0
"""Between strikes. In the long form a process that was killed has time to sell before the next one dies."""
LOOK_EVERY = 6
BUYERS, MANY_BUYERS = 8, 16
FEWEST_ORDERS, FEWEST_FAULTS = 20_000, 500
RECOVERED_S = 15.0
REST_S = 240.0
FULL_REST_S = 1_200.0
"""A message that failed often waits up to 15 minutes for its next try."""
SECRETS = ("Camille", "Rivoli")


def run(full: bool, tell: Tell) -> Findings:  # noqa: FBT001 - a campaign's shape
    findings, seed = Findings(), int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(1 << 30))
    tell(f"seed {seed}")
    size = Retailer(seed % 1_000, 400 if full else 40, 10 if full else 3)
    speed = DAY_S / LONG_S if full else 30.0
    with tempfile.TemporaryDirectory() as folder, Fleet(Path(folder), size, speed, own_sales=full) as fleet:
        Trial(fleet, findings, seed, tell).play(LONG_S if full else SHORT_S, full=full)
        quiet(findings, Path(folder))
    findings.must_fire(*MISBEHAVIOR, *KILLED)
    if full:
        findings.check(findings.counts["orders told"] >= FEWEST_ORDERS, f"only {findings.counts['orders told']} orders")
        findings.check(findings.fired.total() >= FEWEST_FAULTS, f"only {findings.fired.total()} faults")
    return findings


class Trial:
    """Buyers and storm on one fleet."""

    def __init__(self, fleet: Fleet, findings: Findings, seed: int, tell: Tell) -> None:
        self.fleet, self.findings, self.tell = fleet, findings, tell
        self.dice = random.Random(seed)  # noqa: S311 - a die
        self.shopping = Shopping(self.caller, seed)
        self.storm, self.marks = Storm(fleet, self.dice), Marks(findings)

    def caller(self, kind: str) -> Caller:
        return self.fleet.caller(kind, random.choice(list(self.fleet.gateways)))  # noqa: S311 - any of them

    def play(self, seconds: float, *, full: bool) -> None:
        stores = sorted(self.fleet.control("pos", "GET", "ledger")["stock"])
        self.shopping.look_around(stores)
        end = threading.Event()
        buyers = self.shopping.shop_until(end, MANY_BUYERS if full else BUYERS)
        self.storm.rage(seconds, LONG_PAUSE_S if full else PAUSE_S, self.between, self.is_enough if full else lambda _after_s: True)
        self.storm.calm()
        calm_at = time.monotonic()
        end.set()
        eventually(self.is_well, within_s=REST_S)
        recovered_s = time.monotonic() - calm_at
        for buyer in buyers:
            buyer.join(REST_S)
        self.findings.counts["recovered after seconds"] = round(recovered_s)
        self.findings.check(not full or recovered_s <= RECOVERED_S, f"recovered {recovered_s:.0f} s after the last fault")
        self.reckon(FULL_REST_S if full else REST_S)

    def between(self) -> None:
        """Look at the marks now and then, and say how it goes."""
        self._strikes = getattr(self, "_strikes", 0) + 1
        if self._strikes % LOOK_EVERY == 0:
            in_database(self.fleet, self.marks.look)
            self.tell(f"{self._strikes} strikes, {len(self.shopping.numbers)} orders, {self.storm.fired.total()} faults")

    def is_enough(self, after_s: float) -> bool:
        """Tell whether orders enough were told, or none can be hoped for any more."""
        return after_s > LONGEST_S or len(self.shopping.numbers) >= FEWEST_ORDERS

    def is_well(self) -> bool:
        """Tell whether every gateway answers, no source counts as lost, and an order can be placed."""
        if not self.fleet.is_ready():
            return False
        rows = self.caller("operator").ask(SOURCES).get("data") or {}
        if any(row["health"] == "DOWN" for row in rows.get("sources", [{"health": "DOWN"}])):
            return False
        before = len(self.shopping.numbers)
        self.shopping.buy(1)
        return len(self.shopping.numbers) > before

    def reckon(self, within_s: float) -> None:
        until = time.monotonic() + within_s
        while True:
            reckoning = ChaosReckoning(Findings(), self.fleet, self.shopping)
            different = reckoning.differences()
            if not different or time.monotonic() > until:
                break
            time.sleep(2)
        self.findings.details |= reckoning.findings.details
        reckoning = ChaosReckoning(self.findings, self.fleet, self.shopping)  # read anew: the systems were read before the books
        for one in different:
            self.findings.check(holds=False, violation=one)
        reckoning.of_all()
        in_database(self.fleet, self.marks.look)
        self.note(reckoning)

    def note(self, reckoning: ChaosReckoning) -> None:
        counts: dict[str, Any] = {f"told {what}": n for what, n in self.shopping.told.items()}
        self.findings.counts.update(counts)
        self.findings.counts["orders"] = len(reckoning.placed)
        self.findings.counts["positions"] = len(reckoning.stock)
        self.findings.counts["units placed"] = sum(line.quantity for order in reckoning.placed.values() for line in order.lines)
        self.findings.fired.update(self.storm.fired)


def quiet(findings: Findings, folder: Path) -> None:
    """I14: nobody's name or street is in a log."""
    for log in folder.glob("*.log"):
        text = log.read_text(errors="replace")
        findings.check(not any(word in text for word in SECRETS), f"I14 personal data in {log.name}")
        findings.check("Traceback" not in text, f"{log.name} has a stack trace: {text[text.find('Traceback') :][:2_000]}")
