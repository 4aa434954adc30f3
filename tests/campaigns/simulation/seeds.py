"""One seed of the simulation: a storm of some seconds, then peace, recovery and the reckoning."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field, replace
from random import Random

from adapters.mongo.stock_documents import stock_document
from gateway.domain.claims.documents import StockDoc
from gateway.domain.claims.meaning import Times
from gateway.domain.claims.scrubbing import scrub
from gateway.domain.ids import Rid, StockKey
from tests.campaigns.simulation import clock
from tests.campaigns.simulation.driver import Link, Slips, Weather
from tests.campaigns.simulation.machines import LONGEST_CLOCK_ERROR_S, Machine, Work, mortal, simulated
from tests.campaigns.simulation.replicas import Entry, ReplicaSet
from tests.campaigns.simulation.shop import OWNER, Shop
from tests.campaigns.simulation.source import Owner
from tests.campaigns.simulation.storm import KINDS, storm
from tests.campaigns.simulation.watch import Watch

STORM_S = 16.0
REST_S = 40.0
"""Longer than any deadline, skew, hold, lease and silence."""
BUYERS = 6
HASTY = 0.5
"""Share of trials with a deadline as short as a slow command, and one key that all want: there the fences are needed."""
ROUNDS = 30


@dataclass
class Outcome:
    counts: Counter[str] = field(default_factory=Counter)
    fired: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)


@dataclass
class Trial:
    """`slips`: how the connections err, `times`: the protocol's bounds; both right unless a fault is seeded."""

    seed: int
    slips: Slips = field(default_factory=Slips)
    times: Times = field(default_factory=Times)

    def run(self) -> Outcome:
        self.dice = Random(self.seed)  # noqa: S311 - a die
        with simulated(self.dice):
            return clock.run(self.play())

    async def play(self) -> Outcome:
        dice, self.fired = self.dice, Counter[str]()
        self.liked, hasty = dice.choice(KINDS), dice.random() < HASTY
        self.times = replace(self.times, deadline_ms=1_000 if hasty else self.times.deadline_ms)
        keys = [StockKey(f"{name}|wh") for name in "xyz"[: 1 if hasty else dice.choice((1, 2, 3))]]
        self.owner = Owner(dice, {key: dice.randint(3, 8) if hasty else dice.randint(1, 4) for key in keys})
        self.watch = Watch(self.owner)
        self.replicas = ReplicaSet(dice, self.watch.seen, self.strike)
        for node in self.replicas.nodes:
            node.clock_error_ms = dice.randint(-500, 500)
        self.weather = Weather()
        self.shop = Shop(dice, keys, [Rid(f"r{n}") for n in range(6 if hasty else dice.choice((2, 3, 5)))], self.owner, self.watch)
        await self.opened()
        await self.stormed()
        await self.rested()
        return Outcome(self.watch.counts, self.fired, self.watch.violations)

    def strike(self, what: str, n: int) -> None:
        if n:
            self.fired[what] += n

    def machine(self) -> Machine:
        return Machine(Link(self.replicas, self.dice, self.weather, self.fired, self.slips), self.times)

    async def opened(self) -> None:
        self.replicas.elect()
        (primary,) = self.replicas.primaries()
        for key, units in self.owner.quantities.items():
            doc = StockDoc(key, OWNER, units, units, order=1, as_of_ms=clock.BEGIN_MS, sync_ms=clock.BEGIN_MS)
            primary.append(Entry(primary.term, "stock", key, stock_document(doc)))
        self.replicas.spread(primary)
        await asyncio.sleep(0.2)

    async def stormed(self) -> None:
        """Let everybody work while everything fails; who dies comes back as another machine."""
        shop, until = self.shop, clock.now_s() + STORM_S
        standing: list[Work] = [shop.sweep, shop.tidy, shop.relay, shop.relay, shop.listen]
        crews = [asyncio.create_task(self.crew(work, until)) for work in (*standing, *[shop.serve] * BUYERS)]
        failing = asyncio.create_task(storm(self.replicas, self.weather, self.dice, self.fired, self.liked))
        await asyncio.sleep(STORM_S)
        shop.open = False
        failing.cancel()
        self.weather.__init__()  # type: ignore[misc] # calm again
        self.replicas.heal()
        await asyncio.gather(*crews)

    async def crew(self, work: Work, until: float) -> None:
        while clock.now_s() < until:
            error_s = self.dice.choice((0, 0, self.dice.uniform(-1, 1) * LONGEST_CLOCK_ERROR_S))
            lives_s = self.dice.choice((0.05, 0.3, 2, 8, 60))
            machine = self.machine()
            machine.link.reaches = self.dice.choice(({0, 1, 2}, {0, 1, 2}, {0}, {1, 2}, {2}))
            try:
                if not await mortal(work, machine, error_s, lives_s):
                    self.fired["machines died"] += 1
            except Exception as error:  # noqa: BLE001 - whatever it is, it must not be
                self.watch.check(holds=False, violation=f"a machine failed: {error!r}")
            await asyncio.sleep(self.dice.uniform(0, 1.5))

    async def rested(self) -> None:
        """Recover all, deliver all, hear the owner's last figures."""
        machine = self.machine()
        for _ in range(2):
            await asyncio.sleep(REST_S)
            await self.settled(machine)
        for key in self.owner.quantities:
            self.owner.receive(key, 1)
        await machine.stock.state_all(OWNER, self.owner.figures())
        for key in self.owner.quantities:
            await machine.claims.run(scrub(key))
        await asyncio.sleep(1)
        self.watch.at_rest(self.replicas.documents)
        self.watch.counts["virtual seconds"] += int(clock.now_s())

    async def settled(self, machine: Machine) -> None:
        for _ in range(ROUNDS):
            try:
                busy = await self.shop.sweep_once(machine)
                while await self.shop.relay_once(machine):
                    busy += 1
            except Exception as error:  # noqa: BLE001 - whatever it is, it must not be
                self.watch.check(holds=False, violation=f"recovery failed: {error!r}")
                return
            if not busy:
                return
            await asyncio.sleep(10)
        self.watch.check(holds=False, violation="recovery comes to no end")
