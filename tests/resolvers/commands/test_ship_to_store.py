"""Goods that are sent to the store in which they are collected: a transfer, then that store's work."""

from gateway.domain.feeds import WorkNews, WorkStep
from gateway.domain.messages import MessageFacts, message
from gateway.domain.order_secret import pickup_code
from gateway.domain.order_status import order_status
from gateway.ports.order_book import Record
from resolvers.commands.apply_news import apply_news
from resolvers.commands.inputs import DeliveryGroupInput, OrderLineInput, PlaceOrder
from resolvers.commands.place_order import place_order
from tests.domain.retailer import LYON, PLACES, WAREHOUSE
from tests.support.memory_shop import CLERK, WMS, A, MemoryShop, check_sums, order_of
from tests.support.working import Worker

GROUP = DeliveryGroupInput((OrderLineInput(A, 2),), method="SHIP_TO_STORE", pickup_location_code=LYON)


async def sent_to_lyon(shop: MemoryShop) -> Record:
    shop.shelf(A, WAREHOUSE, 10)
    shop.shelf(A, LYON, 0)
    return (await place_order(shop.context(), PlaceOrder("k" * 22, (GROUP,)))).record


async def tell(shop: MemoryShop, number: str, step: WorkStep, sequence: int | None = None) -> Record:
    return await apply_news(shop.world, WMS, WorkNews(f"{number}-{step}", number, step, shop.clock.now(), sequence=sequence))


async def test_the_place_that_has_the_goods_sends_them_to_the_store(shop: MemoryShop) -> None:
    record = await sent_to_lyon(shop)
    order = order_of(record)
    (transfer,) = order.fulfillments
    assert (transfer.task, transfer.location, order.groups[0].pickup_location) == ("TRANSFER", "WH", "LYO")
    assert [step.step for step in transfer.milestones] == ["ACCEPT", "PICK", "PACK", "HAND_TO_CARRIER", "RECEIVE"]
    facts = MessageFacts(order, record.outbox[1], {}, PLACES, None, shop.clock.now())
    ship_to = message(facts).body["ship_to"]
    assert isinstance(ship_to, dict)
    assert ship_to["city"] == "Lyon"


async def test_goods_that_have_arrived_are_the_stores_work_and_nobody_has_them_yet(shop: MemoryShop) -> None:
    record = await sent_to_lyon(shop)
    transfer = order_of(record).fulfillments[0].number
    await tell(shop, transfer, "SHIPPED", sequence=101)
    for _ in range(2):
        record = await tell(shop, transfer, "DELIVERED")
    order = order_of(record)
    check_sums(order)
    assert [(work.task, work.state, work.location) for work in order.fulfillments] == [
        ("TRANSFER", "DELIVERED", "WH"),
        ("HAND_OVER", "OFFERED", "LYO"),
    ]
    assert [(units.quantity, units.state, units.location) for units in order.lines[0].units] == [(2, "OFFERED", "LYO")]
    assert order.groups[0].promise is not None
    assert order.groups[0].promise.state == "ON_TRACK"
    assert [(entry.kind, entry.source) for entry in record.outbox] == [("ORDER", "erp"), ("SHIPMENT", "wms"), ("STORE_TASK", "pos")]


async def test_the_customer_collects_what_was_sent_to_the_store(shop: MemoryShop) -> None:
    record = await sent_to_lyon(shop)
    transfer = order_of(record).fulfillments[0].number
    for step in ("SHIPPED", "DELIVERED"):
        record = await tell(shop, transfer, step)  # type: ignore[arg-type]
    number = order_of(record).fulfillments[1].number
    clerk = Worker(shop, CLERK, number)
    await clerk.accept()
    await clerk.pick()
    await clerk.lay_ready()
    code = pickup_code(shop.world.secrets.orders, record.rid, number)
    answer = await clerk.collect(pickup_code=code)
    order = order_of(answer.record)
    assert (order_status(order), order.fulfillments[1].state) == ("FULFILLED", "COLLECTED")
    assert order.groups[0].promise is not None
    assert order.groups[0].promise.state == "KEPT"
    assert shop.free(A, LYON) == 0
