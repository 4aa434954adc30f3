"""Work handed to a real Tryton: one sale whatever is lost, through warnings and states, and back out of it."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from gateway.demo.tryton.seed import gtin, price
from gateway.domain.errors import SourceError, SourceRejected
from gateway.domain.feeds import Message
from gateway.ports.sources import HandOverTarget
from tests.support.lossy_wire import lossy
from tests.support.tryton.messages import message, reference
from tests.support.tryton.retail import Retail

pytestmark = [pytest.mark.real, pytest.mark.scenario]


def target_of(retail: Retail, code: str, url: str | None = None) -> HandOverTarget:
    target = retail.ports(code, url=url).hand_over
    assert target is not None
    return target


def shipment(name: str, location: str = "DC-NORTH", units: dict[int, int] | None = None, **more: Any) -> Message:
    return message("wms", "SHIPMENT", reference(name), location, units or {1: 1}, **more)


def about(work: Message, kind: str, units: dict[int, int] | None = None, **more: Any) -> Message:
    location = work.body["fulfillment"] and work.body["fulfillment"]["location"]  # type: ignore[index]
    told = units or {int(str(line["sku"])[1:]): line["quantity"] for line in work.body["lines"]}  # type: ignore[attr-defined]
    return message(str(work.source), kind, work.reference, location, told, **more)  # type: ignore[arg-type]


async def step(target: HandOverTarget, work: Message, name: str, units: dict[int, int] | None = None) -> None:
    await target.send(about(work, "STEP", units, step=name))


async def news_of(retail: Retail, code: str, work: Message) -> list[Any]:
    source = retail.ports(code).news
    assert source is not None
    return [one for batch in [batch async for batch in source.news(None)] for one in batch.rows if one.reference == work.reference]


async def test_an_order_is_one_processed_sale_at_the_price_that_was_paid(retail: Retail) -> None:
    order = message("erp", "ORDER", reference("order"), None, {2: 2, 3: 1})
    receipt = await target_of(retail, "erp").send(order)
    (sale,) = retail.sales("erp", order.reference)
    assert (sale["number"], sale["state"], list(sale["shipments"])) == (receipt.reference, "processing", [])
    assert sale["total_amount"] == (price(2) * 2 + price(3)) * Decimal("1.2")


@pytest.mark.parametrize("button", ["create", "quote", "confirm", "manual_shipment"])
async def test_an_answer_that_is_lost_after_its_effect_leaves_one_sale(retail: Retail, button: str) -> None:
    work = shipment("lost")
    with lossy(retail.server.port) as wire:
        target = target_of(retail, "wms", wire.url)
        wire.lose(1, f"model.sale.sale.{button}".encode())
        with pytest.raises(SourceError) as lost:
            await target.send(work)
        assert (lost.value.unknown_effect, wire.lost) == (True, 1)
        found = await target.find(work)
        assert (found is not None) == (button == "manual_shipment")
        receipt = await target.send(work)
    (sale,) = retail.sales("wms", work.reference)
    assert (sale["state"], sale["number"], len(sale["shipments"])) == ("processing", receipt.reference, 1)


async def test_a_customer_whose_record_was_made_before_the_answer_was_lost_is_not_made_again(retail: Retail) -> None:
    work = shipment("customer")
    with lossy(retail.server.port) as wire:
        target = target_of(retail, "wms", wire.url)
        wire.lose(1, b"model.party.party.create")
        with pytest.raises(SourceError):
            await target.send(work)
        await target.send(work)
    assert len(retail.person("wms").ids("party.party", ["code", "=", work.reference])) == 1


async def test_orders_at_the_same_time_are_all_processed_once(retail: Retail) -> None:
    target, works = target_of(retail, "wms"), [shipment("together", units={n: 1}) for n in range(4)]
    await asyncio.gather(*(target.send(work) for work in works))
    assert [[sale["state"] for sale in retail.sales("wms", work.reference)] for work in works] == [["processing"]] * 4


async def test_a_session_that_has_ended_is_opened_anew_and_the_work_is_done_once(retail: Retail) -> None:
    target, work = target_of(retail, "wms"), shipment("session")
    await target.send(shipment("before"))
    target._session._word = "YWRtaW46MTpnb25l"  # type: ignore[attr-defined]
    await target.send(work)
    assert len(retail.sales("wms", work.reference)) == 1


async def test_a_warning_of_a_shortage_is_acknowledged_and_what_is_not_there_is_not_picked(retail: Retail) -> None:
    target, work = target_of(retail, "wms"), shipment("short", "DC-SOUTH", {20: 40})
    has = retail.on_hand("wms", "DC-SOUTH", message("wms", "SHIPMENT", "x", "DC-SOUTH", {20: 1}).body["lines"][0]["gtin"])  # type: ignore[index]
    assert has < 40
    await target.send(work)
    assert retail.states("wms", work.reference) == ["waiting"]
    with pytest.raises(SourceRejected, match="not all units"):
        await step(target, work, "PICKED")
    assert retail.states("wms", work.reference) == ["waiting"]


async def test_steps_that_staff_take_here_are_taken_there_and_told_back(retail: Retail) -> None:
    target, work = target_of(retail, "wms"), shipment("steps", units={2: 2})
    await target.send(work)
    seen = []
    for name in ("ACCEPTED", "PICKED", "PACKED", "SHIPPED"):
        await step(target, work, name)
        await step(target, work, name)
        assert await target.find(about(work, "STEP", step=name))
        seen += [(one.step, [line.quantity for line in one.lines]) for one in await news_of(retail, "wms", work)]
    assert seen == [("ACCEPTED", []), ("PICKED", [2]), ("PACKED", [2]), ("SHIPPED", [2])]
    assert retail.states("wms", work.reference) == ["done"]
    assert retail.sales("wms", work.reference)[0]["shipment_state"] == "sent"


async def test_goods_that_wait_at_a_shop_are_ready_and_then_collected(retail: Retail) -> None:
    target, work = target_of(retail, "pos"), message("pos", "STORE_TASK", reference("collect"), "S02", {1: 1}, task="HAND_OVER")
    await target.send(work)
    retail.ship("pos", work.reference, "assign_try", "pick", "pack")
    assert [one.step for one in await news_of(retail, "pos", work)] == ["READY_FOR_PICKUP"]
    retail.ship("pos", work.reference, "ship", "do")
    assert [one.step for one in await news_of(retail, "pos", work)] == ["COLLECTED"]


@pytest.mark.parametrize("reached", [(), ("assign_try", "pick", "pack")], ids=["before it is picked", "when it is packed"])
async def test_work_is_canceled_until_it_has_left(retail: Retail, reached: tuple[str, ...]) -> None:
    target, work = target_of(retail, "wms"), shipment("canceled")
    await target.send(work)
    for button in reached:
        retail.ship("wms", work.reference, button)
    assert await target.find(about(work, "CANCEL")) is None
    await target.send(about(work, "CANCEL"))
    assert retail.states("wms", work.reference) == ["cancelled"]
    assert retail.sales("wms", work.reference)[0]["shipment_state"] == "none"
    assert await target.find(about(work, "CANCEL"))
    assert [one.step for one in await news_of(retail, "wms", work)] == ["CANCELED"]


async def test_what_has_left_cannot_be_canceled(retail: Retail) -> None:
    target, work = target_of(retail, "wms"), shipment("gone")
    await target.send(work)
    retail.ship("wms", work.reference)
    with pytest.raises(SourceRejected, match="sent"):
        await target.send(about(work, "CANCEL"))
    assert await target.find(about(work, "CANCEL")) is None


@pytest.mark.parametrize("lost", ["", "wizard.sale.return_sale.execute", "model.sale.sale.confirm"], ids=["", "wizard", "confirm"])
async def test_a_processed_order_is_taken_back_once_by_a_return_of_all_its_lines(retail: Retail, lost: str) -> None:
    order, cancel = message("erp", "ORDER", reference("back"), None, {2: 2, 3: 1}), "CANCEL"
    await target_of(retail, "erp").send(order)
    (sale,) = retail.sales("erp", order.reference)
    with lossy(retail.server.port) as wire:
        target = target_of(retail, "erp", wire.url)
        assert await target.find(about(order, cancel)) is None
        if lost:
            wire.lose(1, lost.encode())
            with pytest.raises(SourceError):
                await target.send(about(order, cancel))
        await target.send(about(order, cancel))
        await target.send(about(order, cancel))
        assert await target.find(about(order, cancel))
    assert retail.taken_back("erp", order.reference) == [("processing", -sale["total_amount"])]


@pytest.mark.parametrize("before", [(), ("ACCEPTED",)], ids=["before", "after its acceptance"])
async def test_a_shipment_that_staff_pick_short_here_leaves_with_what_was_found_and_the_rest_stays(
    retail: Retail, before: tuple[str, ...]
) -> None:
    target, work = target_of(retail, "wms"), shipment("short", units={2: 3, 3: 1})
    lay = [retail.on_hand("wms", "DC-NORTH", gtin(number)) for number in (2, 3)]
    await target.send(work)
    for name in before:
        await step(target, work, name)
    for name in ("PICKED", "PACKED", "SHIPPED"):
        await step(target, work, name, {2: 2})
    assert retail.states("wms", work.reference) == ["done"]
    assert [retail.on_hand("wms", "DC-NORTH", gtin(number)) for number in (2, 3)] == [lay[0] - 2, lay[1]]


async def test_a_shipment_that_tryton_s_people_pick_short_is_followed_by_no_other(retail: Retail) -> None:
    target, work = target_of(retail, "wms"), shipment("short", units={2: 3})
    lay = retail.on_hand("wms", "DC-NORTH", gtin(2))
    await target.send(work)
    retail.pick_short("wms", work.reference, gtin(2), 2)
    assert [(one.step, [line.quantity for line in one.lines]) for one in await news_of(retail, "wms", work)] == [("PICKED", [2])]
    retail.ship("wms", work.reference, "pack", "ship", "do")
    await target.send(work)
    assert retail.states("wms", work.reference) == ["done"]
    assert retail.on_hand("wms", "DC-NORTH", gtin(2)) == lay - 2


async def test_an_article_or_a_warehouse_that_it_does_not_have_is_refused_and_makes_nothing(retail: Retail) -> None:
    target = target_of(retail, "wms")
    for work in (shipment("unknown", units={999: 1}), shipment("nowhere", "S01")):
        with pytest.raises(SourceRejected):
            await target.send(work)
        assert retail.sales("wms", work.reference) == []
