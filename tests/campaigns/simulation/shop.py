"""Buyers, relays, sweepers and the owner of the stock at their work: few keys, few units, so that all meet."""

import asyncio
import contextlib
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from adapters.mongo.gathering import DATABASE_ERRORS
from gateway.domain.claims.acknowledging import acknowledge
from gateway.domain.claims.carrying import Pick
from gateway.domain.claims.documents import Acknowledged, Claim, Entry, OrderDoc
from gateway.domain.claims.programs import Fit, Planned, Request, cancel, change, extend, place_hold, recover, reduce, reserve, retract
from gateway.domain.claims.steps import ReadOrder, Step
from gateway.domain.delivery_group import Plan
from gateway.domain.errors import Unavailable
from gateway.domain.ids import Rid, SourceCode, StockKey
from gateway.domain.outbox import OutboxEntry
from tests.campaigns.simulation.machines import Machine
from tests.campaigns.simulation.source import Owner
from tests.campaigns.simulation.watch import Watch

OWNER = SourceCode("s")
LEASE_S = 6.0
Program = Generator[Step, Any, Any]


@dataclass(frozen=True)
class Places:
    """Plans what is short at the next of these places."""

    keys: tuple[StockKey, ...]

    def again(self, short: Sequence[Pick], tried: frozenset[StockKey], free: int, plan: Plan) -> Planned | None:
        left = [key for key in self.keys if key not in tried]
        return Planned((Pick(left[0], sum(pick.units for pick in short)),), plan) if left else None


def owed(order: OrderDoc) -> Entry:
    """Return the messages of an order as it will be: one about each claim that none tells of yet."""
    told = {mid for entry in order.outbox for mid in entry.mids}
    fresh = [claim for claim in order.claims if claim.mid not in told] if order.st == "PLACED" else []
    first = len(order.outbox) + 1
    entries = [OutboxEntry(n, claim.mid, "SHIPMENT", OWNER, claim.mid, mids=(claim.mid,)) for n, claim in enumerate(fresh, first)]
    standing = {claim.mid for claim in order.claims}
    return Entry(outbox=tuple(entries), drop_waiting=tuple(entry.n for entry in order.outbox if not standing & set(entry.mids)))


