"""Orders through random lives: whatever places, customers, people and clocks do to them, no unit is lost, doubled or forgotten."""

import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from gateway.domain.errors import DomainError, SourceRejected
from gateway.domain.ids import stock_key
from gateway.domain.lifecycle import BEFORE_THE_CUSTOMER
from gateway.domain.network import HandOverClass
from gateway.domain.order import Fulfillment, Order
from gateway.domain.order_amounts import order_amounts
from gateway.domain.order_terms import UNDECIDED
from gateway.domain.ordering.units import held
from gateway.ports.ledger import Statement
from gateway.ports.order_book import Record
from resolvers.commands.cancel_order import cancel_order
from resolvers.commands.change_delivery import change_delivery
from resolvers.commands.inputs import CancelOrder, ChangeDelivery, LineUnits, OrderRef, ResolveHandOver, RouteOrder
from resolvers.commands.lapse_offers import lapse_offers
from resolvers.commands.location_inputs import PauseLocation, ResumeLocation
from resolvers.commands.pause_location import pause_location
from resolvers.commands.resolve_hand_over import resolve_hand_over
from resolvers.commands.resume_location import resume_location
from resolvers.commands.route_order import route_order
from resolvers.commands.router import route
from resolvers.commands.work_inputs import AcceptLine, PickLine
from resolvers.hand_over.relay import relay_one
from resolvers.pausing import source_paused
from resolvers.questions.hand_overs import HandOver
from resolvers.reoptimizing import reoptimize
from resolvers.shortfalls import cover_shortfalls
from tests.domain.retailer import LYON, NANTES, PLACES, WAREHOUSE
from tests.resolvers.commands.test_place_order import HOME
from tests.support.memory_shop import NETWORK, OPERATOR, POS, WMS, A, B, MemoryShop, check_ledger, check_sums, order_of
from tests.support.placed_orders import goods, placed
from tests.support.working import Worker

SEEDS, STEPS = 60, 30
REASONS = ("STOCK_NOT_FOUND", "DAMAGED", "NO_CAPACITY", "CLOSED", "OTHER")


