"""Orders handed over while systems misbehave and relays die: nothing is lost, nothing is done twice, everything in its turn.

The WMS is of class A, B and C in turn, the ERP of B, the shops of A, the suppliers of C. Without our key the WMS takes what is sent twice
as two orders, as does the ERP; only our own care keeps them from it.
"""

import asyncio
import contextlib
import os
import random
import secrets
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from adapters.mongo.embedded import EmbeddedDatabase
from gateway.domain.network import HandOverClass
from gateway.domain.outbox import OutboxEntry
from gateway.network.file import load
from gateway.outbox import Verdict, Wanted, decided
from gateway.ports.order_book import Record
from gateway.sandbox.network import Retailer
from gateway.sandbox.processes import start
from gateway.wiring import Running, connected
from resolvers.sync.source import sync_everything
from tests.campaigns.campaign import Findings, Tell
from tests.campaigns.handing_over import truth
from tests.campaigns.handing_over.buyers import SHOP, SUPPLIER, WAREHOUSE, Buyers
from tests.campaigns.handing_over.network import Scale, written
from tests.campaigns.handing_over.relays import Crew, Death, ProcessCrew, TaskCrew
from tests.campaigns.handing_over.seeded import SEEDED
from tests.campaigns.handing_over.storm import Storm, kinds
from tests.support.sandbox_sources import SandboxSources

CLASSES: tuple[HandOverClass, ...] = ("A", "B", "C")
RETAILER = Retailer(seed=11, sku_count=40, store_count=2, warehouse_count=1)
PLENTY = 50_000
QUICK = {"relay_idle_s": 0.4, "relays": 2, "recover_every_s": 1.0, "route_every_s": 0.5, "lease_s": 3.0, "hand_over_first_pause_s": 0.1}
SHORT = Scale(
    orders=60,
    workers=3,
    processes=False,
    spell_s=0.5,
    kill_every_s=1.2,
    slow_ms=1_600,
    quiet_s=2,
    settings=QUICK
    | {
        "read_timeout_s": 0.5,
        "mutation_timeout_s": 0.5,
        "hand_over_lease_s": 2.6,
        "hand_over_longest_pause_s": 0.8,
        "poll_factor": 0.4,
    },
)
FULL = Scale(
    orders=1_000,
    workers=3,
    processes=True,
    spell_s=5,
    kill_every_s=6,
    slow_ms=4_000,
    quiet_s=6,
    least_spells=2,
    settings=QUICK
    | {
        "read_timeout_s": 1.0,
        "mutation_timeout_s": 1.0,
        "hand_over_lease_s": 5.0,
        "hand_over_longest_pause_s": 4.0,
        "poll_factor": 0.4,
    },
)
SEEDED_SCALE = replace(SHORT, orders=40, rest_s=20)


def run(full: bool, tell: Tell) -> Findings:  # noqa: FBT001 - what a campaign takes
    findings, scale, seed = Findings(), FULL if full else SHORT, secrets.randbelow(10**6)
    tell(f"seed {seed}")
    with (
        tempfile.TemporaryDirectory(prefix="hand-over-") as folder,
        EmbeddedDatabase(Path(folder) / "database") as database,
        start(retailer=RETAILER, data=Path(folder) / "sandbox", speed=10, behavior=BEHAVIOR) as sandbox,
    ):
        sources = SandboxSources(sandbox)
        fill(sources)
        stage = Stage(sources, Path(folder), database.uri)
        for hand_over in CLASSES:
            began_s = time.monotonic()
            asyncio.run(Trial(hand_over, scale, stage, f"class_{hand_over}", random.Random(f"{seed}{hand_over}"), findings).run())  # noqa: S311 - a die
            tell(f"class {hand_over}: {time.monotonic() - began_s:.1f} s, {len(findings.violations)} violations so far")
        findings.must_fire(*kinds(scale), "connection refused", "workers killed", "killed while sending")
        if full:
            findings.details["Faults put into the hand-over itself"] = [
                HEADS,
                *(caught(name, stage, seed, findings, tell) for name in SEEDED),
            ]
        sources.close()
    return findings


MOST_ROUNDS = 3
"""Of decisions: on a busy machine a lease ends before its answer comes, and what nobody can be asked about is parked again."""
HEADS = ("fault", "class", "violations", "the first")


def caught(name: str, stage: "Stage", seed: int, findings: Findings, tell: Tell) -> tuple[object, ...]:
    """Run a small trial of a hand-over with a fault of ours in it; to find nothing wrong is the violation."""
    seeded, broken = SEEDED[name], Findings()
    with seeded.fault():
        dice, scale = random.Random(f"{seed}{name}"), replace(SEEDED_SCALE, only=seeded.shows_by)  # noqa: S311 - a die
        asyncio.run(Trial(seeded.hand_over, scale, stage, f"seeded_{dice.randrange(10**6)}", dice, broken).run())
    findings.check(bool(broken.violations), f"this fault was put in and not caught: {name}")
    tell(f"{name}: {len(broken.violations)} violations")
    return (name, seeded.hand_over, len(broken.violations), (broken.violations or ["-"])[0])


BEHAVIOR: dict[str, dict[str, float | bool]] = {
    "wms": {"other_sales_per_hour": 0, "reject_rate": 0.05, "ship_after_s": 60},
    "pos": {"sell_rate_per_hour": 0, "restock_rate_per_hour": 0},
    **{code: {"other_sales_per_hour": 0} for code in ("atlas", "borealis", "comet")},
}


SKUS = tuple(product.item_no for product in RETAILER.offered(SUPPLIER))