@dataclass
class Shop:
    """What may be asked of a handful of orders, and who asks."""

    dice: Random
    keys: list[StockKey]
    rids: list[Rid]
    owner: Owner
    watch: Watch
    open: bool = True
    requests: dict[Rid, Request] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for n, rid in enumerate(self.rids):
            picks = [
                Pick(key, self.dice.choice((1, 1, 2)))
                for key in self.dice.sample(self.keys, min(len(self.keys), self.dice.choice((1, 1, 2))))
            ]
            then: Any = "PLACED" if n % 3 == 0 else "HELD"
            planner = Places(tuple(self.dice.sample(self.keys, self.dice.choice((0, 1, len(self.keys))))))
            self.requests[rid] = Request(rid, "fp", picks, planner, owed, then, hold_ms=self.dice.choice((4_000, 9_000)))

    async def serve(self, machine: Machine) -> None:
        """Serve one buyer, or several at once: what they want of one place is then carried together."""
        await asyncio.gather(*(self.buy(machine) for _ in range(self.dice.choice((1, 1, 3)))))

    async def buy(self, machine: Machine) -> None:
        """Ask for one thing or another about one order, and then about it again."""
        rid = self.dice.choice(self.rids)
        await self.ask(machine, rid, reserve(self.requests[rid]))
        for _ in range(self.dice.choice((0, 1, 1, 2))):
            await asyncio.sleep(self.dice.choice((0, 0.2, 3)))
            await self.ask(machine, rid, self.wish(rid))

    async def ask(self, machine: Machine, rid: Rid, program: Program) -> None:
        try:
            answer = await machine.claims.run(program)
        except Unavailable:
            self.watch.count("told that the database is away")
        else:
            self.watch.hear(rid, answer)

    def wish(self, rid: Rid) -> Program:
        dice = self.dice
        by = Rid(f"{rid}by{dice.choice('ab')}")
        wishes: list[Callable[[], Program]] = [
            lambda: reserve(self.requests[rid]),
            lambda: place_hold(rid, by, "fp", lambda order: Fit(keep=order.claims), owed),
            lambda: place_hold(rid, by, "fp", lambda order: Fit(keep=order.claims), owed),
            lambda: cancel(rid),
            lambda: change(rid, Rid(f"{by}m"), self.moved(dice.choice(self.keys)), owed),
            lambda: change(rid, Rid(f"{by}n"), self.moved(dice.choice(self.keys)), owed),
            lambda: change(rid, Rid(f"{by}f"), fewer, owed),
            lambda: extend(rid, 6_000),
            lambda: cut(rid),
        ]
        return dice.choice(wishes)()

    @staticmethod
    def moved(key: StockKey) -> Callable[[OrderDoc], Fit | None]:
        def fitting(order: OrderDoc) -> Fit | None:
            away = [claim for claim in order.claims if claim.key != key and claim.mid not in order.sent][:1]
            return Fit(tuple(c for c in order.claims if c not in away), (Pick(key, away[0].units),)) if away else None

        return fitting

    async def sweep(self, machine: Machine) -> None:
        while self.open:
            await asyncio.sleep(self.dice.choice((0.2, 1, 2)))
            with contextlib.suppress(Unavailable):
                await self.sweep_once(machine)

    async def sweep_once(self, machine: Machine) -> int:
        rids = await machine.orders.overdue(50)
        for rid in rids:
            await machine.claims.run(recover(rid))
        return len(rids)

    async def tidy(self, machine: Machine) -> None:
        """Fold what may be, again and again."""
        while self.open:
            await asyncio.sleep(self.dice.uniform(0.2, 2))
            with contextlib.suppress(*DATABASE_ERRORS):
                self.watch.count("markers folded", await machine.claims.folding.fold(self.dice.choice(self.keys)))

    async def relay(self, machine: Machine) -> None:
        while self.open:
            await asyncio.sleep(self.dice.uniform(0.3, 1))
            with contextlib.suppress(Unavailable):
                while await self.relay_once(machine):
                    pass

    async def relay_once(self, machine: Machine) -> bool:
        """Carry one message to the owner, and its answer into the ledger."""
        claimed = await machine.outbox.claim("relay", [OWNER], await machine.outbox.now(), LEASE_S)
        if claimed is None:
            return False
        record, entry = claimed
        if not {claim.mid for claim in record.claims} & set(entry.mids):  # taken back meanwhile: there is nothing to send
            await machine.outbox.settle(record.rid, replace(entry, state="DROPPED"))
            return True
        announced = await machine.outbox.announce(record, entry, await machine.outbox.now(), LEASE_S)
        if announced is None:
            return True
        entry = next(one for one in announced.outbox if one.n == entry.n)
        await asyncio.sleep(self.dice.uniform(0, 0.3))
        for claim in (claim for claim in announced.claims if claim.mid in entry.mids):
            await self.carry(machine, announced.rid, claim)
        await machine.outbox.settle(announced.rid, replace(entry, state="ACKNOWLEDGED"))
        self.watch.count("messages carried")
        return True

    async def carry(self, machine: Machine, rid: Rid, claim: Claim) -> None:
        answer = self.owner.take(claim)
        if answer.word == "TAKEN":
            await machine.claims.run(acknowledge([Acknowledged(claim, answer.k)]))
            return
        lost = answer.k if answer.word == "NOT_FOUND" else None
        while True:
            record = (await machine.orders.records([rid]))[rid]
            if claim.mid not in {one.mid for one in record.claims}:
                return
            await machine.claims.run(retract(rid, record.v, frozenset({claim.mid}), owed, lost))

    async def listen(self, machine: Machine) -> None:
        """Take the owner's figures in, late and in any order; rare ones leave time for claims to be folded."""
        pauses_s = self.dice.choice(((1, 4), (6, 14)))
        while self.open:
            await asyncio.sleep(self.dice.uniform(*pauses_s))
            if self.dice.random() < 0.3:
                self.owner.receive(self.dice.choice(self.keys), 1)
            figures = self.owner.figures()
            await asyncio.sleep(self.dice.choice((0, 0.1, 3)))
            with contextlib.suppress(Unavailable):
                await machine.stock.state_all(OWNER, figures)


def fewer(order: OrderDoc) -> Fit:
    return Fit(keep=tuple(claim if claim.mid in order.sent else replace(claim, units=1) for claim in order.claims))


def cut(rid: Rid) -> Program:
    """Cancel one unit of what was not announced, on what is read."""
    order = yield ReadOrder(rid)
    claims = [claim for claim in order.claims if claim.mid not in order.sent] if order else []
    if not claims:
        return order
    return (yield from reduce(rid, order.v, {claims[0].mid: claims[0].units - 1}, owed))
