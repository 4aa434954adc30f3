"""Many callers at once: few commands, exact sales, and nothing lost when nobody hears what became of a batch."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from pymongo import monitoring

from adapters.mongo.claims import MongoClaims
from adapters.mongo.client import client_of
from adapters.mongo.combining import Combining
from adapters.mongo.marker_steps import Sight
from adapters.mongo.stock_documents import stock_document, stock_of
from adapters.mongo.stock_steps import settle
from adapters.mongo.writes import Bounds
from gateway.domain.claims.documents import Claim, Marker, OrderDoc, StockDoc
from gateway.domain.claims.meaning import Times, after_step
from gateway.domain.claims.programs import Answer, Pick, Short, cancel, extend, place_hold, recover, reserve
from gateway.domain.claims.recording import Found
from gateway.domain.claims.steps import Create, Settle
from gateway.domain.ids import LocationCode, Rid, SourceCode, StockKey, capacity_key
from tests.contracts.claims import Elsewhere, as_it_is, nothing, request
from tests.support.lossy_proxy import LossyProxy, request_of

Database = AsyncIOMotorDatabase[dict[str, Any]]
X, Y = StockKey("sku|x"), StockKey("sku|y")
PATIENT = Times(deadline_ms=60_000)
BUYERS = 20


class Heard(monitoring.CommandListener):
    """Counts the commands that a client sends, by kind and collection."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        self.counts[event.command_name, str(event.command[event.command_name])] += 1

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...
    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...


async def shelf(database: Database, units: int, key: StockKey = X, **markers: Marker) -> None:
    whole = units + sum(marker.q for marker in markers.values())
    await database["stock"].replace_one(
        {"_id": key}, stock_document(StockDoc(key, SourceCode("wms"), whole, units, order=1, markers=markers)), upsert=True
    )


async def stock(database: Database, key: StockKey = X) -> StockDoc:
    found = await database["stock"].find_one({"_id": key})
    assert found is not None
    return stock_of(found)


async def buy(claims: MongoClaims, name: str, *picks: Pick, **kw: Any) -> Answer:
    return await claims.run(reserve(request(name, *(picks or (Pick(X, 1),)), **kw)))


def told(answer: Answer) -> str:
    if isinstance(answer, OrderDoc):
        return answer.why or answer.st
    return type(answer).__name__


async def at_rest(database: Database, claims: MongoClaims, *keys: StockKey) -> None:
    """Every unit is free or held by exactly one order that is at rest, and every movement is recorded."""
    owed: Counter[tuple[str, str, int]] = Counter()
    async for document in database["orders"].find():
        assert (document["change"], document["undo"], document["unsettled"]) == (None, [], False)
        owed.update((claim["key"], claim["mid"], claim["units"]) for claim in document["claims"])
    held: Counter[tuple[str, str, int]] = Counter()
    for key in keys:
        one = await stock(database, key)
        assert one.free >= 0
        assert one.free + sum(marker.q for marker in one.markers.values()) == one.q
        held.update((key, mid, marker.q) for mid, marker in one.markers.items() if marker.q)
    assert held == owed
    kinds: dict[str, int] = {"HOLD": 1, "ORDER": 1, "RELEASE": -1}
    moved: Counter[str] = Counter()
    placed = {one.cause for one in await claims.movements.all() if one.kind == "HOLD"}
    for one in await claims.movements.all():
        if one.kind != "ORDER" or one.cause not in placed:
            moved[one.cause] += kinds[one.kind] * one.units
    assert +moved == Counter({mid: units for _, mid, units in owed})


@pytest.fixture
async def counted(mongo_uri: str, database: Database) -> AsyncIterator[tuple[Database, Heard]]:
    """The test's database through a client whose commands are counted."""
    heard = Heard()
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(mongo_uri, tz_aware=True, event_listeners=[heard])
    await client.admin.command("ping")
    yield client[database.name], heard
    client.close()