def fill(sources: SandboxSources) -> None:
    """Put more than anybody buys where orders are meant to come from."""
    for sku in SKUS:
        for code, place in (("wms", WAREHOUSE), ("pos", SHOP), (SUPPLIER, SUPPLIER)):
            sources.post(code, "stock", location=place, sku=sku, quantity=PLENTY)


@contextlib.contextmanager
def lent(environment: Mapping[str, str]) -> Iterator[None]:
    """Put the systems' credentials where adapters look for them."""
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@dataclass(frozen=True, slots=True)
class Stage:
    """The running systems, and the database that every trial has a part of its own in."""

    sources: SandboxSources
    folder: Path
    uri: str


@dataclass
class Trial:
    """One class: buyers and workers on a database of its own, a storm over the systems and death among the workers."""

    hand_over: HandOverClass
    scale: Scale
    stage: Stage
    database: str
    dice: random.Random
    findings: Findings
    running: Running = field(init=False)
    buyers: Buyers = field(init=False)

    async def run(self) -> None:
        path = written(self.stage.folder, self.hand_over, self.scale)
        settings = self.scale.settings_on(self.stage.uri, self.database)
        with lent(self.stage.sources.environment):
            self.running = await connected(settings, load(path, self.stage.sources.environment))
        try:
            await self.begin()
            crew = self.crew(path)
            await self.through_the_storm(crew)
            books = await self.at_rest(crew)
            await self.people_decide(books, crew)
        finally:
            await self.running.stop()

    async def begin(self) -> None:
        """Read everything once, before anything goes wrong."""
        reports = await sync_everything(self.running.world)
        assert not [report for report in reports if report.error], reports
        await self.running.start()

    def crew(self, path: Path) -> Crew:
        if not self.scale.processes:
            return TaskCrew(self.running.world, self.scale.settings_on(self.stage.uri, self.database), self.scale.workers)
        environment = self.scale.environment(self.stage.uri, self.database) | self.stage.sources.environment
        return ProcessCrew(path, environment, self.scale.workers, self.stage.folder)

    async def through_the_storm(self, crew: Crew) -> None:
        """Let buyers order in the midst of it, and go on until every kind of misbehavior was there."""
        world = self.running.world
        self.buyers = Buyers(world, SKUS, self.dice)
        storm, death = Storm(self.stage.sources, world.outbox, self.scale, self.dice), Death(crew, world.outbox, self.scale, self.dice)
        crew.start()
        async with death.abroad():
            raging = asyncio.create_task(storm.rage())
            await self.buyers.shop(self.scale.orders, self.scale.buyers)
            storm.call_off()
            await raging
        self.findings.fired += storm.fired + death.counts
        self.findings.counts += Counter({f"spells of {kind}": times for kind, times in storm.spells.items()})
        self.findings.counts += Counter({f"{self.hand_over}: {what}": times for what, times in self.buyers.counts.items()})

    async def at_rest(self, crew: Crew) -> truth.Books:
        """Wait until no message is under way, end the workers, and hold our books against the systems'."""
        await self.nothing_under_way()
        await crew.stop()
        books = await truth.read(self.running, self.buyers.rids, self.stage.sources)
        truth.check_books(books, self.findings)
        await truth.check_ledger(self.running, self.findings)
        truth.tally(books, self.hand_over, self.findings)
        return books

    async def nothing_under_way(self) -> None:
        """Wait for the end of every message that a relay may take, and of every change that somebody died of.

        Messages behind one that is parked wait with it. Stuck is what has not become less for so long: a busy machine is slow, and no more.
        """
        least: tuple[int, int] | None = None
        until_s = 0.0
        while any(waiting := (await truth.under_way(self.running.world.outbox), await truth.open_changes(self.running))):
            messages, changes = waiting
            if least is None or (len(messages), len(changes)) < least:
                least, until_s = (len(messages), len(changes)), time.monotonic() + self.scale.rest_s
            if time.monotonic() > until_s:
                stuck = f"{len(messages)} messages are stuck, as {messages[:3]}" if messages else f"changes stay open: {changes}"
                self.findings.check(False, f"class {self.hand_over}: {stuck}")
                return
            await asyncio.sleep(0.5)

    async def people_decide(self, books: truth.Books, crew: Crew) -> None:
        """Let a person look at each system's own books and decide: then every piece of work is where it belongs, once.

        What is parked anew meanwhile is decided in the next round.
        """
        for _ in range(MOST_ROUNDS):
            parked = [(record, entry) for record in books.records.values() for entry in record.outbox if entry.state == "PARKED"]
            if not parked:
                break
            outcomes = [await self.decide(books, record, entry) for record, entry in parked]
            self.findings.counts += Counter(f"{self.hand_over}: parked and {one}" for one in outcomes)
            crew.start()
            await self.nothing_under_way()
            await crew.stop()
            books = await truth.read(self.running, self.buyers.rids, self.stage.sources)
            truth.check_books(books, self.findings)
        left = await self.running.world.outbox.counts()
        self.findings.check(not any(states.get("PARKED") for states in left.values()), f"messages are parked still: {left}")

    async def decide(self, books: truth.Books, record: Record, entry: OutboxEntry) -> str:
        arrived = truth.has_arrived(books, record, entry)
        verdict = Verdict("CONFIRM" if arrived else "RETRY", note="asked them")
        number = record.order.number if record.order else ""
        wanted = Wanted((f"{number}/{entry.n}",))
        first, second = [(await decided(self.running.world, wanted, verdict))[0] for _ in range(2)]
        done = (first.outcome, second.outcome)
        self.findings.check(done == ("DONE", "ALREADY"), f"{wanted.messages[0]} {first.told}, then {second.told}")
        return "confirmed" if arrived else "sent again"
