"""Messages are sent once and only once, or kept where a person sees them, whatever the systems and the relays come to."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gateway.domain.errors import SourceRejected, SourceUnavailable
from gateway.domain.feeds import Message, Receipt, WorkNews
from gateway.domain.ids import LocationCode, SourceCode
from gateway.domain.messages import message as message_of
from gateway.domain.network import HandOverClass
from gateway.domain.order_status import order_status
from gateway.domain.outbox import OutboxEntry, Resolution
from gateway.ports.order_book import HandOverQuery, Record
from resolvers.commands.apply_news import apply_news
from resolvers.commands.cancel_order import cancel_order
from resolvers.commands.inputs import CancelOrder, OrderRef
from resolvers.hand_over import relay as relaying
from resolvers.hand_over.relay import relay_one
from resolvers.hand_over.verdict import Pace
from tests.domain.retailer import LYON, WAREHOUSE
from tests.support.memory_network import MemoryNetwork
from tests.support.memory_shop import ERP, OPERATOR, POS, WMS, A, check_ledger, order_of
from tests.support.placed_orders import goods, placed

REFUSED = SourceUnavailable("wms", "refused the connection")


async def owing(network: MemoryNetwork, key: str = "placing", place: LocationCode = WAREHOUSE) -> Record:
    """Place an order that owes the ERP its order and the place its work."""
    return await placed(network, goods(network, (A, 1, place)), key=key)


async def carried(network: MemoryNetwork, relay: str = "relay") -> None:
    while await relay_one(network.world, relay):
        pass


async def work(network: MemoryNetwork, record: Record) -> OutboxEntry:
    """Return the message about the work, as it stands."""
    return next(entry for entry in (await network.record(record.rid)).outbox if entry.leg != "order")


def of_class(network: MemoryNetwork, code: SourceCode, hand_over: HandOverClass) -> None:
    source = next(one for one in network.world.network.sources if one.code == code)
    object.__setattr__(source, "hand_over", hand_over)
    network.targets[code]._class = hand_over


def effects(network: MemoryNetwork, code: SourceCode) -> list[str]:
    return [message.kind for message in network.targets[code].effects]


async def calls_for(network: MemoryNetwork, record: Record) -> list[str]:
    return [one.code for one in order_of(await network.record(record.rid)).attention]


@pytest.fixture(autouse=True)
def own_sources(network: MemoryNetwork) -> None:
    """Classes are changed by tests: each has sources of its own."""
    own = replace(network.world.network, sources=tuple(replace(one) for one in network.world.network.sources))
    network.world = replace(network.world, network=own)


async def test_an_acknowledged_message_keeps_the_source_s_own_number(network: MemoryNetwork) -> None:
    record = await owing(network)
    await carried(network)
    after = await network.record(record.rid)
    assert [(entry.source, entry.kind, entry.state, entry.reference, entry.attempts) for entry in after.outbox] == [
        (ERP, "ORDER", "ACKNOWLEDGED", "erp-1", 1),
        (WMS, "SHIPMENT", "ACKNOWLEDGED", "wms-1", 1),
    ]
    assert all(entry.acknowledged_at and entry.lease is None for entry in after.outbox)
    assert await network.world.outbox.counts() == {}
    assert not await relay_one(network.world, "relay")


async def test_a_refused_connection_is_tried_again_and_holds_up_no_other_system(network: MemoryNetwork) -> None:
    record = await owing(network)
    network.targets[WMS].switch.fault = REFUSED
    await carried(network)
    entry = await work(network, record)
    assert (entry.state, entry.attempts, entry.last_error, entry.ambiguous_at) == ("WAITING", 1, "refused the connection", None)
    assert entry.next_at is not None
    assert network.clock.at < entry.next_at <= network.clock.at + timedelta(seconds=1)
    assert (effects(network, ERP), await calls_for(network, record)) == (["ORDER"], [])
    listed = await network.world.outbox.entries(HandOverQuery(states=("WAITING",)), 10, None)
    assert [one.rid for one in listed.records] == [record.rid]
    assert await network.world.outbox.counts() == {WMS: {"WAITING": 1}}
    network.targets[WMS].switch.fault = None
    network.clock.pass_by(timedelta(seconds=2))
    await carried(network)
    assert (effects(network, WMS), (await work(network, record)).attempts) == (["SHIPMENT"], 2)


async def test_class_a_resends_with_the_same_key_after_a_lost_answer(network: MemoryNetwork) -> None:
    of_class(network, WMS, "A")
    record = await owing(network)
    network.targets[WMS].lose_answers = 2
    for _ in range(4):
        await carried(network)
        network.clock.pass_by(timedelta(minutes=1))
    entry = await work(network, record)
    assert (entry.state, entry.attempts, entry.reference) == ("ACKNOWLEDGED", 3, "wms-1")
    assert (effects(network, WMS), network.targets[WMS].switch.calls) == (["SHIPMENT"], {"send": 3})


@pytest.mark.parametrize("arrived", [True, False])
async def test_class_b_waits_asks_and_resends_only_what_is_absent(network: MemoryNetwork, arrived: bool) -> None:  # noqa: FBT001 - a case
    of_class(network, WMS, "B")
    record, target = await owing(network), network.targets[WMS]
    if arrived:
        target.lose_answers = 1
    else:
        target.switch.fault = SourceUnavailable("wms", "reset the connection", unknown_effect=True)
    await carried(network)
    target.switch.fault = None
    network.clock.pass_by(timedelta(seconds=14))
    await carried(network)
    assert target.switch.calls == {"send": 1}
    network.clock.pass_by(timedelta(seconds=1))
    await carried(network)
    assert target.switch.calls == ({"send": 1, "find": 1} if arrived else {"send": 2, "find": 1})
    assert ((await work(network, record)).state, effects(network, WMS)) == ("ACKNOWLEDGED", ["SHIPMENT"])


async def test_class_b_asks_again_while_it_cannot_be_asked(network: MemoryNetwork) -> None:
    of_class(network, WMS, "B")
    record, target = await owing(network), network.targets[WMS]
    target.lose_answers = 1
    await carried(network)
    target.switch.fault = REFUSED
    for tries in (2, 3, 4):
        network.clock.pass_by(timedelta(minutes=1))
        await carried(network)
        assert ((await work(network, record)).state, (await work(network, record)).attempts) == ("WAITING", tries)
    target.switch.fault = None
    network.clock.pass_by(timedelta(minutes=1))
    await carried(network)
    assert ((await work(network, record)).state, effects(network, WMS), target.switch.calls["send"]) == ("ACKNOWLEDGED", ["SHIPMENT"], 1)


async def test_class_c_is_parked_and_never_sent_again_until_a_person_says_so(network: MemoryNetwork) -> None:
    of_class(network, WMS, "C")
    record, target = await owing(network), network.targets[WMS]
    target.lose_answers = 1
    await carried(network)
    network.clock.pass_by(timedelta(days=2))
    await carried(network)
    assert ((await work(network, record)).state, target.switch.calls) == ("PARKED", {"send": 1})
    assert await calls_for(network, record) == ["HAND_OVER_UNKNOWN"]
    assert await network.world.outbox.counts() == {WMS: {"PARKED": 1}}
    entry = await work(network, record)
    await network.world.outbox.resolve(record.rid, entry.n, Resolution("WAITING", note="they have nothing"))
    await carried(network)
    assert ((await work(network, record)).state, target.switch.calls) == ("ACKNOWLEDGED", {"send": 2})
    assert await calls_for(network, record) == []


async def test_a_refusal_is_dead_and_calls_a_person_in_the_same_write(network: MemoryNetwork) -> None:
    record = await owing(network)
    network.targets[WMS].switch.fault = SourceRejected("wms", "no such service")
    writes: list[tuple[str, int]] = []
    put = network.database.put_order

    def seen(doc):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202 - stands in front of the real one
        entry = next(one for one in doc.outbox if one.source == WMS)
        writes.append((entry.state, len(doc.order.attention)))
        put(doc)

    network.database.put_order = seen  # type: ignore[method-assign]
    await carried(network)
    assert ("DEAD", 1) in writes
    assert ("DEAD", 0) not in writes
    assert (await calls_for(network, record), await network.world.outbox.counts()) == (["HAND_OVER_DEAD"], {WMS: {"DEAD": 1}})
    network.targets[WMS].switch.fault = None
    await network.world.outbox.resolve(record.rid, 2, Resolution("WAITING"))
    await carried(network)
    assert ((await work(network, record)).state, await calls_for(network, record)) == ("ACKNOWLEDGED", [])


async def test_a_dead_message_of_class_b_is_asked_after_before_it_is_sent_again(network: MemoryNetwork) -> None:
    of_class(network, WMS, "B")
    record, target = await owing(network), network.targets[WMS]
    target.lose_answers = 1
    await carried(network)
    target.switch.fault = REFUSED
    network.clock.pass_by(timedelta(hours=25))
    await carried(network)
    assert (await work(network, record)).state == "DEAD"
    target.switch.fault = None
    await network.world.outbox.resolve(record.rid, 2, Resolution("WAITING"))
    await carried(network)
    assert ((await work(network, record)).state, effects(network, WMS)) == ("ACKNOWLEDGED", ["SHIPMENT"])


async def test_many_relays_at_once_send_each_message_once(network: MemoryNetwork) -> None:
    records = [await owing(network, key=str(n), place=place) for n, place in enumerate([WAREHOUSE, LYON] * 4)]
    await asyncio.gather(*(carried(network, f"r{n}") for n in range(6)))
    assert (effects(network, ERP), effects(network, WMS)) == (["ORDER"] * 8, ["SHIPMENT"] * 4)
    assert len(effects(network, POS)) == 4
    for record in records:
        assert {entry.state for entry in (await network.record(record.rid)).outbox} == {"ACKNOWLEDGED"}
    check_ledger(network.database)


async def killed_while_sending(network: MemoryNetwork) -> tuple[Record, OutboxEntry]:
    """A relay that announced, had its effect, and was never heard of again."""
    record = await owing(network)
    network.targets[ERP].switch.fault = REFUSED
    target = network.targets[WMS]
    send, had_effect = target.send, asyncio.Event()

    async def hang(message: Message) -> Receipt:
        await send(message)
        had_effect.set()
        await asyncio.Event().wait()
        raise AssertionError

    target.send = hang  # type: ignore[method-assign]
    relay = asyncio.create_task(relay_one(network.world, "killed", (WMS,)))
    await had_effect.wait()
    relay.cancel()
    await asyncio.gather(relay, return_exceptions=True)
    target.send = send  # type: ignore[method-assign]
    return record, await work(network, record)


@pytest.mark.parametrize(
    ("hand_over", "state", "calls"),
    [("A", "ACKNOWLEDGED", {"send": 2}), ("B", "ACKNOWLEDGED", {"send": 1, "find": 1}), ("C", "PARKED", {"send": 1})],
)
async def test_a_killed_relay_s_message_is_taken_over_when_its_lease_lapses(
    network: MemoryNetwork, hand_over: HandOverClass, state: str, calls: dict[str, int]
) -> None:
    of_class(network, WMS, hand_over)
    record, left = await killed_while_sending(network)
    assert left.state == "SENDING"
    assert not await relay_one(network.world, "other", (WMS,))
    network.clock.pass_by(timedelta(seconds=Pace().lease_s + 1))
    await carried(network)
    network.clock.pass_by(timedelta(seconds=15))
    await carried(network)
    assert ((await work(network, record)).state, network.targets[WMS].switch.calls, len(effects(network, WMS))) == (state, calls, 1)
    assert await calls_for(network, record) == (["HAND_OVER_UNKNOWN"] if state == "PARKED" else [])


async def test_a_message_that_its_source_does_not_take_is_dropped_and_its_claims_stay_free_to_move(network: MemoryNetwork) -> None:
    network.targets[WMS]._kinds = frozenset({"STEP"})
    record = await owing(network)
    await carried(network)
    assert ((await work(network, record)).state, (await network.record(record.rid)).sent, effects(network, WMS)) == (
        "DROPPED",
        frozenset(),
        [],
    )


async def test_a_message_that_cannot_be_made_is_visible_and_holds_up_no_other(
    network: MemoryNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = await owing(network)

    def failing(facts):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202 - stands in front of the real one
        if facts.entry.source == WMS:
            raise KeyError("a fault of ours")
        return message_of(facts)

    monkeypatch.setattr(relaying, "message", failing)
    await carried(network)
    entry = await work(network, record)
    assert (entry.state, entry.attempts, entry.last_error) == ("WAITING", 1, "its message cannot be made")
    assert effects(network, ERP) == ["ORDER"]


async def test_an_answer_that_fails_by_our_fault_is_of_unknown_effect(network: MemoryNetwork) -> None:
    of_class(network, WMS, "C")
    record, target = await owing(network), network.targets[WMS]

    async def crash(message: Message) -> Receipt:
        raise ZeroDivisionError

    target.send = crash  # type: ignore[method-assign]
    await carried(network)
    assert ((await work(network, record)).state, await calls_for(network, record)) == ("PARKED", ["HAND_OVER_UNKNOWN"])


async def test_a_receipt_that_cannot_be_used_is_left_to_a_person_and_the_message_never_sent_again(
    network: MemoryNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = await owing(network)

    async def failing(*_: object) -> None:
        raise KeyError("a fault of ours")

    monkeypatch.setattr(relaying, "record_receipt", failing)
    await carried(network)
    entry = await work(network, record)
    assert (entry.state, entry.reference, effects(network, WMS)) == ("PARKED", "wms-1", ["SHIPMENT"])
    network.clock.pass_by(timedelta(days=2))
    await carried(network)
    assert effects(network, WMS) == ["SHIPMENT"]


async def test_a_call_that_would_outlive_its_lease_is_broken_off_and_of_unknown_effect(network: MemoryNetwork) -> None:
    of_class(network, WMS, "C")
    record, target = await owing(network), network.targets[WMS]

    async def hang(message: Message) -> Receipt:
        await asyncio.Event().wait()
        raise AssertionError

    target.send = hang  # type: ignore[method-assign]
    async with asyncio.timeout(5):
        assert await relay_one(network.world, "relay", (WMS,), Pace(lease_s=0.05))
    entry = await work(network, record)
    assert (entry.state, entry.last_error) == ("PARKED", "gave no answer while the message was ours to send")


async def test_a_message_whose_lease_ran_out_while_it_was_announced_is_not_sent(network: MemoryNetwork) -> None:
    record = await owing(network)
    announce = network.world.outbox.announce

    async def slowly(record, entry, now, lease_s):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202 - stands in front of the real one
        announced = await announce(record, entry, now, lease_s)
        network.clock.pass_by(timedelta(seconds=lease_s))
        return announced

    network.world.outbox.announce = slowly  # type: ignore[method-assign]
    await relay_one(network.world, "relay", (WMS,))
    entry = await work(network, record)
    assert (entry.state, entry.attempts, entry.ambiguous_at, effects(network, WMS)) == ("WAITING", 1, None, [])


async def test_after_a_person_s_word_a_message_is_tried_as_long_as_a_new_one(network: MemoryNetwork) -> None:
    record = await owing(network)
    network.targets[WMS].switch.fault = REFUSED
    await carried(network)
    network.clock.pass_by(timedelta(hours=25))
    await carried(network)
    assert (await work(network, record)).state == "DEAD"
    await network.world.outbox.resolve(record.rid, 2, Resolution("WAITING"))
    for _ in range(3):
        await carried(network)
        network.clock.pass_by(timedelta(minutes=1))
    assert ((await work(network, record)).state, (await work(network, record)).key) == ("WAITING", record.outbox[1].key)
    network.targets[WMS].switch.fault = None
    await carried(network)
    assert ((await work(network, record)).state, effects(network, WMS)) == ("ACKNOWLEDGED", ["SHIPMENT"])


async def test_a_source_that_speaks_of_a_message_ends_every_doubt_about_it(network: MemoryNetwork) -> None:
    for hand_over in ("A", "B", "C"):
        of_class(network, WMS, hand_over)  # type: ignore[arg-type] # one of its classes
        record, target = await owing(network, key=hand_over), network.targets[WMS]
        target.lose_answers, calls = 1, target.switch.calls.copy()
        await carried(network)
        assert (await work(network, record)).state == ("PARKED" if hand_over == "C" else "WAITING")
        number = order_of(await network.record(record.rid)).fulfillments[0].number
        await apply_news(network.world, WMS, WorkNews(f"e{hand_over}", number, "ACKNOWLEDGED", network.clock.now(), source_reference="W"))
        network.clock.pass_by(timedelta(minutes=5))
        await carried(network)
        entry = await work(network, record)
        assert (entry.state, entry.reference, await calls_for(network, record)) == ("ACKNOWLEDGED", "W", [])
        assert target.switch.calls == calls | {"send": calls.get("send", 0) + 1}


async def test_news_that_overtakes_the_answer_to_a_message_stands_whatever_its_relay_learns(network: MemoryNetwork) -> None:
    of_class(network, WMS, "C")
    record, target = await owing(network), network.targets[WMS]
    send = target.send

    async def overtaken(message: Message) -> Receipt:
        await send(message)
        await apply_news(network.world, WMS, WorkNews("e1", message.reference, "ACCEPTED", network.clock.now(), source_reference="W"))
        raise SourceUnavailable("wms", "broke off the connection", unknown_effect=True)

    target.send = overtaken  # type: ignore[method-assign]
    await carried(network)
    assert ((await work(network, record)).state, await calls_for(network, record)) == ("ACKNOWLEDGED", [])


async def test_a_relay_carries_only_what_is_for_its_sources(network: MemoryNetwork) -> None:
    await owing(network)
    only: Sequence[SourceCode] = (WMS,)
    assert await relay_one(network.world, "relay", only)
    assert not await relay_one(network.world, "relay", only)
    assert (effects(network, WMS), effects(network, ERP)) == (["SHIPMENT"], [])


async def test_an_order_of_which_nothing_is_left_before_it_was_told_is_not_told(network: MemoryNetwork) -> None:
    record = await owing(network)
    while await relay_one(network.world, "relay", (WMS,)):
        pass
    canceled = CancelOrder("c" * 22, OrderRef(rid=record.rid), reason="CUSTOMER")
    await cancel_order(network.context(OPERATOR), canceled)
    while await relay_one(network.world, "relay", (WMS,)):
        pass
    number = order_of(record).fulfillments[0].number
    await apply_news(network.world, WMS, WorkNews("e1", number, "CANCELED", network.clock.now()))
    await carried(network)
    found = await network.record(record.rid)
    assert order_status(order_of(found)) == "CANCELED"
    assert effects(network, ERP) == []
    assert [entry.state for entry in found.outbox if entry.leg == "order"] == ["DROPPED"]


class Ahead:
    """A relay's own clock."""

    def __init__(self, network: MemoryNetwork, ahead: timedelta) -> None:
        self.clock, self.ahead = network.clock, ahead

    def now(self) -> datetime:
        return self.clock.now() + self.ahead


