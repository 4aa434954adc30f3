"""Work that goes to another place, on a real database: each change is written as it is decided in memory, and nothing is held twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase

from adapters.mongo.pauses import MongoPauses
from gateway.domain.calendar import always
from gateway.domain.location import Address
from gateway.domain.order import OrderHold
from gateway.ports.order_book import Record
from resolvers.commands.change_delivery import change_delivery
from resolvers.commands.inputs import ChangeDelivery, OrderRef
from resolvers.commands.lapse_offers import lapse_offers
from resolvers.commands.location_inputs import PauseLocation
from resolvers.commands.pause_location import pause_location
from resolvers.commands.router import route
from resolvers.hand_over.relay import relay_one
from resolvers.pausing import source_paused
from resolvers.reoptimizing import Improved, reoptimize
from tests.domain.retailer import LYON, NANTES, PLACES, WAREHOUSE
from tests.resolvers.commands.test_commands_on_mongo import MongoShop
from tests.support.memory_shop import OPERATOR, A, B, SteppedClock, check_sums, order_of
from tests.support.placed_orders import announced, goods, placed
from tests.support.working import Worker

DAY = timedelta(days=1)


@pytest.fixture
async def real(database: AsyncIOMotorDatabase[dict[str, Any]]) -> MongoShop:
    """The shop as of yesterday, so that what was offered then has ended by the database's clock; it is never closed."""
    shop = await MongoShop(clock=SteppedClock(datetime.now(UTC).replace(microsecond=0) - DAY)).on(database)
    shop.world = replace(shop.world, pauses=MongoPauses(database))
    open_always = [replace(place, opening=always(place.time_zone), accept_within=timedelta(hours=2)) for place in PLACES.values()]
    await shop.world.locations.save(open_always)
    for place in (WAREHOUSE, LYON, NANTES):
        shop.shelf(A, place, 10)
    shop.shelf(B, LYON, 10)
    await shop.stored()
    return shop


async def offered(shop: MongoShop, **more: Any) -> Record:
    return await route(shop.world, await placed(shop, goods(shop, (A, 3, WAREHOUSE)), route=False, **more))


async def routed(shop: MongoShop) -> None:
    for record in await shop.world.orders.unrouted(shop.clock.now(), 10):
        await route(shop.world, record)


async def works(shop: MongoShop, record: Record) -> list[tuple[str, str]]:
    order = order_of(await shop.record(record.rid))
    check_sums(order)
    return [(work.location, work.state) for work in order.fulfillments]


async def free(shop: MongoShop) -> list[int]:
    return [await shop.free_units(f"A|{place}") for place in (WAREHOUSE, LYON)]


async def test_a_rejected_remainder_goes_elsewhere_and_the_rest_stays(real: MongoShop) -> None:
    record = await offered(real)
    worker = Worker(real, OPERATOR, order_of(record).fulfillments[0].number)
    await worker.reject("NO_CAPACITY")
    await routed(real)
    assert await works(real, record) == [("WH", "REJECTED"), ("LYO", "OFFERED")]
    assert await free(real) == [10, 7]


async def test_an_offer_lapses_by_the_clock_of_the_database(real: MongoShop) -> None:
    record = await offered(real)
    late = await real.world.orders.lapsing(10)
    assert [one.rid for one in late.records] == [record.rid]
    assert late.at - real.clock.now() >= DAY - timedelta(minutes=1)
    for _ in range(2):
        await lapse_offers(real.world, late.records[0], late.at)
    await routed(real)
    assert await works(real, record) == [("WH", "LAPSED"), ("LYO", "OFFERED")]
    assert await free(real) == [10, 7]


async def test_an_offer_that_a_relay_announces_first_is_not_ended_under_it(real: MongoShop) -> None:
    record = await offered(real)
    late = await real.world.orders.lapsing(10)
    await announced(real, record.rid, order_of(record).fulfillments[0].number)
    await lapse_offers(real.world, late.records[0], late.at)
    assert (await works(real, record), await free(real)) == ([("WH", "OFFERED")], [7, 10])


async def test_a_place_that_pauses_is_left_and_every_process_knows_it(real: MongoShop) -> None:
    record = await offered(real)
    await pause_location(real.context(OPERATOR), PauseLocation("p" * 22, WAREHOUSE))
    other = replace(real.world, pauses=MongoPauses(real.mongo))
    assert (await other.surroundings.current(real.clock.now())).locations[WAREHOUSE].status == "PAUSED"
    assert [await source_paused(other) for _ in range(2)] == [1, 0]
    assert await works(real, record) == [("WH", "CANCELED"), ("LYO", "OFFERED")]
    assert await free(real) == [10, 7]


async def test_an_order_that_waits_moves_where_one_parcel_is_enough(real: MongoShop) -> None:
    parts = goods(real, (A, 1, WAREHOUSE), (B, 1, LYON))
    record = await placed(real, parts, hold=OrderHold("FRAUD"), route=False)
    could = await reoptimize(real.world, dry_run=True)
    assert await reoptimize(real.world) == could
    assert await reoptimize(real.world) == Improved(1, ())
    assert {claim.key for claim in (await real.record(record.rid)).claims} == {"A|LYO", "B|LYO"}
    assert await free(real) == [10, 9]


async def test_a_delivery_changes_once_its_system_has_given_the_work_back(real: MongoShop) -> None:
    record = await offered(real)
    while await relay_one(real.world, "relay"):
        pass
    to = Address("FR", name="Camille Martin", line1="9 cours Lafayette", postal_code="69003", city="Lyon")
    wish = ChangeDelivery("c" * 22, OrderRef(rid=record.rid), f"{record.rid}/1", address=to)
    asked = order_of(await change_delivery(real.context(OPERATOR), wish))
    assert asked.groups[0].change
    while await relay_one(real.world, "relay"):
        pass
    await routed(real)
    assert [state for _, state in await works(real, record)] == ["CANCELED", "OFFERED"]
    (group,) = order_of(await real.record(record.rid)).groups
    kept = (await real.world.orders.personal([record.rid]))[record.rid].address_by_group
    assert (group.change, group.postal_code, kept[group.address_name]) == (None, "69003", to)
    assert sum(await free(real)) == 17