@dataclass
class Life:
    """One order, and what may happen to it next."""

    shop: MemoryShop
    record: Record
    random: random.Random
    calls: int = 0

    @property
    def key(self) -> str:
        self.calls += 1
        return f"call-{self.calls:022}"

    async def now(self) -> Record:
        return await self.shop.record(self.record.rid)

    async def work(self) -> Worker | None:
        works = [work for work in order_of(await self.now()).fulfillments if work.state in BEFORE_THE_CUSTOMER]
        return Worker(self.shop, OPERATOR, self.random.choice(works).number, self.calls * 100) if works else None

    async def lines(self, worker: Worker) -> list[tuple[str, int]]:
        """Return units of the work's lines that are still with it, each cut at random."""
        order = order_of(await self.now())
        work = next(one for one in order.fulfillments if one.number == worker.number)
        return [
            (f"{work.number}/{line.id}", self.random.randint(0, left)) for line in work.lines if (left := units_at(order, work, line.id))
        ]

    async def accept(self) -> None:
        if worker := await self.work():
            lines = [AcceptLine(line, units, reason=self.random.choice(REASONS)) for line, units in await self.lines(worker)]
            await worker.accept(*(lines if self.random.random() < 0.5 else ()))

    async def reject(self) -> None:
        if worker := await self.work():
            await worker.reject(self.random.choice(REASONS))

    async def pick(self) -> None:
        if worker := await self.work():
            await worker.pick(*(PickLine(line, units, self.random.choice(REASONS)) for line, units in await self.lines(worker)))

    async def send(self) -> None:
        """Bring work to its next step on the way to the customer, or two of them."""
        if worker := await self.work():
            work = next(one for one in order_of(await self.now()).fulfillments if one.number == worker.number)
            if work.state == "PICKED":
                order = order_of(await self.now())
                await worker.pack(**{f"l{line.id}": left for line in work.lines if (left := units_at(order, work, line.id))})
            elif work.state == "PACKED":
                await worker.ship()
            else:
                await worker.pick()

    async def cancel(self) -> None:
        line = self.random.choice(order_of(await self.now()).lines)
        asked = (LineUnits(f"{self.record.rid}/{line.id}", self.random.randint(1, line.quantity)),) if self.random.random() < 0.7 else None
        await cancel_order(self.shop.context(OPERATOR), CancelOrder(self.key, OrderRef(rid=self.record.rid), "CUSTOMER", asked))

    async def answer(self) -> None:
        """Let a place that is asked for something answer."""
        asked = [work for work in order_of(await self.now()).fulfillments if work.cancellation or work.asked_back_at]
        if asked:
            worker = Worker(self.shop, OPERATOR, self.random.choice(asked).number, self.calls * 100 + 50)
            await worker.answer(granted=self.random.random() < 0.6)

    async def reassign(self) -> None:
        if worker := await self.work():
            await worker.reassign(self.random.choice([None, *PLACES]))

    async def claim(self) -> None:
        if worker := await self.work():
            await worker.claim(self.random.choice(list(PLACES)))

    async def redirect(self) -> None:
        home = self.random.choice((HOME, replace(HOME, line1="14 rue de Rivoli"), replace(HOME, postal_code="69003", city="Lyon")))
        command = ChangeDelivery(self.key, OrderRef(rid=self.record.rid), f"{self.record.rid}/1", address=home)
        await change_delivery(self.shop.context(OPERATOR), command)

    async def reroute(self) -> None:
        place = self.random.choice(list(PLACES))
        command = RouteOrder(self.key, OrderRef(rid=self.record.rid), excluded_location_codes=(place,))
        await route_order(self.shop.context(OPERATOR), command)

    async def pause(self) -> None:
        await pause_location(self.shop.context(OPERATOR), PauseLocation(self.key, self.random.choice(list(PLACES))))

    async def resume(self) -> None:
        await resume_location(self.shop.context(OPERATOR), ResumeLocation(self.key, self.random.choice(list(PLACES))))

    async def relay(self) -> None:
        await relay_one(self.shop.world, "relay")

    async def refuse_messages(self) -> None:
        code, target = self.random.choice(list(self.shop.targets.items()))
        target.switch.fault = SourceRejected(code, "no")
        await relay_one(self.shop.world, "relay", [code])
        target.switch.fault = None

    async def lose_an_answer(self) -> None:
        code, target = self.random.choice(list(self.shop.targets.items()))
        target.lose_answers = 1
        await relay_one(self.shop.world, "relay", [code])
        target.lose_answers = 0

    async def resolve(self) -> None:
        record = await self.now()
        for entry in record.outbox:
            if entry.state in {"PARKED", "DEAD"}:
                named = HandOver(record.rid, "", entry).key
                word = self.random.choice(("RETRY", "CONFIRM", "DROP"))
                await resolve_hand_over(self.shop.context(OPERATOR), ResolveHandOver(self.key, named, word))

    async def hours_pass(self) -> None:
        self.shop.clock.pass_by(timedelta(hours=self.random.choice((1, 3))))

    async def loops(self) -> None:
        """Do what workers do."""
        world = self.shop.world
        late = await world.orders.lapsing(10)
        for record in late.records:
            await lapse_offers(world, record, late.at)
        await world.surroundings.anew(self.shop.clock.now())
        await source_paused(world)
        await cover_shortfalls(world)
        for record in await world.orders.unrouted(self.shop.clock.now(), 10):
            await route(world, record)

    async def improve(self) -> None:
        await reoptimize(self.shop.world)

    @property
    def steps(self) -> list[Callable[[], Awaitable[None]]]:
        often = [self.accept, self.pick, self.send, self.send, self.cancel, self.relay, self.relay, self.loops, self.loops]
        by_people = [self.reject, self.reroute, self.pause, self.resume, self.resolve, self.improve]
        by_people += [self.answer, self.reassign, self.claim, self.redirect]
        return [*often, *by_people, self.refuse_messages, self.lose_an_answer, self.hours_pass]

    async def settle(self) -> None:
        """Let every message be carried and every loop run until nothing more happens."""
        for place in PLACES:
            await resume_location(self.shop.context(OPERATOR), ResumeLocation(self.key, place))
        for _ in range(6):
            while await relay_one(self.shop.world, "relay"):
                pass
            await self.resolve()
            self.shop.clock.pass_by(timedelta(minutes=2))
            await self.loops()
        await self.count_again()

    async def count_again(self) -> None:
        """Let every place state what it has, so that what was not found there is known to be missing or found."""
        now = self.shop.clock.now()
        for source, places in ((WMS, (WAREHOUSE,)), (POS, (LYON, NANTES))):
            order = 1_000 if source == WMS else int(now.timestamp() * 1000)
            told = [Statement(stock_key(sku, place), 10, 0, order, now, begun_at=now) for place in places for sku in (A, B)]
            await self.shop.world.stock.state_all(source, told)


