"""A shelf that holds less than was promised: the newest promises move, a person is called for the rest, and a later figure ends it."""

from datetime import timedelta
from typing import Any

import pytest

from gateway.domain.claims.documents import Marker, StockDoc
from gateway.domain.ids import LocationCode, Rid, stock_key
from gateway.domain.order_status import order_status
from gateway.domain.shortfall import missing_units
from gateway.ports.ledger import Statement
from gateway.ports.order_book import Record
from resolvers import shortfalls
from resolvers.commands.move_claims import move_claims
from resolvers.context import World
from resolvers.shortfalls import cover_shortfalls
from resolvers.sweeping import Step
from tests.domain.retailer import LYON, NANTES, WAREHOUSE
from tests.support.memory_shop import POS, WMS, A, B, MemoryShop, check_ledger, check_sums, order_of
from tests.support.placed_orders import announced, goods, placed

PATIENCE = timedelta(minutes=6)


@pytest.fixture
async def shop() -> MemoryShop:
    shop = await MemoryShop().fill()
    shop.shelf(A, WAREHOUSE, 5)
    shop.shelf(A, LYON, 5)
    return shop


async def ordered(shop: MemoryShop, key: str, units: int = 2, place: LocationCode = WAREHOUSE) -> Record:
    shop.clock.pass_by(timedelta(seconds=1))
    return await placed(shop, goods(shop, (A, units, place)), key=key)


async def figure(shop: MemoryShop, quantity: int, order: int, place: LocationCode = WAREHOUSE) -> None:
    now = shop.clock.now()
    source, at = (WMS, order) if place == WAREHOUSE else (POS, int(now.timestamp() * 1000))
    await shop.world.stock.state_all(source, [Statement(stock_key(A, place), quantity, 0, at, now, begun_at=now)])


async def places(shop: MemoryShop, record: Record) -> list[str]:
    return [claim.key.rpartition("|")[2] for claim in (await shop.record(record.rid)).claims]


async def attention(shop: MemoryShop, record: Record) -> list[str]:
    return [one.code for one in order_of(await shop.record(record.rid)).attention]


async def test_the_newest_promise_goes_to_another_place_and_the_older_stays(shop: MemoryShop) -> None:
    old, new = await ordered(shop, "old"), await ordered(shop, "new")
    await figure(shop, 3, 101)
    assert shop.free(A, WAREHOUSE) == -1
    assert await cover_shortfalls(shop.world) == 0
    assert (await places(shop, old), await places(shop, new)) == ([WAREHOUSE], [LYON])
    assert (shop.free(A, WAREHOUSE), shop.free(A, LYON)) == (1, 3)
    assert (await attention(shop, old), await attention(shop, new)) == ([], [])
    assert await cover_shortfalls(shop.world) == 0
    assert await shop.world.stock.overdrawn() == []
    for record in (old, new):
        check_sums(order_of(await shop.record(record.rid)))
    check_ledger(shop.database)


async def test_a_person_is_called_to_what_no_place_has_and_not_any_more_once_it_is_there(shop: MemoryShop) -> None:
    await figure(shop, 0, 0, LYON)
    old, new = await ordered(shop, "old"), await ordered(shop, "new")
    await figure(shop, 3, 101)
    for _ in range(2):
        assert await cover_shortfalls(shop.world) == 1
        assert (await attention(shop, old), await attention(shop, new)) == ([], ["SHORTFALL"])
    told = order_of(await shop.record(new.rid)).attention[0]
    assert told.fulfillment == f"{order_of(new).number}-1"
    assert [one.called for one in await shop.world.stock.overdrawn()] == [{new.rid}]
    await figure(shop, 4, 102)
    assert await cover_shortfalls(shop.world) == 0
    assert (await attention(shop, new), await shop.world.stock.overdrawn()) == ([], [])
    assert order_status(order_of(await shop.record(new.rid))) == "ROUTED"


async def test_a_promise_that_cannot_be_moved_keeps_no_other_shelf_waiting(shop: MemoryShop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.shelf(B, WAREHOUSE, 5)
    stuck = await ordered(shop, "stuck", 3)
    other = await placed(shop, goods(shop, (B, 3, WAREHOUSE)), key="other")

    async def failing(world: World, record: Record, *asked: Any) -> bool:
        if record.rid == stuck.rid:
            raise KeyError("a place that is gone")
        return await move_claims(world, record, *asked)

    failed: list[str] = []

    async def attempt(name: str, step: Step, rid: Rid | None = None) -> None:
        try:
            await step()
        except KeyError:
            failed.append(name)

    monkeypatch.setattr(shortfalls, "move_claims", failing)
    now = shop.clock.now()
    stated = [Statement(stock_key(sku, WAREHOUSE), 1, 0, 101, now, begun_at=now) for sku in (A, B)]
    await shop.world.stock.state_all(WMS, stated)
    assert await cover_shortfalls(shop.world, attempt) == 4
    assert failed == [f"shortfalls {stuck.claims[0].mid}"]
    assert (await attention(shop, stuck), await attention(shop, other)) == (["SHORTFALL"], ["SHORTFALL"])


async def test_nothing_more_is_sold_of_a_shelf_below_zero(shop: MemoryShop) -> None:
    await ordered(shop, "old")
    await figure(shop, 1, 101)
    assert (await ordered(shop, "late", 1)).why == "INSUFFICIENT"


async def test_what_was_sent_may_be_counted_already_so_it_is_given_time(shop: MemoryShop) -> None:
    record = await ordered(shop, "sent", 5)
    await announced(shop, record.rid, order_of(record).fulfillments[0].number)
    await figure(shop, 0, 101)
    assert shop.free(A, WAREHOUSE) == -5
    assert await cover_shortfalls(shop.world) == 0
    assert await attention(shop, record) == []
    shop.clock.pass_by(PATIENCE)
    assert await cover_shortfalls(shop.world) == 5
    assert await attention(shop, record) == ["SHORTFALL"]


async def test_what_was_sent_stays_and_unsent_promises_go_first(shop: MemoryShop) -> None:
    sent = await ordered(shop, "sent")
    await announced(shop, sent.rid, order_of(sent).fulfillments[0].number)
    old, new = await ordered(shop, "old", 1), await ordered(shop, "new", 1)
    await figure(shop, 2, 101)
    shop.clock.pass_by(PATIENCE)
    assert await cover_shortfalls(shop.world) == 0
    assert [await places(shop, one) for one in (sent, old, new)] == [[WAREHOUSE], [LYON], [LYON]]


async def test_a_shelf_of_which_nothing_is_owed_any_more_is_left_alone(shop: MemoryShop) -> None:
    await figure(shop, 2, 0, NANTES)
    assert await cover_shortfalls(shop.world) == 0


def test_what_its_owner_let_go_of_may_be_counted_still_and_be_on_its_way_back_for_a_while() -> None:
    kept, back = Marker(3, 0, ok=True), Marker(1, 0, ok=True, asked=9, let_go=9)
    doc = StockDoc(stock_key(A, WAREHOUSE), WMS, 2, -2, changed_ms=5, markers={"kept_1_1": kept, "back_1_1": back})
    assert missing_units(doc, (), patience_ms=10, now=15) == 0
    assert missing_units(doc, (), patience_ms=10, now=16) == 2
