"""A person's word on a message is written once under its key, with what it means for stock, and undoes nothing that is through."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal

import pytest
from structlog.testing import capture_logs

from gateway.domain.errors import DomainError, IdempotencyConflict, IllegalTransition, NotFound, SourceRejected
from gateway.domain.ids import LocationCode
from gateway.domain.network import HandOverClass
from gateway.domain.outbox import OutboxEntry
from gateway.ports.order_book import Record
from resolvers.commands.inputs import ResolveHandOver
from resolvers.commands.resolve_hand_over import resolve_hand_over
from resolvers.hand_over.relay import relay_one
from resolvers.questions.hand_overs import HandOver
from tests.domain.retailer import WAREHOUSE
from tests.support.memory_network import MemoryNetwork
from tests.support.memory_shop import OPERATOR, WMS, A, order_of
from tests.support.placed_orders import goods, placed

KEY = "0123456789-0123456789-0"


async def carried(network: MemoryNetwork) -> None:
    while await relay_one(network.world, "relay"):
        pass


def of_class(network: MemoryNetwork, hand_over: HandOverClass) -> None:
    sources = tuple(replace(one, hand_over=hand_over) if one.code == WMS else one for one in network.world.network.sources)
    network.world = replace(network.world, network=replace(network.world.network, sources=sources))
    network.targets[WMS]._class = hand_over


@pytest.fixture(params=["PARKED", "DEAD"])
async def stuck(network: MemoryNetwork, request: pytest.FixtureRequest) -> Record:
    """An order whose work the warehouse has taken unseen (PARKED), or refused (DEAD)."""
    of_class(network, "C")
    record, target = await placed(network, goods(network, (A, 1, LocationCode(WAREHOUSE)))), network.targets[WMS]
    if request.param == "PARKED":
        target.lose_answers = 1
    else:
        target.switch.fault = SourceRejected("wms", "no such service")
    await carried(network)
    target.switch.fault = None
    assert (await message(network, record)).state == request.param
    return await network.record(record.rid)


async def message(network: MemoryNetwork, record: Record) -> OutboxEntry:
    return next(entry for entry in (await network.record(record.rid)).outbox if entry.source == WMS)


async def said(
    network: MemoryNetwork, record: Record, resolution: Literal["RETRY", "CONFIRM", "DROP"], key: str = KEY, **more: Any
) -> HandOver:
    named = HandOver(record.rid, "", await message(network, record)).key
    return await resolve_hand_over(network.context(OPERATOR), ResolveHandOver(key, named, resolution, **more))


async def calls(network: MemoryNetwork, record: Record) -> list[str]:
    return [one.code for one in order_of(await network.record(record.rid)).attention]


async def test_retry_sends_it_again_under_its_key_and_calls_nobody_any_more(network: MemoryNetwork, stuck: Record) -> None:
    with capture_logs() as logs:
        answer = await said(network, stuck, "RETRY", note="they have nothing")
    assert (answer.entry.state, answer.entry.attempts, answer.entry.last_error) == ("WAITING", 0, "they have nothing")
    assert await calls(network, stuck) == []
    before = len(network.targets[WMS].effects)
    await carried(network)
    entry = await message(network, stuck)
    assert (entry.state, entry.key, len(network.targets[WMS].effects)) == ("ACKNOWLEDGED", answer.entry.key, before + 1)
    assert [(log["event"], log["state"], log["by"]) for log in logs] == [("hand_over_resolved", "WAITING", OPERATOR.id)]


async def test_confirm_keeps_the_source_s_number_and_sends_nothing(network: MemoryNetwork, stuck: Record) -> None:
    sent = network.targets[WMS].switch.calls["send"]
    answer = await said(network, stuck, "CONFIRM", reference="W-77")
    assert (answer.entry.state, answer.entry.reference, answer.entry.ambiguous_at) == ("ACKNOWLEDGED", "W-77", None)
    assert answer.entry.acknowledged_at == network.clock.now()
    network.clock.pass_by(timedelta(days=2))
    await carried(network)
    assert (network.targets[WMS].switch.calls["send"], await calls(network, stuck)) == (sent, [])


async def test_confirm_tells_the_ledger_what_an_answer_would_have_told(network: MemoryNetwork, stuck: Record) -> None:
    stating = {"states": "AVAILABLE", "ordered_by": "TIME"}
    sources = tuple(replace(one, **stating) if one.code == WMS else one for one in network.world.network.sources)  # type: ignore[arg-type]
    network.world = replace(network.world, network=replace(network.world.network, sources=sources))
    await said(network, stuck, "RETRY")
    assert [marker.asked for marker in network.stock("A", WAREHOUSE).markers.values()] == [None]
    network.targets[WMS].lose_answers = 1
    await carried(network)
    await said(network, stuck, "CONFIRM", key=KEY[::-1])
    taken_ms = int((network.clock.now() + sources[0].settle_delay).timestamp() * 1000)
    assert [marker.asked for marker in network.stock("A", WAREHOUSE).markers.values()] == [taken_ms]


async def test_drop_gives_it_up_and_its_source_is_never_told(network: MemoryNetwork, stuck: Record) -> None:
    effects = len(network.targets[WMS].effects)
    answer = await said(network, stuck, "DROP", note="done by hand")
    assert (answer.entry.state, answer.entry.last_error) == ("DROPPED", "done by hand")
    network.clock.pass_by(timedelta(days=2))
    await carried(network)
    assert ((await message(network, stuck)).state, len(network.targets[WMS].effects)) == ("DROPPED", effects)


@pytest.mark.parametrize("resolution", ["RETRY", "CONFIRM", "DROP"])
async def test_the_same_call_three_times_is_one_word(
    network: MemoryNetwork, stuck: Record, resolution: Literal["RETRY", "CONFIRM", "DROP"]
) -> None:
    first = await said(network, stuck, resolution)
    v = (await network.record(stuck.rid)).v
    again = [await said(network, stuck, resolution) for _ in range(2)]
    assert {one.entry.state for one in again} == {first.entry.state}
    after = await network.record(stuck.rid)
    assert (after.v, len(order_of(after).done)) == (v, len(order_of(stuck).done) + 1)
    await carried(network)
    assert (await said(network, stuck, resolution)).entry.state == ("DROPPED" if resolution == "DROP" else "ACKNOWLEDGED")


async def test_a_key_belongs_to_one_word_on_one_message(network: MemoryNetwork, stuck: Record) -> None:
    await said(network, stuck, "DROP")
    with pytest.raises(IdempotencyConflict):
        await said(network, stuck, "CONFIRM")
    other = await placed(network, goods(network, (A, 1, LocationCode(WAREHOUSE))), key="other")
    network.targets[WMS].switch.fault = SourceRejected("wms", "no such service")
    await carried(network)
    with pytest.raises(IdempotencyConflict):
        await said(network, other, "DROP")
    assert (await message(network, other)).state == "DEAD"


async def test_what_waits_for_nobody_is_left_alone(network: MemoryNetwork) -> None:
    record = await placed(network, goods(network, (A, 1, LocationCode(WAREHOUSE))))
    with pytest.raises(IllegalTransition) as refused:
        await said(network, record, "DROP")
    assert (refused.value.state, refused.value.attempted, refused.value.allowed) == ("WAITING", "DROPPED", ())
    await carried(network)
    with pytest.raises(IllegalTransition):
        await said(network, record, "RETRY")
    assert (await message(network, record)).state == "ACKNOWLEDGED"
    assert await said_again_under_the_key_of_a_refusal(network, record) == "DROPPED"


async def said_again_under_the_key_of_a_refusal(network: MemoryNetwork, record: Record) -> str:
    """A refusal decides nothing: the key is free for the message once it waits for a person."""
    doc = network.doc(record.rid)
    parked = tuple(replace(entry, state="PARKED") if entry.source == WMS else entry for entry in doc.outbox)
    network.database.put_order(replace(doc, outbox=parked))
    return (await said(network, record, "DROP")).entry.state


@pytest.mark.parametrize("named", ["", "rubbish", "NOBODY/1", "{rid}/99", "{rid}/-1", "{rid}/²", "{rid}/99999999999999999999"])
async def test_a_message_that_is_not_there_is_not_found(network: MemoryNetwork, stuck: Record, named: str) -> None:
    with pytest.raises(NotFound) as refused:
        await resolve_hand_over(network.context(OPERATOR), ResolveHandOver(KEY, named.format(rid=stuck.rid), "DROP"))
    assert refused.value.field == ("handOverId",)


async def test_all_that_is_wrong_with_the_input_is_told(network: MemoryNetwork, stuck: Record) -> None:
    with pytest.raises(DomainError) as refused:
        await said(network, stuck, "DROP", reference="W" * 201, note="n" * 2_001)
    assert [(one.field, one.refusal) for one in refused.value.each] == [
        (("reference",), "INVALID"),
        (("reference",), "OUT_OF_RANGE"),
        (("note",), "OUT_OF_RANGE"),
    ]
    with pytest.raises(DomainError) as refused:
        await said(network, stuck, "DROP", key="short")
    assert refused.value.refusal == "IDEMPOTENCY_KEY_INVALID"


async def test_a_message_that_got_through_meanwhile_is_not_resolved_over(network: MemoryNetwork, stuck: Record) -> None:
    resolve = network.world.outbox.resolve

    async def late(rid, n, word):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202 - stands in front of the real one
        await network.world.outbox.vouch(rid, n, "W-1")
        return await resolve(rid, n, word)

    network.world.outbox.resolve = late  # type: ignore[method-assign]
    with pytest.raises(IllegalTransition):
        await said(network, stuck, "DROP")
    assert (await message(network, stuck)).reference == "W-1"
