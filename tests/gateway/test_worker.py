"""The loops over memory adapters: work goes on beside what fails, and ends in order."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway import worker as loops
from gateway.domain.claims.documents import Entry, Marker
from gateway.domain.claims.programs import NoOtherPlace, Pick, Request, content, reserve
from gateway.domain.errors import SourceUnavailable, Unavailable
from gateway.domain.feeds import Message, Receipt, WorkNews
from gateway.domain.ids import Rid, SourceCode, capacity_key, rid_of, sku_and_location, stock_key
from gateway.domain.order import OrderHold
from gateway.domain.personal import PersonalData
from gateway.ports.order_book import Record
from gateway.settings import Settings
from gateway.sweeper import PATIENCE
from gateway.telemetry import DRIFTS, LOOP_FAILURES
from gateway.worker import Worker
from resolvers.commands.location_inputs import PauseLocation
from resolvers.commands.pause_location import pause_location
from resolvers.commands.router import route
from resolvers.context import World
from tests.domain.retailer import LYON, WAREHOUSE
from tests.support.memory_network import MemoryNetwork, row
from tests.support.memory_shop import ERP, OPERATOR, POS, WMS, A, B, SteppedClock, order_of
from tests.support.placed_orders import goods, placed

AWAY = SourceUnavailable("wms", "refused the connection")
FAST = Settings(
    poll_factor=0.002,
    relay_idle_s=0.01,
    recover_every_s=0.02,
    route_every_s=0.02,
    beat_every_s=0.02,
    lease_s=0.5,
    drain_s=2,
    read_budget_s=1,
    mutation_budget_s=1,
    relays=2,
    audit_sample=0,
    shortfalls_every_s=0.02,
)


@dataclass
class RunningClock(SteppedClock):
    """Goes on by itself from where it was set."""

    started_s: float = field(default_factory=time.monotonic)

    def now(self) -> datetime:
        return self.at + timedelta(seconds=time.monotonic() - self.started_s)

    def now_ms(self) -> int:
        return int(self.now().timestamp() * 1000)


@pytest.fixture
def network() -> MemoryNetwork:
    """Nothing was read yet."""
    return MemoryNetwork(clock=RunningClock())


@asynccontextmanager
async def working(network: MemoryNetwork, settings: Settings = FAST) -> AsyncIterator[Worker]:
    worker = Worker(network.world, settings)
    worker.start()
    try:
        yield worker
    finally:
        await worker.stop()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await holds():  # noqa: ASYNC110 - what is waited for shows in the books alone
            await asyncio.sleep(0.01)


async def read(network: MemoryNetwork, *codes: SourceCode) -> None:
    async def all_read() -> bool:
        return all([(await network.feed(code)).last_full_at for code in codes])

    await until(all_read)


def has_effects(network: MemoryNetwork, code: SourceCode, kinds: Sequence[str]) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        return [message.kind for message in network.targets[code].effects] == list(kinds)

    return check


async def test_claims_of_nobody_are_found_and_given_back(network: MemoryNetwork) -> None:
    network.shelf(A, WAREHOUSE, 5)
    stock = network.database.stock[stock_key(A, WAREHOUSE)]
    network.database.put_stock(replace(stock, free=2, markers={"NOBODY_1_1": Marker(3, 1)}))

    async def free_again() -> bool:
        return not any(marker.q for marker in network.database.stock[stock.key].markers.values())

    with capture_logs() as lines:
        async with working(network):
            await until(free_again)
    assert [(line["position"], line["count"]) for line in lines if line["event"] == "claims_of_nobody"] == [("A|WH", 1)]


async def test_an_order_is_routed_handed_over_and_followed_while_another_system_is_away(network: MemoryNetwork) -> None:
    async with working(network) as worker:
        await read(network, WMS, POS)
        network.lose(WMS, AWAY)
        near = await placed(network, goods(network, (A, 1, LYON)), key="near", route=False)
        far = await placed(network, goods(network, (A, 1, WAREHOUSE)), key="far", route=False)
        await until(has_effects(network, POS, ["STORE_TASK"]))
        await until(has_effects(network, ERP, ["ORDER", "ORDER"]))
        number = order_of(await network.record(near.rid)).fulfillments[0].number
        network.shop_news.tell(WorkNews("n1", number, "ACCEPTED", network.clock.now()))
        network.shop_stock.state(row("B", LYON, 9))

        async def followed() -> bool:
            order = order_of(await network.record(near.rid))
            return order.fulfillments[0].state == "ACCEPTED" and network.stock("B", LYON).q == 9

        await until(followed)
        assert (await network.feed(WMS)).failures > 0
        assert network.quantities(WAREHOUSE) == {"A": 10, "B": 4}
        waiting = next(entry for entry in (await network.record(far.rid)).outbox if entry.source == WMS)
        assert (waiting.state in {"WAITING", "SENDING"}, waiting.reference) == (True, None)
        network.find_again(WMS)
        await until(has_effects(network, WMS, ["SHIPMENT"]))

        async def well_again() -> bool:
            return (await network.feed(WMS)).failures == 0

        await until(well_again)
        assert not any(task.done() for task in (*worker.tasks, *worker.relays))


async def test_an_offer_that_nobody_answers_goes_to_another_place(network: MemoryNetwork) -> None:
    network.world = replace(network.world, sources={code: replace(one, hand_over=None) for code, one in network.world.sources.items()})
    async with working(network, FAST.model_copy(update={"lapse_every_s": 0.02})):
        await read(network, WMS, POS)
        places = await network.world.locations.locations()
        await network.world.locations.save([replace(place, accept_within=timedelta(hours=1)) for place in places])

        async def known() -> bool:
            return (await network.world.surroundings.current(network.clock.now())).locations[WAREHOUSE].accept_within is not None

        await until(known)
        record = await placed(network, goods(network, (A, 1, WAREHOUSE)), route=False)

        async def offered() -> bool:
            return bool(order_of(await network.record(record.rid)).fulfillments)

        await until(offered)
        network.clock.at += timedelta(hours=1)

        async def moved() -> bool:
            works = order_of(await network.record(record.rid)).fulfillments
            return [work.state for work in works] == ["LAPSED", "OFFERED"]

        await until(moved)


async def test_what_waits_at_a_place_that_pauses_goes_to_another(network: MemoryNetwork) -> None:
    network.world = replace(network.world, sources={code: replace(one, hand_over=None) for code, one in network.world.sources.items()})
    async with working(network, FAST.model_copy(update={"pauses_every_s": 0.02})):
        await read(network, WMS, POS)
        record = await placed(network, goods(network, (A, 1, LYON)))
        await pause_location(network.context(OPERATOR), PauseLocation("p" * 22, LYON))

        async def moved() -> bool:
            works = order_of(await network.record(record.rid)).fulfillments
            return [(work.location, work.state) for work in works] == [(LYON, "CANCELED"), (WAREHOUSE, "OFFERED")]

        await until(moved)


async def test_orders_that_wait_are_planned_again_where_the_settings_say_so(network: MemoryNetwork) -> None:
    async with working(network, FAST.model_copy(update={"reoptimize_every_s": 0.02})):
        await read(network, WMS, POS)
        parts = goods(network, (A, 1, WAREHOUSE), (B, 1, LYON))
        record = await placed(network, parts, hold=OrderHold("FRAUD"), route=False)

        async def in_one_place() -> bool:
            claims = (await network.record(record.rid)).claims
            return len({sku_and_location(claim.key)[1] for claim in claims}) == 1

        await until(in_one_place)


async def test_sources_that_were_down_at_the_start_are_read_as_soon_as_they_answer(network: MemoryNetwork) -> None:
    network.lose(ERP, AWAY)
    network.shops.switch.fault = AWAY
    async with working(network):
        await asyncio.sleep(0.1)
        assert network.database.stock == {}
        network.find_again(ERP)
        await read(network, WMS)
        assert network.quantities(LYON) == {}
        network.shops.switch.fault = None
        await read(network, POS)
        assert network.quantities(LYON) == {"A": 5, "B": 2}


async def test_a_system_that_hangs_keeps_no_other_one_waiting(network: MemoryNetwork) -> None:
    async def hang(message: Message) -> Receipt:
        await asyncio.Event().wait()
        raise AssertionError

    network.targets[ERP].send = hang  # type: ignore[method-assign]
    worker = Worker(network.world, FAST.model_copy(update={"drain_s": 0.05}))
    worker.start()
    await read(network, WMS, POS)
    for n in range(6):
        await placed(network, goods(network, (A, 1, WAREHOUSE)), key=str(n))
    await until(has_effects(network, WMS, ["SHIPMENT"] * 6))
    await worker.stop()
    assert all(task.done() for task in (*worker.tasks, *worker.relays))


async def test_a_message_under_way_comes_to_its_end_when_the_worker_stops(network: MemoryNetwork) -> None:
    send, begun = network.targets[WMS].send, asyncio.Event()

    async def slow(message: Message) -> Receipt:
        begun.set()
        await asyncio.sleep(0.1)
        return await send(message)

    network.targets[WMS].send = slow  # type: ignore[method-assign]
    async with working(network):
        await read(network, WMS, POS)
        record = await placed(network, goods(network, (A, 1, WAREHOUSE)))
        await begun.wait()
    states = {entry.source: entry.state for entry in (await network.record(record.rid)).outbox}
    assert states[WMS] == "ACKNOWLEDGED"


async def test_a_worker_that_ends_lets_its_leases_go_and_a_dead_one_s_lapse(network: MemoryNetwork) -> None:
    async with working(network):
        await read(network, WMS)
        assert not await network.world.leases.acquire("sync-wms", "another", 1)
    assert await network.world.leases.acquire("sync-wms", "another", 0.2)
    network.clock.at += timedelta(hours=7)
    whole = (await network.feed(WMS)).last_full_at
    async with working(network):

        async def read_again() -> bool:
            return (await network.feed(WMS)).last_full_at != whole

        await until(read_again)


async def test_a_worker_ends_though_its_leases_cannot_be_given_back(network: MemoryNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def hang(name: str, _holder: str) -> None:
        asked.append(name)
        await asyncio.Event().wait()

    worker = Worker(network.world, FAST.model_copy(update={"stop_s": 0.1}))
    worker.start()
    await read(network, WMS, POS)
    monkeypatch.setattr(network.world.leases, "release", hang)
    async with asyncio.timeout(10):
        await worker.stop()
    assert {"sync-wms", "sync-pos", "route"} <= set(asked)


async def test_a_lease_lasts_as_long_as_its_step(network: MemoryNetwork) -> None:
    snapshot = network.depot_stock.snapshot

    async def slow():  # type: ignore[no-untyped-def] # noqa: ANN202 - stands in front of the real one
        await asyncio.sleep(0.8)
        async for batch in snapshot():
            yield batch

    network.depot_stock.snapshot = slow  # type: ignore[method-assign]
    async with working(network):
        await asyncio.sleep(0.75)
        assert not await network.world.leases.acquire("sync-wms", "another", 1)


async def test_a_loop_outlives_whatever_fails_in_it_and_says_so_once(network: MemoryNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    faults: list[Exception] = [SourceUnavailable("wms", "is away"), SourceUnavailable("wms", "is away"), KeyError("a fault of ours")]
    unrouted = network.world.orders.unrouted

    async def failing(*asked: Any):  # type: ignore[no-untyped-def] # noqa: ANN202 - stands in front of the real one
        if faults:
            raise faults.pop(0)
        return await unrouted(*asked)

    monkeypatch.setattr(network.world.orders, "unrouted", failing)
    with capture_logs() as lines:
        async with working(network):
            await read(network, WMS, POS)
            await placed(network, goods(network, (A, 1, WAREHOUSE)), route=False)
            await until(has_effects(network, WMS, ["SHIPMENT"]))

            async def recovered() -> bool:
                return any(line["event"] == "loop_recovered" for line in lines)

            await until(recovered)
    assert [line["event"] for line in lines if line.get("loop") == "route"] == ["loop_failed", "loop_recovered"]


async def test_one_order_that_cannot_be_routed_keeps_no_other_waiting(network: MemoryNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    poisoned: list[Rid] = []

    async def failing(world, record):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202 - stands in front of the real one
        if record.rid in poisoned:
            raise ZeroDivisionError
        return await route(world, record)

    monkeypatch.setattr(loops, "route", failing)
    await network.sync()
    poisoned.append((await placed(network, goods(network, (A, 1, WAREHOUSE)), key="poison", route=False)).rid)
    await placed(network, goods(network, (A, 1, WAREHOUSE)), key="good", route=False)
    async with working(network):
        await until(has_effects(network, WMS, ["SHIPMENT"]))


async def test_a_list_of_any_length_is_swept_in_one_round(network: MemoryNetwork) -> None:
    network.shelf(A, WAREHOUSE, 500)
    for n in range(3 * loops.BATCH + 1):
        shelf = [Pick(stock_key(A, WAREHOUSE), 1)]
        request = Request(rid_of("buyer", "hold", str(n)), "fp", shelf, NoOtherPlace(), content(Entry()), "HELD", 60_000)
        await network.world.claims.run(reserve(request))
    network.clock.pass_by(timedelta(minutes=10))
    await Worker(network.world, FAST)._recover()
    assert {order.st for order in network.database.orders.values()} == {"VOID"}
    assert network.free(A, WAREHOUSE) == 500


async def test_orders_that_fail_stand_in_the_way_of_none_and_a_person_is_called_to_them(
    network: MemoryNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, "BATCH", 2)
    poisoned: set[Rid] = set()

    async def failing(world: World, record: Record) -> Record:
        if record.rid in poisoned:
            raise ZeroDivisionError
        return await route(world, record)

    monkeypatch.setattr(loops, "route", failing)
    await network.sync()
    for n in range(5):
        poisoned.add((await placed(network, goods(network, (A, 1, WAREHOUSE)), key=str(n), route=False)).rid)
    network.clock.pass_by(timedelta(seconds=1))
    good = await placed(network, goods(network, (A, 1, WAREHOUSE)), key="good", route=False)
    worker, before = Worker(network.world, FAST), LOOP_FAILURES.labels("route")._value.get()
    await worker._route()
    assert [work.state for work in order_of(await network.record(good.rid)).fulfillments] == ["OFFERED"]

    async def called() -> set[Rid]:
        return {rid for rid in poisoned if order_of(await network.record(rid)).attention}

    assert await called() == set()
    for _ in range(PATIENCE - 1):
        await worker._route()
    assert (await called(), LOOP_FAILURES.labels("route")._value.get() - before) == (poisoned, 5 * PATIENCE)
    mended = set(poisoned)
    poisoned.clear()
    await worker._route()
    for rid in mended:
        order = order_of(await network.record(rid))
        assert (order.attention, [work.state for work in order.fulfillments]) == ((), ["OFFERED"])


def cut(worker: Worker, loops: int) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        return len(worker.sweeper.cut_off) == loops

    return check


async def test_a_database_that_is_away_is_told_once_and_once_when_it_is_back(
    network: MemoryNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = asyncio.Event()

    def cut_off(call: Any) -> Any:
        async def called(*arguments: Any, **named: Any) -> Any:
            if away.is_set():
                raise Unavailable("The database is away.")
            return await call(*arguments, **named)

        return called

    for port, name in ((network.world.orders, "unrouted"), (network.world.orders, "overdue"), (network.world.stock, "beat")):
        monkeypatch.setattr(port, name, cut_off(getattr(port, name)))
    with capture_logs() as lines:
        async with working(network) as worker:
            away.set()
            await until(cut(worker, 3))
            away.clear()
            await until(cut(worker, 0))
    assert [line["event"] for line in lines if line["event"].startswith(("database", "loop"))] == ["database_lost", "database_recovered"]


async def test_what_a_call_that_died_left_of_a_person_is_purged_and_what_an_order_needs_stays(network: MemoryNetwork) -> None:
    await network.sync()
    record = await placed(network, goods(network, (A, 1, WAREHOUSE)))
    for rid in (record.rid, Rid("DIED")):
        await network.world.orders.save_personal(PersonalData(rid, name="Ana"))
    network.clock.pass_by(timedelta(hours=25))
    await network.world.orders.save_personal(PersonalData(Rid("UNDER-WAY"), name="Ana"))
    async with working(network):

        async def gone() -> bool:
            return Rid("DIED") not in network.database.personal

        await until(gone)
    assert set(network.database.personal) == {record.rid, "UNDER-WAY"}


async def test_what_was_booked_of_days_long_over_is_forgotten(network: MemoryNetwork) -> None:
    today = network.clock.now().date()
    long_over, kept = (capacity_key(LYON, today - timedelta(days=days)) for days in (32, 31))
    for key in (long_over, kept):
        await network.world.capacity.set_room(key, 4)
    async with working(network):

        async def gone() -> bool:
            return long_over not in network.database.capacity

        await until(gone)
    assert set(network.database.capacity) == {kept}


async def test_a_rare_loop_that_failed_does_not_wait_for_its_next_turn(network: MemoryNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    faults: list[Exception] = [Unavailable("The database is away."), KeyError("a fault of ours")]
    purge = network.world.orders.purge_personal

    async def failing(saved_before: datetime, limit: int) -> int:
        if faults:
            raise faults.pop(0)
        return await purge(saved_before, limit)

    monkeypatch.setattr(network.world.orders, "purge_personal", failing)
    await network.world.orders.save_personal(PersonalData(Rid("DIED"), name="Ana"))
    network.clock.pass_by(timedelta(hours=25))
    async with working(network):

        async def gone() -> bool:
            return not network.database.personal

        await until(gone)


async def test_a_person_is_called_to_what_a_place_sold_that_was_promised(network: MemoryNetwork) -> None:
    async with working(network):
        await read(network, WMS, POS)
        network.targets[WMS].switch.fault = AWAY
        record = await placed(network, goods(network, (A, 2, WAREHOUSE)))
        network.depot_stock.state(row("A", WAREHOUSE, 1, sequence=1))

        async def overdrawn() -> bool:
            return network.stock("A", WAREHOUSE).free < 0

        await until(overdrawn)
        network.clock.at += timedelta(minutes=6)

        async def covered() -> bool:
            order = order_of(await network.record(record.rid))
            return "SHORTFALL" in [one.code for one in order.attention] or network.stock("A", WAREHOUSE).free >= 0

        await until(covered)


async def test_a_running_audit_tells_what_does_not_fit_and_gives_nothing_back(network: MemoryNetwork) -> None:
    auditing = FAST.model_copy(update={"audit_sample": 9, "audit_every_s": 0.02, "audit_pause_s": 0.01})
    key = stock_key(A, WAREHOUSE)
    with capture_logs() as lines:
        async with working(network, auditing):
            await read(network, WMS, POS)
            doc = network.database.stock[key]
            network.database.stock[key] = replace(doc, free=doc.free - 3, markers={"NOBODY_1_1": Marker(3, 1, ok=True)})

            async def told() -> bool:
                return any(line["event"] == "drift_found" for line in lines)

            await until(told)
    found = next(line for line in lines if line["event"] == "drift_found")
    assert (found["kind"], found["position"], found["claim"]) == ("ORPHAN", key, "NOBODY_1_1")
    assert network.database.stock[key].markers["NOBODY_1_1"].q == 3
    assert DRIFTS.labels("ORPHAN")._value.get() >= 1
