"""The messages owed to sources at a terminal: listed, decided about by name or by filter, said twice without harm."""

import json
from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.errors import SourceRejected
from gateway.domain.outbox import HandOverState
from gateway.operate import Refused
from gateway.outbox import Outcome, Verdict, Wanted, decided, listed, row, shown
from gateway.outbox_console import print_messages, print_outcomes
from gateway.ports.order_book import Record
from resolvers.hand_over.relay import relay_one
from schema.ids import global_id
from tests.domain.retailer import LYON, WAREHOUSE
from tests.support.memory_network import MemoryNetwork
from tests.support.memory_shop import ERP, WMS, A, order_of
from tests.support.placed_orders import goods, placed

NO = SourceRejected("wms", "no such service")


@pytest.fixture
async def network() -> MemoryNetwork:
    network = MemoryNetwork()
    await network.sync()
    return network


async def carried(network: MemoryNetwork) -> None:
    while await relay_one(network.world, "relay"):
        pass


async def dead(network: MemoryNetwork, count: int = 1) -> list[Record]:
    """Orders whose work the warehouse has refused."""
    records = [await placed(network, goods(network, (A, 1, WAREHOUSE)), key=f"o{n}") for n in range(count)]
    network.targets[WMS].switch.fault = NO
    await carried(network)
    network.targets[WMS].switch.fault = None
    return records


def name(record: Record, n: int = 2) -> str:
    return f"{order_of(record).number}/{n}"


async def states(network: MemoryNetwork, records: list[Record]) -> list[HandOverState]:
    return [next(entry.state for entry in (await network.record(one.rid)).outbox if entry.source == WMS) for one in records]


async def test_what_is_open_is_listed_and_what_is_through_when_it_is_asked_for(network: MemoryNetwork) -> None:
    (record,) = await dead(network)
    found, total = await listed(network.world, Wanted(), 10)
    assert ([shown(one) for one in found], total) == ([name(record)], 1)
    through, total = await listed(network.world, Wanted(states=("ACKNOWLEDGED",), sources=(ERP,)), 10)
    assert ([shown(one) for one in through], total) == ([name(record, 1)], 1)
    assert await listed(network.world, Wanted(order="NOPE"), 10) == ([], 0)


async def test_no_more_are_listed_than_asked_for_and_all_are_counted(network: MemoryNetwork) -> None:
    await dead(network, 5)
    found, total = await listed(network.world, Wanted(), 3)
    assert (len({shown(one) for one in found}), total) == (3, 5)


@pytest.mark.parametrize("named", ["number", "id"])
async def test_a_message_is_named_as_it_is_listed_or_by_its_id_in_the_graph(network: MemoryNetwork, named: str) -> None:
    (record,) = await dead(network)
    wanted = name(record) if named == "number" else global_id("HandOver", f"{record.rid}/2")
    (done,) = await decided(network.world, Wanted((wanted,)), Verdict("CONFIRM", "W-9", "they told us"))
    assert (done.outcome, done.told) == ("DONE", "is ACKNOWLEDGED (was DEAD)")
    assert done.message is not None
    assert (done.message.entry.reference, done.message.entry.last_error) == ("W-9", "they told us")


@pytest.mark.parametrize("resolution", ["RETRY", "CONFIRM", "DROP"])
async def test_what_is_said_twice_is_done_once(network: MemoryNetwork, resolution: Any) -> None:
    records = await dead(network)
    first, second = [(await decided(network.world, Wanted((name(records[0]),)), Verdict(resolution)))[0] for _ in range(2)]
    assert (first.outcome, second.outcome) == ("DONE", "ALREADY")
    sent = network.targets[WMS].switch.calls["send"]
    await carried(network)
    assert network.targets[WMS].switch.calls["send"] == sent + (resolution == "RETRY")
    (third,) = await decided(network.world, Wanted((name(records[0]),)), Verdict(resolution))
    assert third.outcome == "ALREADY"