async def test_many_orders_that_book_one_day_of_a_place_share_their_commands(counted: tuple[Database, Heard]) -> None:
    database, heard = counted
    await shelf(database, BUYERS)
    claims = MongoClaims(database, PATIENT)
    day = capacity_key(LocationCode("x"), date(2026, 3, 2))
    room = Pick(day, 1, room=BUYERS - 5)
    await buy(claims, "first", room, then="PLACED")
    heard.counts.clear()
    answers = await asyncio.gather(*(buy(claims, f"{n}", room, then="PLACED") for n in range(BUYERS)))
    assert Counter(map(told, answers)) == {"PLACED": BUYERS - 6, "INSUFFICIENT": 6}
    booked = await database["capacity"].find_one({"_id": day})
    assert booked is not None
    assert (booked["free"], sum(marker["q"] for marker in booked["m"].values())) == (0, BUYERS - 5)
    assert heard.counts["update", "capacity"] < 2 * BUYERS


async def test_many_buyers_of_one_article_share_their_commands(counted: tuple[Database, Heard]) -> None:
    database, heard = counted
    await shelf(database, BUYERS)
    claims = MongoClaims(database, PATIENT)
    heard.counts.clear()
    answers = await asyncio.gather(*(buy(claims, f"{n}") for n in range(BUYERS)))
    assert Counter(map(told, answers)) == {"HELD": BUYERS}
    assert heard.counts["insert", "orders"] == heard.counts["insert", "movements"] == 1
    assert heard.counts["update", "stock"] == heard.counts["update", "orders"] == 2
    await at_rest(database, claims, X)


async def test_one_buyer_alone_needs_six_commands(counted: tuple[Database, Heard]) -> None:
    database, heard = counted
    await shelf(database, 2)
    claims = MongoClaims(database, PATIENT)
    await buy(claims, "first")
    heard.counts.clear()
    assert told(await buy(claims, "second")) == "HELD"
    assert heard.counts.total() == 6


async def test_each_for_itself_is_a_setting(counted: tuple[Database, Heard]) -> None:
    database, heard = counted
    await shelf(database, BUYERS)
    claims = MongoClaims(database, PATIENT, combining=Combining(most=1, admission_s=0))
    answers = await asyncio.gather(*(buy(claims, f"{n}") for n in range(BUYERS)))
    assert Counter(map(told, answers)) == {"HELD": BUYERS}
    assert heard.counts["insert", "orders"] == BUYERS
    assert heard.counts["update", "stock"] >= 2 * BUYERS


async def test_once_a_place_is_sold_out_a_new_request_is_refused_without_an_entry(counted: tuple[Database, Heard]) -> None:
    database, heard = counted
    await shelf(database, 1)
    claims = MongoClaims(database, PATIENT)
    assert [told(await buy(claims, name)) for name in "ab"] == ["HELD", "INSUFFICIENT"]
    heard.counts.clear()
    assert await buy(claims, "c") == Short(X, 0)
    assert heard.counts == {("aggregate", "stock"): 1, ("aggregate", "orders"): 1}
    assert [told(await buy(claims, name)) for name in "ab"] == ["HELD", "INSUFFICIENT"]
    await claims.run(cancel(request("a").rid))
    assert told(await buy(claims, "c")) == "HELD"
    await at_rest(database, claims, X)


async def test_units_that_only_wait_for_a_sweeper_are_to_be_had(database: Database) -> None:
    await shelf(database, 1)
    claims = MongoClaims(database, PATIENT)
    assert [told(await buy(claims, name, hold_ms=1)) for name in "ab"] in (["HELD", "HELD"], ["HELD", "INSUFFICIENT"])
    await asyncio.sleep(0.01)
    assert told(await buy(claims, "c")) == "HELD"
    await at_rest(database, claims, X)


async def test_a_sold_out_place_sends_new_requests_to_the_next(database: Database) -> None:
    await shelf(database, 0)
    await shelf(database, 5, Y)
    claims = MongoClaims(database, PATIENT)
    for name in "abc":
        held = await buy(claims, name, planner=Elsewhere(Y))
        assert isinstance(held, OrderDoc)
        assert [one.key for one in held.claims] == [Y]
    await at_rest(database, claims, X, Y)


