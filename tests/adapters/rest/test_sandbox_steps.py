"""Steps, cancellations and free items reach the sandbox's systems by configuration alone; faults on the way are told apart."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.rest.source import build
from adapters.transport.calls import Limits
from gateway.domain.errors import SourceBusy, SourceGarbage, SourceRejected, SourceTimeout, SourceUnavailable
from gateway.domain.feeds import Message
from gateway.network.file import load
from gateway.ports.sources import HandOverTarget
from tests.adapters.rest.test_sandbox_dialects import message_to
from tests.contracts.stock_source import snapshot_of
from tests.support.sandbox_sources import SandboxSources, WallClock

pytestmark = pytest.mark.scenario
KINDS_OF_GARBAGE = 4
"""A page, another schema, an answer that is cut off, numbers that are none; the sandbox takes turns."""
REAL = Path(__file__).resolve().parents[3] / "docs" / "networks" / "real.toml"


def target_of(retailer: SandboxSources, code: str, **limits: Any) -> HandOverTarget:
    target = retailer.ports(code, Limits(**limits) if limits else None).hand_over
    assert target is not None
    return target


def following(message: Message, kind: Any, **body: Any) -> Message:
    return replace(message, kind=kind, key=f"{message.key}:{kind}", body={**message.body, **body})


async def test_a_step_of_the_shop_is_told_to_its_till(retailer: SandboxSources) -> None:
    target = target_of(retailer, "pos")
    task = message_to("pos", "STORE_TASK", "step", "101", "HAND_OVER")
    await target.send(task)
    for step, state in (("ACCEPTED", "accepted"), ("PICKED", "picked"), ("READY_FOR_PICKUP", "ready"), ("COLLECTED", "collected")):
        told = following(task, "STEP", step=step)
        assert target.takes(told)
        await target.send(told)
        assert retailer.accepted("pos", task.reference)[0]["status"] == state
    with pytest.raises(SourceRejected):
        await target.send(following(task, "STEP", step="PICKED"))
    assert not target.takes(following(task, "STEP", step="UNPACKED"))


async def test_a_till_takes_no_more_off_its_stock_than_was_found_and_collected(retailer: SandboxSources) -> None:
    target, task = target_of(retailer, "pos"), message_to("pos", "STORE_TASK", "part", "101", "HAND_OVER")
    lines: Any = task.body["lines"]
    sku = lines[0]["sku"]
    retailer.post("pos", "stock", location="101", sku=sku, quantity=9)

    def units(n: int) -> list[dict[str, Any]]:
        return [{**lines[0], "quantity": n}]

    await target.send(replace(task, body={**task.body, "lines": units(4)}))
    await target.send(following(task, "STEP", step="PICKED", lines=units(3)))
    for _ in range(2):
        await target.send(following(task, "STEP", step="COLLECTED", lines=units(1)))
    assert retailer.accepted("pos", task.reference)[0]["lines"] == [{"sku": sku, "quantity": 1}]
    assert retailer.on_hand("pos", "101", sku) == 8
    news = [one async for batch in retailer.ports("pos").news.news(None) for one in batch.rows]  # type: ignore[union-attr]
    told = next(one for one in news if one.reference == task.reference)
    assert (told.step, [line.quantity for line in told.lines]) == ("COLLECTED", [1])
    more = message_to("pos", "STORE_TASK", "more", "101", "HAND_OVER")
    await target.send(more)
    with pytest.raises(SourceRejected):
        await target.send(following(more, "STEP", step="PICKED", lines=units(2)))


@pytest.mark.parametrize(("code", "kind", "location"), [("wms", "SHIPMENT", "WH-PAR"), ("pos", "STORE_TASK", "102"), ("erp", "ORDER", "")])
async def test_work_can_be_canceled_where_it_was_given(retailer: SandboxSources, code: str, kind: Any, location: str) -> None:
    target = target_of(retailer, code)
    work = message_to(code, kind, "cancel", location)
    await target.send(work)
    cancel = following(work, "CANCEL", reason="CUSTOMER")
    assert target.takes(cancel)
    await target.send(cancel)
    assert retailer.accepted(code, work.reference)[0]["status"] == "canceled".upper() if code == "wms" else "canceled"


@pytest.mark.parametrize("code", ["atlas", "borealis", "comet"])
async def test_a_supplier_is_asked_to_cancel_by_its_own_number(retailer: SandboxSources, code: str) -> None:
    target, work = target_of(retailer, code), message_to(code, "PURCHASE_ORDER", "cancel", code)
    receipt = await target.send(work)
    cancel = following(work, "CANCEL", source_reference=receipt.reference)
    assert target.takes(cancel)
    assert (await target.send(cancel)).reference == receipt.reference
    assert retailer.accepted(code, work.reference)[0]["status"] == "canceled"
    with pytest.raises(SourceRejected, match="source_reference: has no value"):
        await target.send(following(work, "CANCEL", source_reference=None))


async def test_an_order_is_reduced_to_what_is_left_of_it(retailer: SandboxSources) -> None:
    target, order = target_of(retailer, "erp"), message_to("erp", "ORDER", "change", "")
    lines: Any = order.body["lines"]

    def left(*units: int) -> list[dict[str, Any]]:
        return [{**lines[0], "line": str(n), "quantity": quantity} for n, quantity in enumerate(units, 1)]

    sent = await target.send(replace(order, body={**order.body, "lines": left(3, 2)}))
    change = following(order, "CHANGE", lines=left(1, 0))
    assert (target.takes(change), await target.find(change)) == (True, None)
    for _ in range(2):
        assert (await target.send(change)).reference == sent.reference
    assert [line["quantity"] for line in retailer.accepted("erp", order.reference)[0]["lines"]] == [1, 0]
    found = await target.find(change)
    assert found is not None
    assert (found.reference, await target.find(following(order, "CHANGE", lines=left(1, 1)))) == (sent.reference, None)
    with pytest.raises(SourceRejected):
        await target.send(following(order, "CHANGE", lines=left(2, 0)))
    await target.send(following(order, "CANCEL"))
    with pytest.raises(SourceRejected):
        await target.send(following(order, "CHANGE", lines=left(0, 0)))


async def test_canceling_what_never_arrived_is_refused(retailer: SandboxSources) -> None:
    work = message_to("wms", "SHIPMENT", "never", "WH-PAR")
    with pytest.raises(SourceRejected, match="has no work under"):
        await target_of(retailer, "wms").send(following(work, "CANCEL"))


async def test_an_unknown_article_is_refused_for_good(retailer: SandboxSources) -> None:
    work = message_to("wms", "SHIPMENT", "unknown", "WH-PAR")
    lines = [{"line": "1", "sku": "NO-SUCH", "gtin": None, "quantity": 1}]
    with pytest.raises(SourceRejected):
        await target_of(retailer, "wms").send(replace(work, body={**work.body, "lines": lines}))


async def test_garbage_about_our_reference_never_means_that_an_order_is_absent(retailer: SandboxSources) -> None:
    target, order = target_of(retailer, "erp"), message_to("erp", "ORDER", "doubt", "")
    sent = await target.send(order)
    retailer.put("erp", "faults", garbage_rate=1, methods=["GET"])
    for _ in range(KINDS_OF_GARBAGE):
        with pytest.raises(SourceGarbage):
            await target.find(order)
    retailer.heal()
    found = await target.find(order)
    assert (found and found.reference, await target.find(message_to("erp", "ORDER", "absent", ""))) == (sent.reference, None)


@pytest.mark.parametrize(
    ("code", "kind", "location", "told"),
    [("wms", "SHIPMENT", "WH-PAR", "CANCEL"), ("pos", "STORE_TASK", "102", "STEP"), ("erp", "ORDER", "", "CANCEL")],
)
async def test_garbage_about_our_work_never_means_that_there_is_none(
    retailer: SandboxSources, code: str, kind: Any, location: str, told: str
) -> None:
    target, work = target_of(retailer, code), message_to(code, kind, "spoiled", location)
    await target.send(work)
    message = following(work, told, step="ACCEPTED")
    retailer.put(code, "faults", garbage_rate=1, methods=["GET"])
    for _ in range(KINDS_OF_GARBAGE):
        with pytest.raises(SourceGarbage) as spoiled:
            await target.send(message)
        assert not spoiled.value.unknown_effect
    retailer.heal()
    await target.send(message)
    assert retailer.accepted(code, work.reference)[0]["status"].lower() in {"canceled", "accepted"}


@pytest.mark.parametrize(
    ("fault", "kinds", "unknown"),
    [
        ({"error_rate": 1, "error_status": 500}, SourceUnavailable, True),
        ({"error_rate": 1, "error_status": 503}, SourceBusy, False),
        ({"timeout_rate": 1}, SourceTimeout, True),
        ({"garbage_rate": 1}, SourceGarbage, True),
        ({"lost_answer_rate": 1}, SourceUnavailable, True),
        ({"lost_answer_rate": 1, "lost_answer_with": 502}, SourceUnavailable, True),
    ],
)
async def test_each_fault_on_an_order_is_told_apart(retailer: SandboxSources, fault: dict[str, Any], kinds: type, unknown: bool) -> None:  # noqa: FBT001 - a parameter of the test
    retailer.put("erp", "faults", **fault)
    with pytest.raises(kinds) as failed:
        await target_of(retailer, "erp", mutation_timeout_s=0.5).send(message_to("erp", "ORDER", "fault", ""))
    assert failed.value.unknown_effect is unknown  # type: ignore[attr-defined]  # every kind here is a SourceError


async def test_a_feed_is_read_through_errors_that_come_and_go(retailer: SandboxSources) -> None:
    retailer.put("wms", "faults", error_rate=1, limit=1)
    stock = retailer.ports("wms").stock
    assert stock is not None
    assert sum(len(batch.rows) for batch in await snapshot_of(stock)) == 80


async def test_the_erp_takes_orders_of_other_goods_where_it_is_told_to(retailer: SandboxSources, tmp_path: Path) -> None:
    (tmp_path / "geo").mkdir()
    (tmp_path / "geo" / "laposte_hexasmal.csv").touch()
    filled = retailer.environment | {"DATA_FOLDER": str(tmp_path), "FILL_FOLDER": str(tmp_path)}
    network = load(REAL, filled)
    erp = build(next(source for source in network.sources if source.code == "erp"), network, WallClock(), environment=filled)
    assert erp.hand_over is not None
    order = message_to("erp", "ORDER", "real", "")
    lines = [{"line": "1", "sku": "8076809570787", "gtin": "8076809570787", "quantity": 2, "unit_price": "2.39", "discount": "0"}]
    order = replace(order, body={**order.body, "lines": lines})
    with pytest.raises(SourceRejected):
        await erp.hand_over.send(order)
    retailer.put("erp", "behavior", free_items=True)
    receipt = await erp.hand_over.send(order)
    retailer.put("erp", "behavior", free_items=False)
    assert receipt.reference
    assert retailer.accepted("erp", order.reference)[0]["lines"] == [{"sku": "8076809570787", "quantity": 2}]
    await erp.close()
