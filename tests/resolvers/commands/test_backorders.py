"""Orders for what is still to come: claimed of its lot, given out as it comes, and told when its date moves."""

import asyncio
from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.domain.catalogue import Price, Product
from gateway.domain.errors import DomainError, PromiseChanged
from gateway.domain.ids import Rid, Sku, stock_key
from gateway.domain.order import Order
from gateway.domain.order_status import order_status
from gateway.domain.promise.options import Destination, Quote
from gateway.domain.quantities import SkuQuantity
from gateway.domain.stock import Inbound
from gateway.ports.ledger import Statement, Supply
from resolvers import coming
from resolvers.coming import follow_supply
from resolvers.commands.answers import Placed
from resolvers.commands.cancel_order import cancel_order
from resolvers.commands.inputs import (
    CancelOrder,
    DeliveryGroupInput,
    HoldInput,
    LineUnits,
    OrderLineInput,
    OrderRef,
    PlaceOrder,
    ReserveLine,
    ReserveStock,
)
from resolvers.commands.place_order import place_order
from resolvers.commands.reserve_stock import reserve_stock
from resolvers.commands.route_order import ROUTER
from resolvers.commands.router import route
from resolvers.context import Context
from resolvers.questions.promises import BasketWish, delivery_promises
from resolvers.questions.reservations import lines
from resolvers.slipping import slipped
from resolvers.sweeping import Step
from tests.domain.retailer import LYON, PLACES, THURSDAY_8, WAREHOUSE, at
from tests.resolvers.commands.test_place_order import HOME
from tests.support.memory_shop import ERP, OPERATOR, WMS, A, MemoryShop, check_ledger, check_sums, order_of

SUNDAY, NEXT_WEEK = at("2025-06-29", "12:00"), at("2025-07-03", "12:00")
NEW = Sku("NEW")


@pytest.fixture
async def shop() -> MemoryShop:
    return await MemoryShop().fill()


async def expect(shop: MemoryShop, *lots: tuple[int, datetime, str], location: str = WAREHOUSE) -> None:
    told = tuple(Inbound("PURCHASE_ORDER", units, units, expected_at, name) for units, expected_at, name in lots)
    await shop.world.stock.supply(ERP, [Supply(stock_key(A, WAREHOUSE), "erp/inbound", told)])


async def come_in(shop: MemoryShop, units: int) -> None:
    """Let the warehouse count so many units now."""
    now = shop.clock.now()
    figure = Statement(stock_key(A, WAREHOUSE), units, 0, 200 + int((now - THURSDAY_8).total_seconds()), now, begun_at=now)
    await shop.world.stock.state_all(WMS, [figure])


async def quotes(shop: MemoryShop, units: int = 1, sku: Sku = A) -> tuple[Quote, ...]:
    context = shop.context()
    await context.ready()
    wish = BasketWish((SkuQuantity(sku, units),), destination=Destination("FR", "75004"), services=("standard",))
    return (await delivery_promises(context, wish)).quotes


def shipped(units: int, token: str | None = None, sku: Sku = A) -> DeliveryGroupInput:
    way = {"promise_token": token} if token else {"service_code": "standard"}
    return DeliveryGroupInput((OrderLineInput(sku, units),), address=HOME, **way)


async def placed(shop: MemoryShop, *groups: DeliveryGroupInput, key: str = "a", **more: object) -> Placed:
    return await place_order(shop.context(), PlaceOrder(key * 22, groups, **more))  # type: ignore[arg-type]


async def followed(shop: MemoryShop, rid: Rid) -> Order:
    """Let the worker look at what has come, and route."""
    await follow_supply(shop.world, Context(shop.world, ROUTER, shop.clock.now()))
    for record in await shop.world.orders.unrouted(shop.clock.now(), 10):
        await route(shop.world, record)
    order = order_of(await shop.record(rid))
    check_sums(order)
    return order


def states(order: Order) -> dict[str, int]:
    totals = Counter[str]()
    for line in order.lines:
        for units in line.units:
            totals[units.state] += units.quantity
    return dict(totals)


