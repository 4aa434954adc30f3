"""Work that an ERP has its supplier send: bought once whatever is lost, told as it leaves and arrives, and taken back."""

from typing import Any

import pytest

from gateway.demo.tryton.seed import gtin
from gateway.domain.errors import SourceError, SourceRejected
from gateway.domain.feeds import Message
from gateway.ports.sources import HandOverTarget
from tests.support.lossy_wire import lossy
from tests.support.tryton.messages import message, reference
from tests.support.tryton.retail import Retail

pytestmark = [pytest.mark.real, pytest.mark.scenario]
WEAVER, PARTY = "WEAVER", "WEAVE"
SENT_BY_ITSELF = (30, 31)


@pytest.fixture(scope="module", autouse=True)
def _weaver(people: Retail) -> None:
    people.drop_shipper(PARTY, *(gtin(number) for number in SENT_BY_ITSELF))


def ports(retail: Retail, url: str | None = None) -> Any:
    roles = ["catalogue", "hand_over", "news"]
    return retail.ports("erp", url=url, roles=roles, drop_shippers={WEAVER: PARTY})


def target_of(retail: Retail, url: str | None = None) -> HandOverTarget:
    target: HandOverTarget = ports(retail, url).hand_over
    return target


def work_of(name: str, units: dict[int, int] | None = None) -> Message:
    return message("erp", "SHIPMENT", reference(name), WEAVER, units or {30: 2, 31: 1})


def about(work: Message, kind: str, **more: Any) -> Message:
    return message("erp", kind, work.reference, WEAVER, {30: 2, 31: 1}, **more)  # type: ignore[arg-type]


async def steps_of(retail: Retail, work: Message) -> list[tuple[str, int]]:
    batches = [batch async for batch in ports(retail).news.news(None)]
    told = [one for batch in batches for one in batch.rows if one.reference == work.reference]
    return [(one.step, sum(line.quantity for line in one.lines)) for one in told]


async def test_it_is_bought_of_the_supplier_and_told_as_it_leaves_and_arrives(retail: Retail) -> None:
    target, work, person = target_of(retail), work_of("drop"), retail.person("erp")
    assert await target.find(work) is None
    receipt = await target.send(work)
    found = await target.find(work)
    assert found
    assert found.reference == receipt.reference
    assert (set(retail.bought(work.reference)), retail.shipments("erp", work.reference)) == ({"processing"}, [])
    (dropped,) = retail.dropped(work.reference)
    seen = [await steps_of(retail, work)]
    for button in ("ship", "do"):
        person.press("stock.shipment.drop", button, dropped)
        seen.append(await steps_of(retail, work))
    assert seen == [[("ACCEPTED", 0)], [("SHIPPED", 3)], [("DELIVERED", 0)]]
    assert retail.sales("erp", work.reference)[0]["shipment_state"] == "sent"


@pytest.mark.parametrize("lost", ["wizard.purchase.request.create_purchase.execute", "model.purchase.purchase.confirm"])
async def test_an_answer_that_is_lost_after_its_effect_leaves_one_purchase(retail: Retail, lost: str) -> None:
    work = work_of("lost")
    with lossy(retail.server.port) as wire:
        target = target_of(retail, wire.url)
        wire.lose(1, lost.encode())
        with pytest.raises(SourceError):
            await target.send(work)
        assert (await target.find(work) is not None) == lost.endswith("confirm")
        await target.send(work)
    assert len(retail.sales("erp", work.reference)) == 1
    assert (retail.bought(work.reference), len(retail.dropped(work.reference))) == (["processing"] * 2, 1)


async def test_it_is_taken_back_until_the_supplier_has_sent_it(retail: Retail) -> None:
    target, work, person = target_of(retail), work_of("back"), retail.person("erp")
    await target.send(work)
    assert await target.find(about(work, "CANCEL")) is None
    await target.send(about(work, "CANCEL"))
    await target.send(about(work, "CANCEL"))
    assert await target.find(about(work, "CANCEL"))
    assert await steps_of(retail, work) == [("CANCELED", 0)]
    assert retail.sales("erp", work.reference)[0]["shipment_state"] == "none"
    gone = work_of("gone")
    await target.send(gone)
    person.press("stock.shipment.drop", "ship", *retail.dropped(gone.reference))
    with pytest.raises(SourceRejected, match="sent by the supplier"):
        await target.send(about(gone, "CANCEL"))


async def test_that_it_was_sent_is_noted_there_when_it_is_said_here(retail: Retail) -> None:
    target, work = target_of(retail), work_of("said")
    await target.send(work)
    sent = about(work, "STEP", step="SHIPPED")
    assert not target.takes(about(work, "STEP", step="PICKED"))
    assert await target.find(sent) is None
    for _ in range(2):
        await target.send(sent)
    assert await target.find(sent)
    assert await steps_of(retail, work) == [("SHIPPED", 3)]


async def test_an_article_that_the_supplier_does_not_send_is_refused_and_nothing_is_sold(retail: Retail) -> None:
    work = work_of("other", {1: 1})
    with pytest.raises(SourceRejected, match="supply on sale"):
        await target_of(retail).send(work)
    assert retail.sales("erp", work.reference) == []
