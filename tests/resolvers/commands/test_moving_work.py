"""Work that is let go of by those who have it, claimed by those whom it was offered, and moved to others by hand."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from gateway.domain.errors import DomainError, IllegalTransition, NotFound
from gateway.domain.order import Order
from gateway.ports.order_book import Record
from resolvers.commands.answers import Worked
from resolvers.commands.cancel_order import cancel_order
from resolvers.commands.inputs import CancelOrder, LineUnits, OrderRef
from resolvers.commands.reassign_fulfillment import reassign_fulfillment
from resolvers.commands.router import route
from resolvers.commands.work_inputs import ReassignFulfillment
from resolvers.hand_over.relay import relay_one
from tests.domain.retailer import LYON, NANTES, WAREHOUSE
from tests.support.memory_shop import CLERK, OPERATOR, POS, WMS, A, MemoryShop, caller, check_ledger, check_sums, order_of
from tests.support.placed_orders import goods, placed
from tests.support.working import Worker, work_in

NEIGHBOR = caller("STAFF", NANTES, channel=None, name="neighbor")


@pytest.fixture
async def shop() -> MemoryShop:
    shop = await MemoryShop().fill()
    for place in (WAREHOUSE, LYON, NANTES):
        shop.shelf(A, place, 10)
    return shop


async def carried(shop: MemoryShop) -> None:
    while await relay_one(shop.world, "relay"):
        pass


async def given_to(shop: MemoryShop, place: str, units: int = 3, *, told: bool = True) -> tuple[Record, Worker]:
    """Return an order whose work a place has, and the operator at it; `told`: its system knows."""
    record = await placed(shop, goods(shop, (A, units, place)))  # type: ignore[arg-type]
    if told:
        await carried(shop)
    return await shop.record(record.rid), Worker(shop, OPERATOR, order_of(record).fulfillments[0].number)


def states(order: Order) -> dict[tuple[str, str | None], int]:
    units = Counter[tuple[str, str | None]]()
    for line in order.lines:
        for group in line.units:
            units[group.state, group.location] += group.quantity
    return dict(units)


async def routed(shop: MemoryShop, record: Record) -> Order:
    after = order_of(await route(shop.world, await shop.record(record.rid)))
    check_sums(after)
    check_ledger(shop.database)
    return after


async def asked_to_cancel(shop: MemoryShop, units: int) -> tuple[Record, Worker]:
    """Return accepted work at the shop in Lyon, whose staff is asked to let go of some units."""
    record, worker = await given_to(shop, LYON, told=False)
    clerk = Worker(shop, CLERK, worker.number)
    await clerk.accept()
    wish = CancelOrder("k" * 22, OrderRef(rid=record.rid), "CUSTOMER", (LineUnits(f"{record.rid}/1", units),))
    assert (await cancel_order(shop.context(OPERATOR), wish)).requested == (("1", units),)
    return await shop.record(record.rid), clerk


async def test_a_place_that_lets_go_of_a_part_goes_on_with_the_rest(shop: MemoryShop) -> None:
    record, clerk = await asked_to_cancel(shop, 2)
    await clerk.answer(granted=True, note="Back on the shelf.")
    after = await shop.record(record.rid)
    order, work = order_of(after), work_in(after, clerk.number)
    assert (states(order), work.state, work.cancellation) == ({("ACCEPTED", LYON): 1, ("CANCELED", LYON): 2}, "ACCEPTED", None)
    assert shop.free(A, LYON) == 9
    assert sum(refund.amount for refund in order.refunds) > 0
    await clerk.pick()
    check_sums(order_of(await shop.record(record.rid)))
    check_ledger(shop.database)


async def test_a_place_that_lets_go_of_all_has_no_work_left(shop: MemoryShop) -> None:
    record, clerk = await asked_to_cancel(shop, 3)
    await clerk.answer(granted=True)
    after = await shop.record(record.rid)
    assert (work_in(after, clerk.number).state, shop.free(A, LYON)) == ("CANCELED", 10)
    assert {state for state, _ in states(order_of(after))} == {"CANCELED"}
    check_ledger(shop.database)


async def test_a_place_that_goes_on_is_asked_no_more_and_a_person_is_called(shop: MemoryShop) -> None:
    record, clerk = await asked_to_cancel(shop, 3)
    await clerk.answer(granted=False, note="It is packed.")
    after = await shop.record(record.rid)
    assert [(one.code, one.message) for one in order_of(after).attention] == [
        ("CANCELLATION_REFUSED", "LYO goes on with its work: It is packed.")
    ]
    assert (work_in(after, clerk.number).cancellation, shop.free(A, LYON)) == (None, 7)
    with pytest.raises(IllegalTransition) as refused:
        await clerk.answer(granted=True)
    assert (refused.value.state, refused.value.attempted, refused.value.field) == ("ACCEPTED", "CANCELED", ("fulfillmentId",))
    await carried(shop)
    assert "CANCEL" not in [message.kind for message in shop.targets[POS].effects]


async def test_an_offer_is_claimed_once(shop: MemoryShop) -> None:
    _, worker = await given_to(shop, LYON, told=False)
    clerk, second = Worker(shop, CLERK, worker.number), Worker(shop, OPERATOR, worker.number)
    answers = await asyncio.gather(clerk.claim(LYON), second.claim(LYON), return_exceptions=True)
    assert sorted(type(one).__name__ for one in answers) == ["Refused", "Worked"]
    (lost,) = [one for one in answers if isinstance(one, DomainError)]
    assert (lost.refusal, lost.field) == ("ALREADY_CLAIMED", ("fulfillmentId",))
    won = next(one for one in answers if isinstance(one, Worked))
    assert work_in(won.record, worker.number).state == "ACCEPTED"


async def test_who_was_not_asked_cannot_claim(shop: MemoryShop) -> None:
    _, worker = await given_to(shop, LYON, told=False)
    for who, place in ((NEIGHBOR, NANTES), (NEIGHBOR, LYON)):
        with pytest.raises(DomainError) as refused:
            await Worker(shop, who, worker.number).claim(place)
        assert (refused.value.refusal, refused.value.field) == ("NOT_ALLOWED_HERE", ("locationCode",))
    await Worker(shop, CLERK, worker.number).claim(LYON)
    with pytest.raises(DomainError) as late:
        await Worker(shop, NEIGHBOR, worker.number).claim(NANTES)
    assert late.value.refusal == "ALREADY_CLAIMED"
    with pytest.raises(NotFound):
        await Worker(shop, CLERK, "NONE-1").claim(LYON)


async def test_work_that_nobody_has_begun_moves_at_once(shop: MemoryShop) -> None:
    record, worker = await given_to(shop, WAREHOUSE, told=False)
    answer = await worker.reassign(NANTES, "Their shelf is full.")
    assert work_in(answer.record, worker.number).state == "CANCELED"
    order = order_of(answer.record)
    assert states(order) == {("OFFERED", NANTES): 3}
    assert "Their shelf is full." in order.history[-1].summary
    (told,) = await shop.world.decisions.of(record.rid, 9)
    assert (told.trigger, [each.location for each in told.shipments]) == ("ROUTED_BY_HAND", [NANTES])
    again = ReassignFulfillment(worker.key, worker.number, NANTES, "Their shelf is full.")
    assert order_of((await reassign_fulfillment(shop.context(OPERATOR), again)).record) == order
    with pytest.raises(DomainError) as conflict:
        await reassign_fulfillment(shop.context(OPERATOR), replace(again, location_code=LYON))
    assert conflict.value.refusal == "IDEMPOTENCY_CONFLICT"
    await carried(shop)
    assert [message.kind for message in shop.targets[WMS].effects] == []
    check_ledger(shop.database)


async def test_work_that_its_system_has_is_asked_back_first_and_then_goes_where_it_is_wanted(shop: MemoryShop) -> None:
    record, worker = await given_to(shop, WAREHOUSE)
    answer = await worker.reassign(NANTES)
    work = work_in(answer.record, worker.number)
    assert work.cancellation is not None
    assert (work.state, [line.quantity for line in work.cancellation.lines]) == ("OFFERED", [3])
    assert states(order_of(answer.record)) == {("OFFERED", WAREHOUSE): 3}
    await carried(shop)
    assert [message.kind for message in shop.targets[WMS].effects] == ["SHIPMENT", "CANCEL"]
    order = await routed(shop, record)
    assert states(order) == {("OFFERED", NANTES): 3}
    assert (order.fulfillments[0].state, order.refunds, order.attention) == ("CANCELED", (), ())
    (told,) = await shop.world.decisions.of(record.rid, 9)
    assert (told.trigger, [each.location for each in told.shipments]) == ("ROUTED_BY_HAND", [NANTES])


async def test_work_that_was_accepted_goes_once_its_staff_let_go_of_it_and_never_back_there(shop: MemoryShop) -> None:
    record, worker = await given_to(shop, LYON, told=False)
    clerk = Worker(shop, CLERK, worker.number)
    await clerk.accept()
    await worker.reassign()
    await clerk.answer(granted=True)
    assert work_in(await shop.record(record.rid), worker.number).state == "CANCELED"
    order = await routed(shop, record)
    (place,) = {location for _, location in states(order)}
    assert place in {WAREHOUSE, NANTES}
    assert shop.free(A, LYON) == 10


async def test_a_place_that_keeps_its_work_keeps_it(shop: MemoryShop) -> None:
    record, worker = await given_to(shop, LYON, told=False)
    clerk = Worker(shop, CLERK, worker.number)
    await clerk.accept()
    await worker.reassign(WAREHOUSE)
    with pytest.raises(IllegalTransition):
        await worker.reassign(NANTES)
    await clerk.answer(granted=False)
    order = order_of(await shop.record(record.rid))
    assert (states(order), [one.code for one in order.attention]) == ({("ACCEPTED", LYON): 3}, ["CANCELLATION_REFUSED"])
    await clerk.pick()
    await clerk.pack(l1=3)
    await clerk.ship()
    assert order_of(await shop.record(record.rid)).attention == ()


@pytest.mark.parametrize(("place", "refusal"), [(WAREHOUSE, "INVALID"), ("NOWHERE", "NOT_FOUND"), (LYON, "NOT_DELIVERABLE")])
async def test_a_place_that_cannot_have_it_is_refused(shop: MemoryShop, place: str, refusal: str) -> None:
    _, worker = await given_to(shop, WAREHOUSE, told=False)
    shop.shelf(A, LYON, 0)
    with pytest.raises(DomainError) as refused:
        await worker.reassign(place)
    assert (refused.value.refusal, refused.value.field) == (refusal, ("locationCode",))
    check_ledger(shop.database)


async def test_what_has_left_is_moved_no_more(shop: MemoryShop) -> None:
    _, worker = await given_to(shop, LYON, told=False)
    for step in (worker.accept, worker.pick):
        await step()
    await worker.pack(l1=3)
    await worker.ship()
    with pytest.raises(IllegalTransition) as refused:
        await worker.reassign()
    assert refused.value.attempted == "REASSIGNED"
