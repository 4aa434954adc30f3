"""SIGKILL between and inside the steps of real processes on the real embedded database; in the full form of the database, too.

Every case has goods, keys and a process of its own. It dies before, inside or after one of its database commands; half of the cases
are then repeated under their key, all are recovered by a fresh process. I1 to I9 must hold, and every claim's
movements must come to what it holds.
"""

import asyncio
import multiprocessing
import random
import tempfile
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from adapters.mongo.embedded import EmbeddedDatabase
from tests.campaigns.campaign import Findings, Tell
from tests.campaigns.killing.books import Books
from tests.campaigns.killing.process import run_killed, run_recovery
from tests.campaigns.killing.programs import PROGRAMS, Case
from tests.campaigns.killing.reckoning import RoundReckoning
from tests.campaigns.killing.shop import Place, opened
from tests.campaigns.ports import lasting_port, started_again

KILLS, FULL_KILLS = 40, 1_000
ROUND = 23
"""Cases that are recovered together."""
DATABASE_EVERY = 10
"""In the full form so many cases apart the database dies instead of the process."""
LONGEST_INSIDE_S = 0.006
CASE_S, RECOVERY_S = 60.0, 240.0
LIVING = 0.05
"""Share of the cases that are let live, in the full form."""
FEWEST_COMMANDS = 5
"""Of any of the programs; how many more a program has is learned from those that live."""
WAYS = ("before", "after", "inside")
UNDECIDED = "Unavailable"
"""What a caller is told whose database died under it: nothing yet."""


def run(full: bool, tell: Tell) -> Findings:  # noqa: FBT001 - a campaign's shape
    findings, dice = Findings(), random.Random()  # noqa: S311 - other moments in every run
    kills, n = FULL_KILLS if full else KILLS, 0
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial(findings, Path(folder), dice, full=full)
        try:
            while findings.counts["kills"] < kills:
                trial.round(n)
                n += 1
                if full:
                    tell(f"round {n}: {findings.counts['kills']} kills, {len(findings.violations)} violations {findings.violations[-1:]}")
        finally:
            trial.server.stop()
    findings.details["Where they were killed"] = [("program", *WAYS), *rows(findings)]
    findings.must_fire(*(f"{name}, {way}" for name in PROGRAMS for way in WAYS) if full else WAYS)
    return findings


def rows(findings: Findings) -> Iterator[tuple[Any, ...]]:
    return ((name, *(findings.fired[f"{name}, {way}"] for way in WAYS)) for name in PROGRAMS)


class Trial:
    """One database, and rounds of cases on it."""

    def __init__(self, findings: Findings, folder: Path, dice: random.Random, *, full: bool) -> None:
        self.findings, self.folder, self.dice, self.full = findings, folder, dice, full
        self.port = lasting_port()
        self.server = EmbeddedDatabase(folder / "database", self.port, sync_on_commit=True).start()
        self.context = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(["tests.campaigns.killing.process"])
        self.commands = dict.fromkeys(PROGRAMS, FEWEST_COMMANDS)
        self.cases = 0

    def place(self, n: int) -> Place:
        folder = self.folder / f"round-{n}"
        folder.mkdir(exist_ok=True)
        return Place(self.server.uri, f"round_{n}", folder)

    def round(self, n: int) -> None:
        place, cases = self.place(n), [self.case() for _ in range(ROUND)]
        asyncio.run(prepared(place, cases))
        told = {case.n: self.killed(case, place) for case in cases}
        decided = {n: answer for n, answer in told.items() if answer and answer != UNDECIDED}
        asyncio.run(self.reckoned(place, cases, {**decided, **self.recovered(place, cases)}))

    def case(self) -> Case:
        """Return the next case: every program in turn, at any of its commands."""
        self.cases += 1
        program = list(PROGRAMS)[self.cases % len(PROGRAMS)]
        at, how = self.dice.randint(1, self.commands[program]), self.dice.choice(WAYS)
        lives = self.full and self.dice.random() < LIVING
        return Case(
            self.cases, program, how, 1_000_000 if lives else at, self.dice.uniform(0, LONGEST_INSIDE_S), repeat=self.dice.random() < 0.5
        )

    def killed(self, case: Case, place: Place) -> str | None:
        """Run a case until it dies; return what it told if it came so far."""
        strikes_database = self.full and case.n % DATABASE_EVERY == 0
        mine, its = self.context.Pipe(duplex=False)
        process = self.context.Process(target=run_killed, args=(case, place, its, self.server.pid if strikes_database else None))
        process.start()
        its.close()
        told = dict(self.heard(mine, process))
        process.join(CASE_S)
        self.findings.check(process.exitcode is not None, f"{case} hangs")
        process.kill()
        self.keep_database()
        self.note(case, told, strikes_database=strikes_database)
        return told.get("done")

    def heard(self, mine: Connection, process: Any) -> Iterator[tuple[str, Any]]:
        """Yield what a process says until it ends."""
        until = time.monotonic() + CASE_S
        while time.monotonic() < until:
            try:
                if mine.poll(0.2):
                    yield mine.recv()
                elif not process.is_alive():
                    return
            except EOFError:
                return
            self.keep_database()

    def keep_database(self) -> None:
        """Start the database again when it has died."""
        if not self.server.is_running:
            self.server = started_again(self.server, self.port)

    def note(self, case: Case, told: dict[str, Any], *, strikes_database: bool) -> None:
        if "commands" in told:
            self.commands[case.program] = max(self.commands[case.program], told["commands"])
        if "struck" not in told:
            self.findings.counts["ended before they were struck"] += 1
            return
        self.findings.counts["kills"] += 1
        self.findings.fired[case.how] += 1
        self.findings.fired[f"{case.program}, {case.how}"] += 1
        self.findings.fired[f"at {told['struck']}"] += 1
        self.findings.fired["the database killed"] += strikes_database

    def recovered(self, place: Place, cases: list[Case]) -> dict[int, str]:
        mine, its = self.context.Pipe(duplex=False)
        process = self.context.Process(target=run_recovery, args=(cases, place, its))
        process.start()
        its.close()
        answers: dict[int, str] = {}
        try:
            if mine.poll(RECOVERY_S):
                answers = mine.recv()
        except EOFError:
            self.findings.check(holds=False, violation="recovery ended with an error")
        process.join(RECOVERY_S)
        self.findings.check(process.exitcode == 0, f"recovery ended with {process.exitcode}")
        return answers

    async def reckoned(self, place: Place, cases: list[Case], answers: dict[int, str]) -> None:
        async with opened(place, []) as shop:
            reckoning = RoundReckoning(self.findings, Books(place.folder / "books.jsonl"))
            await reckoning.read(shop.mongo)
            reckoning.of_all(cases, answers)
            self.findings.counts["messages taken"] += len(reckoning.books.receipts())
            await shop.mongo.client.drop_database(place.database)


async def prepared(place: Place, cases: list[Case]) -> None:
    async with opened(place, [case.sku for case in cases]) as shop:
        await shop.stored()
        for case in cases:
            await PROGRAMS[case.program][0](shop, case)