@pytest.mark.parametrize("hand_over", ["A", "B", "C"])
async def test_a_relay_whose_clock_is_ahead_takes_nothing_that_another_is_sending(network: MemoryNetwork, hand_over: HandOverClass) -> None:
    of_class(network, WMS, hand_over)
    record = await owing(network)
    network.targets[ERP].switch.fault = REFUSED
    target = network.targets[WMS]
    send, begun, answers = target.send, asyncio.Event(), asyncio.Event()

    async def slow(message: Message) -> Receipt:
        begun.set()
        await answers.wait()
        return await send(message)

    target.send = slow  # type: ignore[method-assign]
    sending = asyncio.create_task(relay_one(network.world, "slow", (WMS,)))
    await begun.wait()
    other = replace(network.world, clock=Ahead(network, timedelta(minutes=2)))
    for _ in range(2):
        assert not await relay_one(other, "ahead", (WMS,))
    answers.set()
    assert await sending
    assert (await work(network, record)).state == "ACKNOWLEDGED"
    assert effects(network, WMS) == ["SHIPMENT"]


async def test_a_relay_whose_clock_is_ahead_waits_for_the_quiet_period_too(network: MemoryNetwork) -> None:
    of_class(network, WMS, "B")
    record, _ = await killed_while_sending(network)
    network.clock.pass_by(timedelta(seconds=Pace().lease_s + 1))
    other = replace(network.world, clock=Ahead(network, timedelta(minutes=2)))
    while await relay_one(other, "ahead", (WMS,)):
        pass
    assert (await work(network, record)).state == "WAITING"
    network.clock.pass_by(timedelta(seconds=15))
    while await relay_one(other, "ahead", (WMS,)):
        pass
    assert (await work(network, record)).state == "ACKNOWLEDGED"
    assert effects(network, WMS) == ["SHIPMENT"]