def units_at(order: Order, work: Fulfillment, line: str) -> int:
    part = next(one for one in work.lines if one.id == line)
    groups = next(one.units for one in order.lines if one.id == part.line)
    with_it = (units for units in groups if units.fulfillment == work.number and units.mid == part.mid and units.state != "CANCELED")
    return sum(units.quantity for units in with_it)


def check(record: Record) -> None:
    """Assert what holds of an order at any moment."""
    order = order_of(record)
    check_sums(order)
    claimed = {claim.mid: claim.units for claim in record.claims}
    for mid, units in held(order).items():
        assert claimed.get(mid, 0) >= units or mid in record.sent, (mid, units, claimed)
    for line in order.lines:
        for units in line.units:
            assert units.quantity > 0, line
            assert units.state == "CANCELED" or (units.location is None) == (units.state == "UNSOURCED"), units
    for work in order.fulfillments:
        for line in work.lines:
            assert 0 <= line.cancel_requested <= units_at(order, work, line.id), (work.state, line)
        asked = work.cancellation is not None and not ((work.is_moved or work.is_redirected) and work.asked_back_at)
        assert asked <= any(line.cancel_requested for line in work.lines) <= (work.cancellation is not None), work
        assert work.state in BEFORE_THE_CUSTOMER or work.cancellation is None
    for group in order.groups:
        units_without_place = [one for line in order.lines if line.group == group.id for one in line.units if one.state == "UNSOURCED"]
        if group.promise and group.promise.state in UNDECIDED and group.change is None:
            assert (group.promise.state == "AT_RISK") == bool(units_without_place), group
    amounts = order_amounts(order)
    assert amounts.refund_due == amounts.canceled


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_whatever_happens_every_unit_has_its_place_its_end_or_a_person(seed: int) -> None:
    life = await born(seed)
    for _ in range(STEPS):
        with suppress(DomainError):
            await life.random.choice(life.steps)()
        check(await life.now())
    await life.settle()
    record = await life.now()
    check(record)
    check_ledger(life.shop.database)
    order = order_of(record)
    assert not any(work.cancellation or work.asked_back_at for work in order.fulfillments)
    assert not any(group.change for group in order.groups)
    assert not [entry for entry in record.outbox if entry.state in {"WAITING", "SENDING", "PARKED", "DEAD"}]
    homeless = any(units.state in {"UNSOURCED", "ALLOCATED"} for line in order.lines for units in line.units)
    assert homeless == any(one.code == "UNSOURCED" for one in order.attention)
    for work in order.fulfillments:
        again = [later for later in order.fulfillments if later.created_at > work.updated_at and later.location == work.location]
        assert not (again and (work.rejections or work.state in {"REJECTED", "LAPSED"})), (work, again)


async def born(seed: int) -> Life:
    chance = random.Random(seed)  # noqa: S311 - a seeded story, no secret
    classes: Sequence[HandOverClass] = ("A", "B", "C")
    sources = tuple(source if source.kind == "ERP" else replace(source, hand_over=chance.choice(classes)) for source in NETWORK.sources)
    shop = await MemoryShop(replace(NETWORK, sources=sources)).fill()
    await shop.world.locations.save([replace(place, accept_within=timedelta(hours=2)) for place in PLACES.values()])
    for place in PLACES:
        shop.shelf(A, place, 10)
        shop.shelf(B, place, 10)
    parts = [(A, chance.randint(1, 3), chance.choice([WAREHOUSE, LYON])), (B, chance.randint(1, 3), chance.choice([WAREHOUSE, NANTES]))]
    record = await placed(shop, goods(shop, *parts), route=False)
    return Life(shop, await route(shop.world, record), chance)