@pytest.mark.parametrize("most", [200, 3])
@pytest.mark.parametrize("seed", range(4))
async def test_a_crowd_that_does_everything_at_once_loses_and_doubles_nothing(database: Database, seed: int, most: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - a seeded sample
    for key in (X, Y):
        await shelf(database, 8, key)
    claims = MongoClaims(database, PATIENT, combining=Combining(most))

    async def shopper(n: int) -> None:
        name, picks = f"{n % 25}", [Pick(key, 1) for key in dice.sample((X, Y), 1 + n % 2)]
        answer = await buy(claims, name, *picks, fp=f"{n % 25}", planner=Elsewhere(X, Y))
        if not isinstance(answer, OrderDoc) or answer.st != "HELD":
            return
        program: Any = dice.choice([cancel(answer.rid), extend(answer.rid, 70_000), recover(answer.rid)])
        await claims.run(place_hold(answer.rid, Rid(f"K{name}"), "fp", as_it_is, nothing) if dice.random() < 0.4 else program)

    await asyncio.gather(*(shopper(n) for n in range(30)))
    await at_rest(database, claims, X, Y)


# lost answers


@pytest.fixture
async def far(wire: LossyProxy, database: Database) -> AsyncIterator[Database]:
    client = client_of(wire.uri, Bounds())
    await client.admin.command("ping")
    yield client[database.name]
    await asyncio.to_thread(client.close)  # it says goodbye through the wire, which runs in this loop


LOST = [("update", "stock"), ("insert", "orders"), ("update", "orders"), ("insert", "movements")]


@pytest.mark.parametrize("lost", LOST, ids=" ".join)
@pytest.mark.parametrize("times", [1, 2])
async def test_a_batch_whose_answer_is_lost_is_finished_by_each_of_its_callers(
    wire: LossyProxy, far: Database, lost: tuple[str, str], times: int
) -> None:
    await shelf(far, 5)
    claims = MongoClaims(far, PATIENT)
    wire.lose(times, request_of(*lost))
    answers = await asyncio.gather(*(buy(claims, f"{n}", Pick(X, 1)) for n in range(8)))
    assert wire.lost == times
    assert Counter(map(told, answers)) == {"HELD": 5, "INSUFFICIENT": 3}
    assert (await stock(far)).free == 0
    await at_rest(far, claims, X)


async def test_a_release_in_a_batch_whose_answer_is_lost_gives_back_once(wire: LossyProxy, far: Database) -> None:
    await shelf(far, 5)
    claims = MongoClaims(far, PATIENT)
    held = await asyncio.gather(*(buy(claims, f"{n}") for n in range(5)))
    wire.lose(1, request_of("update", "stock"))
    await asyncio.gather(*(claims.run(cancel(one.rid)) for one in held if isinstance(one, OrderDoc)))
    assert ((await stock(far)).free, wire.lost) == (5, 1)
    await at_rest(far, claims, X)


async def test_an_entry_whose_answer_is_lost_is_known_as_its_own_and_a_second_one_is_not_made(wire: LossyProxy, far: Database) -> None:
    claims = MongoClaims(far, PATIENT)
    step = Create(Rid("R1"), "fp", (Claim("R1_1_1", X, 1),), "HELD", 60_000)

    async def entered() -> bool:
        return await claims.orders.create(lambda now: after_step(None, step, now, PATIENT)) is not None

    wire.lose(1, request_of("insert", "orders"))
    assert (await entered(), wire.lost, await entered()) == (True, 1, False)


async def test_a_step_that_may_have_been_carried_out_before_says_so(wire: LossyProxy, far: Database) -> None:
    held = Marker(1, 32_503_680_000_000)
    await shelf(far, 1, R1_1_1=held)
    claims, step = MongoClaims(far, PATIENT), Settle(Claim("R1_1_1", X, 1), None)
    wire.lose(1, request_of("update", "stock"))
    applied, found = await claims.markers.apply(step, settle(step, PATIENT), Sight(held))
    assert (applied, found.surely, wire.lost) == (True, False, 1)
    again = await claims.markers.apply(step, settle(step, PATIENT), Sight(replace(held, ok=True)))
    assert again == (True, Found(replace(held, ok=True)))