async def test_a_promise_of_supply_is_claimed_of_its_lot_and_given_out_as_it_comes(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 0)
    await expect(shop, (5, SUNDAY, "PO-1"))
    (quoted,) = await quotes(shop, 2)
    answer = await placed(shop, shipped(2, quoted.token))
    order = order_of(answer.record)
    assert (states(order), order_status(order), order.fulfillments) == ({"BACKORDERED": 2}, "ROUTED", ())
    assert order.lines[0].units[0].expected_at == SUNDAY
    assert [claim.peg.lot for claim in answer.record.claims if claim.peg] == ["erp/inbound#PO-1"]
    assert shop.view.states(A, shop.clock.now())[0].lots[0].available == 3
    shop.clock.pass_by(SUNDAY - shop.clock.now())
    await come_in(shop, 5)
    order = await followed(shop, answer.record.rid)
    assert states(order) == {"OFFERED": 2}
    assert [work.location for work in order.fulfillments] == [WAREHOUSE]
    assert order.groups[0].promise is not None
    assert order.groups[0].promise.latest == quoted.option.latest
    assert shop.free(A, WAREHOUSE) == 3


async def test_an_order_that_cannot_be_followed_keeps_no_other_waiting(shop: MemoryShop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.shelf(A, WAREHOUSE, 0)
    await expect(shop, (5, SUNDAY, "PO-1"))
    records = [(await placed(shop, shipped(1, (await quotes(shop))[0].token), key=key)).record for key in "ab"]
    first, last = sorted(records, key=lambda record: record.rid)

    async def failing(context: Context, order: Order, *asked: Any) -> Any:
        if order.rid == first.rid:
            raise KeyError("a lot that is gone")
        return await slipped(context, order, *asked)

    failed: list[str] = []

    async def attempt(name: str, step: Step, rid: Rid | None = None) -> None:
        try:
            await step()
        except KeyError:
            failed.append(f"{name} {rid}")

    monkeypatch.setattr(coming, "slipped", failing)
    shop.clock.pass_by(SUNDAY - shop.clock.now())
    await come_in(shop, 5)
    assert await follow_supply(shop.world, Context(shop.world, ROUTER, shop.clock.now()), attempt) == 1
    assert failed == [f"supply {first.rid} {first.rid}"]
    assert states(order_of(await shop.record(last.rid))) == {"ALLOCATED": 1}


async def test_a_lot_is_sold_once(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 0)
    await expect(shop, (3, SUNDAY, "PO-1"))
    token = (await quotes(shop, 2))[0].token
    answers = await asyncio.gather(*(placed(shop, shipped(2, token), key=key) for key in "abc"), return_exceptions=True)
    assert [type(answer) for answer in answers].count(Placed) == 1
    assert {answer.reason for answer in answers if isinstance(answer, PromiseChanged)} == {"NO_STOCK"}
    check_ledger_with_lots(shop)


def check_ledger_with_lots(shop: MemoryShop) -> None:
    for doc in shop.database.stock.values():
        assert doc.free + sum(marker.shelf for marker in doc.markers.values()) == doc.q
        assert sum(marker.due for marker in doc.markers.values()) <= sum(lot.quantity for lots in doc.lots.values() for lot in lots)


async def test_units_that_come_in_part_are_kept_until_the_rest_has_come(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 1)
    await expect(shop, (1, SUNDAY, "PO-1"), (2, NEXT_WEEK, "PO-2"))
    record = (await placed(shop, shipped(3), on_shortage="BACKORDER")).record
    assert states(order_of(record)) == {"BACKORDERED": 3}
    shop.clock.pass_by(SUNDAY - shop.clock.now())
    await come_in(shop, 2)
    order = await followed(shop, record.rid)
    assert (states(order), order.fulfillments) == ({"ALLOCATED": 1, "BACKORDERED": 2}, ())
    shop.clock.pass_by(NEXT_WEEK - shop.clock.now())
    await come_in(shop, 4)
    order = await followed(shop, record.rid)
    assert (states(order), len(order.fulfillments)) == ({"OFFERED": 3}, 1)
    assert shop.free(A, WAREHOUSE) == 1


async def test_without_consent_nobody_waits(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 0)
    await expect(shop, (5, SUNDAY, "PO-1"))
    with pytest.raises(DomainError) as refused:
        await placed(shop, shipped(2))
    assert [one.refusal for one in refused.value.each] == ["INSUFFICIENT_STOCK"]
    record = (await placed(shop, shipped(2), key="b", on_shortage="BACKORDER")).record
    assert states(order_of(record)) == {"BACKORDERED": 2}


async def test_a_date_that_moves_moves_the_promise_and_is_told(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 0)
    await expect(shop, (5, SUNDAY, "PO-1"))
    quoted = (await quotes(shop, 2))[0]
    record = (await placed(shop, shipped(2, quoted.token))).record
    await expect(shop, (5, NEXT_WEEK, "PO-1"))
    order = await followed(shop, record.rid)
    promise = order.groups[0].promise
    assert promise is not None
    assert (promise.latest - quoted.option.latest, promise.earlier[0].cause) == (timedelta(days=5), "INBOUND_LATE")
    assert [event.type for event in order.history][-1] == "PROMISE_MOVED"
    assert order.lines[0].units[0].expected_at == NEXT_WEEK
    assert await followed(shop, record.rid) == order
    await expect(shop, (5, SUNDAY, "PO-1"))
    earlier = await followed(shop, record.rid)
    assert earlier.groups[0].promise == promise
    assert earlier.lines[0].units[0].expected_at == SUNDAY


async def why(shop: MemoryShop, rid: Rid) -> list[tuple[str, list[str], str]]:
    """Return the decisions on an order, the newest first: what made them, from where, and in which words."""
    found = await shop.world.decisions.of(rid, 5)
    return [(one.trigger, [shipment.location for shipment in one.shipments], one.summary) for one in found]


async def test_a_date_that_moves_is_decided_on_and_told_why(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 0)
    await expect(shop, (5, SUNDAY, "PO-1"))
    record = (await placed(shop, shipped(2, (await quotes(shop, 2))[0].token))).record
    shop.clock.pass_by(timedelta(minutes=5))
    await expect(shop, (5, NEXT_WEEK, "PO-1"))
    await followed(shop, record.rid)
    await followed(shop, record.rid)
    (trigger, places, summary), (first, _, _) = await why(shop, record.rid)
    assert (trigger, places, first) == ("INBOUND_MOVED", [WAREHOUSE], "PLACED")
    assert summary.startswith(f"From {PLACES[WAREHOUSE].name}")
    await expect(shop, (5, SUNDAY, "PO-1"))
    await followed(shop, record.rid)
    assert [trigger for trigger, *_ in await why(shop, record.rid)] == ["INBOUND_MOVED", "PLACED"]


@pytest.mark.parametrize("later", [NEXT_WEEK, None])
async def test_another_place_keeps_a_promise_that_its_supply_keeps_no_more(shop: MemoryShop, later: datetime | None) -> None:
    shop.shelf(A, WAREHOUSE, 0)
    await expect(shop, (5, SUNDAY, "PO-1"))
    quoted = (await quotes(shop, 2))[0]
    record = (await placed(shop, shipped(2, quoted.token))).record
    shop.clock.pass_by(timedelta(minutes=5))
    shop.shelf(A, LYON, 3)
    await expect(shop, *([(5, later, "PO-1")] if later else []))
    order = await followed(shop, record.rid)
    promise = order.groups[0].promise
    assert promise is not None
    assert (promise.latest, promise.earlier, order.attention) == (quoted.option.latest, (), ())
    assert (states(order), [work.location for work in order.fulfillments]) == ({"OFFERED": 2}, [LYON])
    assert [(trigger, places) for trigger, places, _ in await why(shop, record.rid)] == [("INBOUND_MOVED", [LYON]), ("PLACED", [WAREHOUSE])]
    assert shop.free(A, LYON) == 1
    check_ledger_with_lots(shop)


async def test_an_order_on_hold_that_goes_elsewhere_waits_for_its_release(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 0)
    await expect(shop, (5, SUNDAY, "PO-1"))
    token = (await quotes(shop, 2))[0].token
    record = (await placed(shop, shipped(2, token), hold=HoldInput("FRAUD"))).record
    shop.shelf(A, LYON, 3)
    await expect(shop, (5, NEXT_WEEK, "PO-1"))
    order = await followed(shop, record.rid)
    assert (states(order), order.fulfillments, order.routed) == ({"ALLOCATED": 2}, (), False)


async def test_supply_that_nobody_expects_any_more_calls_a_person_once(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 0)
    await expect(shop, (5, SUNDAY, "PO-1"))
    record = (await placed(shop, shipped(2), on_shortage="BACKORDER")).record
    await expect(shop)
    order = await followed(shop, record.rid)
    assert [one.code for one in order.attention] == ["PROMISE_LOST"]
    assert await followed(shop, record.rid) == order


async def test_canceling_what_waits_gives_its_lot_back(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 0)
    await expect(shop, (5, SUNDAY, "PO-1"))
    record = (await placed(shop, shipped(3), on_shortage="BACKORDER")).record
    part = CancelOrder("c" * 22, OrderRef(rid=record.rid), "CUSTOMER", lines=(LineUnits(f"{record.rid}/1", 2),))
    await cancel_order(shop.context(OPERATOR), part)
    assert states(order_of(await shop.record(record.rid))) == {"BACKORDERED": 1, "CANCELED": 2}
    assert shop.view.states(A, shop.clock.now())[0].lots[0].available == 4
    await cancel_order(shop.context(OPERATOR), CancelOrder("d" * 22, OrderRef(rid=record.rid), "CUSTOMER"))
    assert shop.view.states(A, shop.clock.now())[0].lots[0].available == 5


async def test_what_lies_there_goes_first_and_a_lot_that_was_sold_meanwhile_is_replaced(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 0)
    await expect(shop, (2, SUNDAY, "PO-1"))
    token = (await quotes(shop, 2))[0].token
    shop.shelf(A, LYON, 5)
    await placed(shop, shipped(1), key="b", on_shortage="BACKORDER")
    await expect(shop, (1, SUNDAY, "PO-1"))
    order = order_of((await placed(shop, shipped(2, token))).record)
    assert [work.location for work in order.fulfillments] == [LYON]


async def test_a_hold_of_supply_to_come_becomes_the_order_that_waits_for_it(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 1)
    await expect(shop, (5, SUNDAY, "PO-1"))
    token = (await quotes(shop, 3))[0].token
    hold = await reserve_stock(shop.context(), ReserveStock("h" * 22, (ReserveLine(A, 3),), promise_tokens=(token,)))
    assert hold.reservation is not None
    (line,) = lines(hold, hold.reservation, shop.clock.now())
    assert [(held.quantity, held.expected_at) for held in line.claims] == [(3, SUNDAY)]
    assert shop.view.states(A, shop.clock.now())[0].lots[0].available == 2
    context = shop.context()
    await context.ready()
    wish = BasketWish((SkuQuantity(A, 6),), destination=Destination("FR", "75004"), services=("standard",), reservation=hold.rid)
    assert len((await delivery_promises(context, wish)).quotes) == 1
    record = (await placed(shop, shipped(3, token), reservation_id=hold.rid)).record
    assert (record.rid, states(order_of(record))) == (hold.rid, {"BACKORDERED": 3})
    assert [claim.mid for claim in record.claims] == [claim.mid for claim in hold.claims]
    check_ledger_with_lots(shop)


async def test_a_preorder_is_placed_and_worked_on_from_its_first_day_of_sale(shop: MemoryShop) -> None:
    opens_on = date(2025, 7, 2)
    product = Product(NEW, "New", price=Price(Decimal("20.00"), "EUR"), weight_g=400, release_on=opens_on)
    await shop.world.catalogue.save([product])
    shop.shelf(NEW, WAREHOUSE, 5)
    (quoted,) = await quotes(shop, 1, NEW)
    assert quoted.option.shipments[0].ships_by == at("2025-07-02", "18:00")
    record = (await placed(shop, shipped(1, quoted.token, NEW))).record
    assert states(order_of(record)) == {"ALLOCATED": 1}
    assert (await followed(shop, record.rid)).fulfillments == ()
    shop.clock.pass_by(at("2025-07-02") - shop.clock.now())
    assert [work.state for work in (await followed(shop, record.rid)).fulfillments] == ["OFFERED"]
    check_ledger(shop.database)