async def test_a_filter_means_every_message_that_fits_and_no_other(network: MemoryNetwork) -> None:
    records = await dead(network, 4)
    one_parked = network.doc(records[0].rid)
    parked = tuple(replace(entry, state="PARKED") if entry.source == WMS else entry for entry in one_parked.outbox)
    network.database.put_order(replace(one_parked, outbox=parked))
    outcomes = await decided(network.world, Wanted(sources=(WMS,), states=("DEAD",)), Verdict("RETRY"))
    assert [one.outcome for one in outcomes] == ["DONE"] * 3
    assert sorted(await states(network, records)) == ["PARKED", "WAITING", "WAITING", "WAITING"]
    await carried(network)
    assert await decided(network.world, Wanted(sources=(WMS,), states=("DEAD",)), Verdict("RETRY")) == []


@pytest.mark.parametrize(
    ("wanted", "verdict", "words"),
    [
        (Wanted(), Verdict("RETRY"), "Name messages"),
        (Wanted(("X/1",), states=("DEAD",)), Verdict("DROP"), "not both"),
        (Wanted(sources=(WMS,)), Verdict("RETRY"), "--state DEAD"),
        (Wanted(states=("WAITING",)), Verdict("DROP"), "--state DEAD"),
        (Wanted(states=("PARKED",)), Verdict("CONFIRM"), "Name the message to confirm"),
        (
            Wanted(sources=("wmz",), states=("DEAD",)),
            Verdict("RETRY"),
            "There is no source 'wmz'; the network file has erp, wms, pos, mill",
        ),
    ],
)
async def test_a_choice_that_nobody_can_have_meant_is_refused(network: MemoryNetwork, wanted: Wanted, verdict: Verdict, words: str) -> None:
    records = await dead(network)
    with pytest.raises(Refused, match=words):
        await decided(network.world, wanted, verdict)
    assert await states(network, records) == ["DEAD"]


async def test_one_message_that_cannot_be_decided_keeps_no_other_one_from_it(network: MemoryNetwork) -> None:
    records = await dead(network)
    fresh = await placed(network, goods(network, (A, 1, LYON)), key="fresh")
    names = ("NOPE/1", "rubbish", name(records[0], 99), name(fresh), name(records[0]))
    outcomes = await decided(network.world, Wanted(names), Verdict("DROP"))
    assert [one.outcome for one in outcomes] == ["REFUSED"] * 4 + ["DONE"]
    assert outcomes[0].told == "There is no message 'NOPE/1'."
    assert outcomes[3].told == "is WAITING and cannot become DROPPED: only PARKED and DEAD wait for a person"


async def test_tables_and_json_tell_the_same(network: MemoryNetwork, capsys: pytest.CaptureFixture[str]) -> None:
    (record,) = await dead(network)
    found, total = await listed(network.world, Wanted(), 10)
    outcomes = [
        Outcome("X/1", "REFUSED", "There is no message 'X/1'."),
        *await decided(network.world, Wanted((name(record),)), Verdict("DROP")),
    ]
    capsys.readouterr()
    print_messages(found, total, as_json=True)
    (told,) = json.loads(capsys.readouterr().out)
    assert told == row(found[0])
    assert (told["message"], told["source"], told["state"], told["lastError"]) == (name(record), "wms", "DEAD", "no such service")
    print_messages(found, total, as_json=False)
    out = capsys.readouterr().out
    assert "DEAD" in out
    assert "1 shown of 1" in out
    print_outcomes(outcomes, as_json=True)
    assert [one["outcome"] for one in json.loads(capsys.readouterr().out)] == ["REFUSED", "DONE"]
    print_outcomes(outcomes, as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        "X/1 There is no message 'X/1'.",
        f"{name(record)} is DROPPED (was DEAD)",
        "1 done, 0 as wished already, 1 refused",
    ]
