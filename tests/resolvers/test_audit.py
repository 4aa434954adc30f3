"""The audit finds what does not fit, tells it from what is only on its way, and puts right what is safe."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import cast

import pytest

from gateway.domain.claims.auditing import MENDED_BY_ITSELF, REPAIRABLE, DriftKind
from gateway.domain.claims.documents import Claim, Marker, StockDoc
from gateway.domain.claims.recording import of_claim
from gateway.domain.errors import SourceUnavailable
from gateway.domain.feeds import Batch, Item, StockDelta, StockRow
from gateway.domain.ids import SourceCode, capacity_key, stock_key
from gateway.domain.movement import Movement
from gateway.domain.order import Order, UnitGroup
from resolvers.audit import Audit, audit
from tests.domain.retailer import LYON, NANTES, WAREHOUSE
from tests.support.memory_network import MemoryNetwork, row
from tests.support.memory_shop import POS, WMS, A, order_of
from tests.support.placed_orders import goods, placed

KEY = stock_key(A, WAREHOUSE)
LONG = timedelta(hours=1)


@pytest.fixture
async def network() -> MemoryNetwork:
    """Everything was read, an order of two placed long ago."""
    network = MemoryNetwork()
    await network.sync()
    await placed(network, goods(network, (A, 2, WAREHOUSE)))
    network.clock.pass_by(LONG)
    return network


async def audited(network: MemoryNetwork, *, repair: bool = False, sample: int | None = None) -> Audit:
    return await audit(network.world, sample=sample, repair=REPAIRABLE if repair else (), pause_s=0)


def found(done: Audit) -> list[tuple[str, str | None]]:
    return [(one.kind, one.position) for one in done.drifts]


def spoil(network: MemoryNetwork, **fields: object) -> None:
    """Change the position as nothing of ours would."""
    doc = network.database.stock[KEY]
    network.database.stock[KEY] = replace(doc, **fields)  # type: ignore[arg-type]


async def test_where_all_is_well_nothing_is_found(network: MemoryNetwork) -> None:
    done = await audited(network)
    assert (found(done), done.left, done.unread) == ([], [], {})
    assert (done.positions, done.orders, done.read_live) == (5, 1, 2)


async def test_a_sample_looks_at_so_many(network: MemoryNetwork) -> None:
    done = await audited(network, sample=2)
    assert (done.positions, done.orders) == (2, 1)


async def test_a_wrong_sum_is_found_and_put_right(network: MemoryNetwork) -> None:
    spoil(network, free=9)
    assert found(await audited(network)) == [("SUM", KEY)]
    done = await audited(network, repair=True)
    assert (done.left, network.database.stock[KEY].free) == ([], 8)
    assert found(await audited(network)) == []


async def test_a_claim_of_nobody_is_given_back(network: MemoryNetwork) -> None:
    doc = network.database.stock[KEY]
    spoil(network, free=doc.free - 3, markers={**doc.markers, "NOBODY_1_1": Marker(3, 1, ok=True)})
    done = await audited(network)
    assert [(one.kind, one.mid, one.invariant) for one in done.drifts] == [("ORPHAN", "NOBODY_1_1", "I4")]
    assert (await audited(network, repair=True)).left == []
    assert network.database.stock[KEY].free == 8


async def test_units_that_were_not_found_are_no_claim_of_nobody(network: MemoryNetwork) -> None:
    doc = network.database.stock[KEY]
    spoil(network, free=doc.free - 3, markers={**doc.markers, "NOBODY_1_1": Marker(3, 1, ok=True, asked=1, lost=True)})
    assert found(await audited(network)) == []


async def test_a_claim_without_its_units_is_told_and_gets_them_from_elsewhere(network: MemoryNetwork) -> None:
    (order,) = network.database.orders.values()
    spoil(network, free=10, markers={})
    assert [(one.kind, one.invariant) for one in (await audited(network)).drifts] == [("MARKER_MISSING", "I3")]
    assert (await audited(network, repair=True)).left == []
    (claim,) = network.database.orders[order.rid].claims
    assert (claim.key, claim.units) == (stock_key(A, LYON), 2)
    assert (network.database.stock[KEY].free, network.database.stock[claim.key].markers[claim.mid].q) == (10, 2)


async def test_a_claim_without_its_units_that_no_other_place_has_calls_a_person_and_nothing_is_invented(network: MemoryNetwork) -> None:
    (order,) = network.database.orders.values()
    for place in (LYON, NANTES):
        network.shelf(A, place, 0)
    spoil(network, free=10, markers={})
    done = await audited(network, repair=True)
    assert [one.kind for one in done.left] == ["MARKER_MISSING"]
    assert not any(marker.q for marker in network.database.stock[KEY].markers.values())
    assert [one.code for one in order_of(await network.record(order.rid)).attention] == ["SHORTFALL"]


def forget_movements(network: MemoryNetwork) -> None:
    for name in [name for name, one in network.database.movements.items() if one.rid]:
        del network.database.movements[name]


def record_a_release(network: MemoryNetwork) -> None:
    (order,) = network.database.orders.values()
    at = network.clock.now() - LONG / 2
    network.database.record([of_claim(KEY, order.claims[0].mid, "RELEASE", 2, at)])


@pytest.mark.parametrize("spoiled", [forget_movements, record_a_release])
async def test_a_claim_that_no_figure_counts_must_have_its_units_whatever_movements_say(
    network: MemoryNetwork, spoiled: Callable[[MemoryNetwork], None]
) -> None:
    spoil(network, free=10, markers={})
    spoiled(network)
    assert [(one.kind, one.told) for one in (await audited(network)).drifts] == [
        ("MARKER_MISSING", "2 units of an order are not kept for it")
    ]
    assert (await audited(network, repair=True)).left == []


async def test_a_claim_that_a_figure_counts_needs_no_units_though_nobody_was_told_of_it(network: MemoryNetwork) -> None:
    (order,) = network.database.orders.values()
    spoil(network, q=8, free=8, markers={})
    network.database.record([of_claim(KEY, order.claims[0].mid, "DISPATCH", 2, network.clock.now() - LONG / 2)])
    assert not [one for one in (await audited(network)).drifts if one.invariant == "I3"]


async def test_fewer_units_than_a_claim_has_are_found(network: MemoryNetwork) -> None:
    doc = network.database.stock[KEY]
    (mid, marker), *_ = doc.markers.items()
    spoil(network, free=doc.free + 1, markers={mid: replace(marker, q=1)})
    found_by_name = {one.kind: one for one in (await audited(network)).drifts}
    assert found_by_name["UNITS_MISSING"].told == "1 of 2 units are kept for the claim"
    assert found_by_name["MOVEMENT_MISSING"].told == "2 units are recorded as kept, and 1 are"
    await audited(network, repair=True)
    assert found(await audited(network)) == []


async def test_a_part_that_was_given_back_and_not_recorded_is_recorded(network: MemoryNetwork) -> None:
    ((rid, order),) = network.database.orders.items()
    doc = network.database.stock[KEY]
    (mid, marker), *_ = doc.markers.items()
    less = cast("Order", order.order)
    line = less.lines[0]
    units = (replace(line.units[0], quantity=1), UnitGroup(1, "CANCELED"))
    content = replace(less, lines=(replace(line, units=units),))
    network.database.orders[rid] = replace(order, claims=(replace(order.claims[0], units=1),), order=content)
    spoil(network, free=doc.free + 1, markers={mid: replace(marker, q=1)})
    assert found(await audited(network)) == [("MOVEMENT_MISSING", KEY)]
    assert (await audited(network, repair=True)).left == []
    assert [(one.units, one.left) for one in network.database.movements.values() if one.kind == "RELEASE"] == [(1, 1)]


async def test_more_than_is_claimed_is_found_in_an_order(network: MemoryNetwork) -> None:
    ((rid, order),) = network.database.orders.items()
    content = cast("Order", order.order)
    line = content.lines[0]
    more = replace(line, quantity=5, units=(replace(line.units[0], quantity=5),))
    network.database.orders[rid] = replace(order, order=replace(content, lines=(more,)))
    done = await audited(network, repair=True)
    assert [(one.kind, one.told) for one in done.left] == [("CONTENT", "the order has 5 units of a claim of 2")]
    assert [one.code for one in order_of(await network.record(rid)).attention] == ["SHORTFALL"]


ROOM = capacity_key(WAREHOUSE, date(2026, 3, 5))


async def test_a_shift_s_claim_of_nobody_is_found_and_given_back(network: MemoryNetwork) -> None:
    network.database.capacity[ROOM] = StockDoc(ROOM, SourceCode(""), 5, 2, markers={"NOBODY_1_1": Marker(3, 1, ok=True)})
    done = await audited(network)
    assert (found(done), done.shifts) == ([("ORPHAN", ROOM)], 1)
    assert (await audited(network, repair=True)).left == []
    assert network.database.capacity[ROOM].free == 5
    assert (await audited(network, sample=3)).shifts == 1


async def test_a_shift_s_wrong_sum_is_found_and_added_up(network: MemoryNetwork) -> None:
    network.database.capacity[ROOM] = StockDoc(ROOM, SourceCode(""), 5, 4)
    assert found(await audited(network)) == [("SUM", ROOM)]
    assert (await audited(network, repair=True)).left == []
    assert network.database.capacity[ROOM].free == 5


async def test_room_that_is_not_kept_for_an_order_is_found_until_its_day_is_over(network: MemoryNetwork) -> None:
    ((rid, order),) = network.database.orders.items()
    booked, past = Claim(f"{rid}_1_9", ROOM, 1), Claim(f"{rid}_1_8", capacity_key(WAREHOUSE, date(2020, 1, 1)), 1)
    network.database.orders[rid] = replace(order, claims=(*order.claims, booked, past))
    network.clock.at = datetime(2026, 3, 1, tzinfo=UTC)
    assert ("MARKER_MISSING", ROOM) in (seen := found(await audited(network)))
    assert past.key not in {position for _, position in seen}


async def test_more_units_than_a_claim_has_are_told(network: MemoryNetwork) -> None:
    doc = network.database.stock[KEY]
    (mid, marker), *_ = doc.markers.items()
    spoil(network, free=doc.free - 1, markers={mid: replace(marker, q=3)})
    done = await audited(network)
    assert [(one.kind, one.mid, one.told) for one in done.drifts] == [("UNITS", mid, "3 units are kept for a claim of 2")]
    assert (await audited(network, repair=True)).left == []
    assert (network.database.stock[KEY].markers[mid].q, network.database.stock[KEY].free) == (2, doc.free)


async def test_a_lifting_that_was_not_recorded_is_recorded(network: MemoryNetwork) -> None:
    (rid, order), *_ = network.database.orders.items()
    network.database.orders[rid] = replace(order, sent=frozenset(claim.mid for claim in order.claims))
    spoil(network, free=10, markers={})
    assert found(await audited(network)) == [("MOVEMENT_MISSING", KEY)]
    assert (await audited(network, repair=True)).left == []
    assert [one.units for one in network.database.movements.values() if one.kind == "DISPATCH"] == [2]


async def test_a_figure_that_was_not_recorded_is_recorded(network: MemoryNetwork) -> None:
    network.database.movements |= {"old": Movement(KEY, "SYNC", "old", 1, 11, network.clock.now() + timedelta(minutes=1), WMS)}
    for name in [name for name, one in network.database.movements.items() if one.key == KEY and one.quantity == 10]:
        del network.database.movements[name]
    assert found(await audited(network)) == [("FIGURE_UNRECORDED", KEY)]
    assert (await audited(network, repair=True)).left == []


async def test_a_figure_without_a_time_or_of_the_future_is_told(network: MemoryNetwork) -> None:
    spoil(network, as_of_ms=network.clock.now_ms() + 600_000)
    assert found(await audited(network)) == [("UNTIMED", KEY)]


async def test_a_change_that_was_not_taken_in_is_found_and_taken_in(network: MemoryNetwork) -> None:
    network.depot_stock.state(row("A", WAREHOUSE, 7, sequence=3))
    await network.full(WMS)
    assert found(await audited(network)) == []
    spoil(network, q=9, free=7)
    network.database.movements |= {"m": Movement(KEY, "SYNC", "m", 2, 9, network.clock.now(), WMS)}
    done = await audited(network)
    assert [(one.kind, one.told) for one in done.drifts] == [("SOURCE", "its owner has 7 at 3, we know 9")]
    assert (await audited(network, repair=True)).left == []
    assert (network.database.stock[KEY].q, network.database.stock[KEY].free) == (7, 5)


async def test_what_a_source_did_just_now_is_no_drift(network: MemoryNetwork) -> None:
    network.depot_stock.move(StockDelta("e1", WAREHOUSE, Item(sku="A"), -1, network.clock.at, sequence=9))
    assert found(await audited(network)) == []


class Forgetful:
    """A depot that never tells of one change, and is always further than the last pass was: each question falls between two passes."""

    def __init__(self, network: MemoryNetwork) -> None:
        self.network, self.inner, self.asked = network, network.depot_stock, 0
        self.inner._rows[WAREHOUSE, Item(sku="A")] = row("A", WAREHOUSE, 7)
        network.with_ports(WMS, stock=self)

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)

    async def positions(self, items: Collection[Item]) -> Batch[StockRow]:
        if self.asked:
            await self.network.delta(WMS)
        self.asked += 1
        self.inner.state(row("B", WAREHOUSE, 4, sequence=2 + self.asked))
        return await self.inner.positions(items)


@pytest.mark.parametrize("repair", [(), MENDED_BY_ITSELF])
async def test_what_a_busy_source_never_told_is_found_and_taken_in(network: MemoryNetwork, repair: Collection[DriftKind]) -> None:
    Forgetful(network)
    done = await audit(network.world, sample=None, repair=repair, pause_s=0)
    assert [(one.kind, one.position, one.told) for one in done.drifts] == [("MISSED", KEY, "its owner has 7 at 1, we know 10")]
    assert len(done.repaired) == len(repair)
    assert (network.database.stock[KEY].q, network.database.stock[KEY].free) == ((7, 5) if repair else (10, 8))


async def test_numbers_that_fell_back_are_told_with_their_remedy(network: MemoryNetwork) -> None:
    network.depot_stock.state(row("A", WAREHOUSE, 7, sequence=30))
    await network.full(WMS)
    network.depot_stock.state(row("A", WAREHOUSE, 7, sequence=2))
    done = await audited(network, repair=True)
    assert [(one.kind, one.invariant) for one in done.left] == [("NUMBERING", "I10")]
    assert "declare a new epoch" in done.left[0].cause


async def test_a_source_that_is_away_is_named_and_the_rest_audited(network: MemoryNetwork) -> None:
    network.lose(WMS, SourceUnavailable("wms", "refused the connection"))
    spoil(network, free=9)
    done = await audited(network)
    assert done.unread == {WMS: "refused the connection"}
    assert ("SUM", KEY) in found(done)


async def test_a_decision_that_nobody_carries_out_is_found_and_carried_out(network: MemoryNetwork) -> None:
    (rid, order), *_ = network.database.orders.items()
    network.database.orders[rid] = replace(order, unsettled=True)
    done = await audited(network)
    assert [(one.kind, one.rid) for one in done.drifts] == [("STUCK", rid)]
    assert (await audited(network, repair=True)).left == []
    assert not network.database.orders[rid].unsettled


async def test_more_promised_than_there_is_is_a_drift_only_where_nobody_covers_it(network: MemoryNetwork) -> None:
    network.depot_stock.state(row("A", WAREHOUSE, 1, sequence=3))
    await network.full(WMS)
    assert found(await audited(network)) == [("OVERSOLD", KEY)]
    await network.world.stock.call(KEY, ())
    assert found(await audited(network)) == []


async def test_a_timed_source_is_compared_where_it_says_since_when_its_figure_holds(network: MemoryNetwork) -> None:
    key, at = stock_key(A, LYON), network.clock.at
    network.shop_stock.state(row("A", LYON, 4, at=at - timedelta(minutes=5)))
    await network.full(POS)
    assert found(await audited(network)) == []
    doc = network.database.stock[key]
    network.database.stock[key] = replace(doc, q=6, free=6)
    network.database.movements |= {"m": Movement(key, "SYNC", "m", 2, 6, network.clock.now(), doc.source)}
    assert found(await audited(network)) == [("SOURCE", key)]
    assert (await audited(network, repair=True)).left == []
    assert network.database.stock[key].q == 4
