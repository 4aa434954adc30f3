"""A whole pass that looks like garbage is not believed until it is said again, or a person releases it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from gateway.domain.errors import NotFound, SourceUnavailable
from gateway.domain.feeds import Batch, Item, StockDelta, StockRow
from gateway.domain.ids import LocationCode, Sku
from gateway.domain.network import Network, Source
from gateway.domain.stock_guard import StockGuard
from resolvers.live import bring_up_to_date
from resolvers.sync.operators import quarantined, release
from resolvers.sync.report import SyncReport
from resolvers.sync.source import is_due, sync_due
from resolvers.sync.webhooks import take_webhook
from tests.domain.retailer import LYON, NANTES, WAREHOUSE
from tests.support.memory_network import WITH_SUPPLIER, MemoryNetwork, PagedStock, product, row
from tests.support.memory_shop import POS, WMS

MANY = [f"S{n:02}" for n in range(40)]
SOON, LATER = timedelta(seconds=30), timedelta(minutes=2)


@pytest.fixture
async def shops() -> MemoryNetwork:
    """Forty articles, ten of each at Lyon, three at Nantes, read once."""
    network = MemoryNetwork()
    network.catalogue.sell(*(product(sku, gtin="") for sku in MANY))
    first = Batch((*rows(10, MANY), *rows(3, MANY, NANTES)), asked_at=network.clock.at, cursor="1")
    network.with_ports(POS, stock=PagedStock([first]))
    await network.sync()
    return network


def rows(quantity: int, skus: Sequence[str], place: LocationCode = LYON) -> tuple[StockRow, ...]:
    return tuple(row(sku, place, quantity) for sku in skus)


async def told(network: MemoryNetwork, *parts: tuple[StockRow, ...], after: timedelta = LATER) -> SyncReport:
    """Let the tills tell all of this in a whole pass."""
    network.clock.pass_by(after)
    pages = [Batch(part, asked_at=network.clock.at, complete=part is parts[-1], cursor="1") for part in parts]
    network.with_ports(POS, stock=PagedStock(pages))
    return await network.full(POS)


def units(network: MemoryNetwork, place: LocationCode = LYON) -> int:
    return sum(network.quantities(place).values())


async def filled_depot() -> MemoryNetwork:
    """Forty articles, ten of each at the warehouse, which numbers its figures."""
    network = MemoryNetwork()
    network.catalogue.sell(*(product(sku, gtin="") for sku in MANY))
    await network.sync()
    network.depot_stock.state(*(row(sku, WAREHOUSE, 10, sequence=n + 1) for n, sku in enumerate(MANY)))
    await network.full(WMS)
    await network.full(WMS)
    return network


NOTHING_LEFT = (rows(0, MANY), rows(3, MANY, NANTES))


async def test_stock_that_all_goes_to_zero_is_kept_marked_and_told(shops: MemoryNetwork) -> None:
    heard = await shops.feed(POS)
    with capture_logs() as lines:
        report = await told(shops, *NOTHING_LEFT)
    assert (units(shops), units(shops, NANTES), report.error) == (400, 120, None)
    assert report.quarantined == [f"{LYON}: 40 of 40 positions went to zero"]
    assert [(line["event"], line["source"], line["location"]) for line in lines if line["log_level"] == "warning"] == [
        ("stock_quarantined", "pos", LYON)
    ]
    stands = await shops.feed(POS)
    assert [(one.location, one.rows, one.moved, one.at) for one in stands.quarantines] == [(LYON, 40, 40, shops.clock.at)]
    assert (stands.last_full_at, stands.cursor) == (heard.last_full_at, heard.cursor)
    assert stands.as_of_by_location == {LYON: shops.clock.at - LATER, NANTES: shops.clock.at}


async def test_a_quarantined_place_is_stale_and_its_source_degraded(shops: MemoryNetwork) -> None:
    await told(shops, *NOTHING_LEFT)
    standing = (await shops.context().ready()).standings[POS]
    assert standing.health == "DEGRADED"
    facts = shops.context().surroundings.facts[POS]
    assert facts.quarantined == {LYON}


async def test_said_again_later_it_is_believed(shops: MemoryNetwork) -> None:
    await told(shops, *NOTHING_LEFT)
    await told(shops, *NOTHING_LEFT, after=SOON)
    assert units(shops) == 400
    await told(shops, *NOTHING_LEFT, after=SOON)
    assert (units(shops), (await shops.feed(POS)).quarantines) == (0, ())
    assert (await shops.feed(POS)).last_full_at == shops.clock.at


async def test_what_shops_sell_meanwhile_does_not_keep_a_confirmation_off(shops: MemoryNetwork) -> None:
    await told(shops, rows(60, MANY), rows(3, MANY, NANTES))
    assert units(shops) == 400
    await told(shops, (*rows(58, MANY[:20]), *rows(60, MANY[20:])), rows(3, MANY, NANTES))
    assert units(shops) == 20 * 58 + 20 * 60


async def test_garbage_of_another_kind_is_no_confirmation_and_a_sound_pass_ends_it(shops: MemoryNetwork) -> None:
    await told(shops, *NOTHING_LEFT)
    await told(shops, rows(9_000, MANY), rows(3, MANY, NANTES))
    assert units(shops) == 400
    await told(shops, rows(9, MANY), rows(3, MANY, NANTES))
    assert (units(shops), (await shops.feed(POS)).quarantines) == (360, ())


async def test_a_pass_with_too_few_rows_zeroes_nothing_until_another_one_is_as_short(shops: MemoryNetwork) -> None:
    report = await told(shops, rows(10, MANY[:27]), rows(3, MANY, NANTES))
    assert (report.quarantined, units(shops)) == ([f"{LYON}: it has 27 rows, usually 40"], 400)
    report = await told(shops, rows(10, MANY[:27]), rows(3, MANY, NANTES))
    assert (report.quarantined, units(shops)) == ([], 270)


async def test_what_is_within_bounds_is_believed_at_once(shops: MemoryNetwork) -> None:
    await told(shops, (*rows(0, MANY[:12]), *rows(10, MANY[12:])), rows(3, MANY[:28], NANTES))
    assert (units(shops), units(shops, NANTES)) == (280, 84)


async def test_a_first_load_and_new_articles_are_no_garbage() -> None:
    network = MemoryNetwork()
    network.catalogue.sell(*(product(sku, gtin="") for sku in MANY))
    await network.sync()
    report = await told(network, (*rows(5, ["A"]), *rows(2, ["B"]), *rows(900, MANY)), rows(3, ["A"], NANTES))
    assert (report.quarantined, network.quantities(LYON)["S00"]) == ([], 900)


async def test_a_small_place_is_always_believed(shops: MemoryNetwork) -> None:
    await told(shops, rows(10, MANY[:19]), rows(3, MANY, NANTES))
    await told(shops, rows(10, MANY[:19]), rows(3, MANY, NANTES))
    report = await told(shops, rows(0, MANY[:19]), rows(3, MANY, NANTES))
    assert (report.quarantined, units(shops)) == ([], 0)


async def test_a_person_releases_it(shops: MemoryNetwork) -> None:
    await told(shops, *NOTHING_LEFT)
    assert set(await quarantined(shops.world)) == {POS}
    assert await release(shops.world, POS) == (LYON,)
    await told(shops, *NOTHING_LEFT, after=SOON)
    assert (units(shops), await quarantined(shops.world)) == (0, {})
    for source, place in ((POS, None), (WMS, None), (POS, NANTES)):
        with pytest.raises(NotFound):
            await release(shops.world, source, place)


async def test_a_release_that_comes_while_a_pass_runs_is_not_lost(shops: MemoryNetwork) -> None:
    await told(shops, *NOTHING_LEFT)

    class Slow(PagedStock):
        async def snapshot(self):  # type: ignore[no-untyped-def] # noqa: ANN202 - stands in front of the pages
            await release(shops.world, POS)
            for page in self.pages:
                yield page

    shops.clock.pass_by(SOON)
    pages = [Batch(part, asked_at=shops.clock.at, complete=part is NOTHING_LEFT[-1]) for part in NOTHING_LEFT]
    shops.with_ports(POS, stock=Slow(pages))
    await shops.full(POS)
    assert [one.released for one in (await shops.feed(POS)).quarantines] == [True]


async def test_a_pass_that_breaks_off_is_taken_in_as_far_as_it_is_plausible(shops: MemoryNetwork) -> None:
    shops.clock.pass_by(LATER)
    parts = (rows(0, MANY[:20]), rows(2, MANY[:5], NANTES))
    pages = [Batch(part, asked_at=shops.clock.at, complete=False) for part in parts]
    shops.with_ports(POS, stock=PagedStock(pages, SourceUnavailable("pos", "reset the connection")))
    report = await shops.full(POS)
    assert report.error == "pos: reset the connection"
    assert (units(shops), units(shops, NANTES)) == (400, 115)


async def test_the_place_is_looked_at_again_soon_and_not_at_every_round(shops: MemoryNetwork) -> None:
    await told(shops, *NOTHING_LEFT)
    source = next(one for one in shops.world.network.sources if one.code == POS)
    looks = []
    for _ in range(4):
        looks.append(is_due(source, await shops.feed(POS), shops.world))
        shops.clock.pass_by(timedelta(seconds=20))
    assert looks == [False, False, False, True]
    shops.with_ports(
        POS, stock=PagedStock([Batch(part, asked_at=shops.clock.at, complete=part is NOTHING_LEFT[-1]) for part in NOTHING_LEFT])
    )
    await sync_due(shops.world, source)
    assert units(shops) == 0


async def test_changes_go_on_from_the_old_cursor_while_a_place_is_not_believed() -> None:
    network = await filled_depot()
    cursor = (await network.feed(WMS)).cursor
    network.depot_stock.state(*(row(sku, WAREHOUSE, 0, sequence=n + 41) for n, sku in enumerate(MANY)))
    network.clock.pass_by(LATER)
    report = await network.full(WMS)
    assert report.quarantined
    assert ((await network.feed(WMS)).cursor, network.quantities(WAREHOUSE)["S00"]) == (cursor, 10)


async def test_everything_told_instead_of_changes_is_weighed_like_a_whole_pass(shops: MemoryNetwork) -> None:
    shops.clock.pass_by(LATER)
    told_all = [
        replace(Batch(part, asked_at=shops.clock.at, cursor="2", complete=part is NOTHING_LEFT[-1]), whole=True) for part in NOTHING_LEFT
    ]
    shops.with_ports(POS, stock=PagedStock([], told=told_all))
    report = await shops.delta(POS)
    assert (report.quarantined, units(shops)) == ([f"{LYON}: 40 of 40 positions went to zero"], 400)


async def test_every_bound_is_the_network_files() -> None:
    guard = StockGuard(from_rows=2, most_to_zero=0.9, most_moved=0.1, fewest_rows=0.0)
    sources: tuple[Source, ...] = tuple(replace(one, guard=guard) for one in WITH_SUPPLIER.sources)
    network = MemoryNetwork(_with(WITH_SUPPLIER, sources))
    await network.sync()
    report = await told(network, (row("A", LYON, 4), row("B", LYON, 2), row("A", NANTES, 3)))
    assert report.quarantined == [f"{LYON}: 1 of 7 units moved"]
    assert network.quantities(LYON) == {Sku("A"): 5, Sku("B"): 2}


def _with(network: Network, sources: tuple[Source, ...]) -> Network:
    return replace(network, sources=sources)


async def told_changes(network: MemoryNetwork, changed: tuple[StockRow, ...], *everything: tuple[StockRow, ...]) -> SyncReport:
    """Let the tills tell these changes, and all of that when they are asked for everything."""
    network.clock.pass_by(LATER)
    pages = [Batch(part, asked_at=network.clock.at, complete=part is everything[-1], cursor="2") for part in everything]
    network.with_ports(POS, stock=PagedStock(pages, told=[Batch(changed, asked_at=network.clock.at, cursor="2")]))
    return await network.delta(POS)


async def test_changes_that_empty_a_place_are_held_against_everything(shops: MemoryNetwork) -> None:
    report = await told_changes(shops, rows(0, MANY), rows(9, MANY), rows(3, MANY, NANTES))
    assert (report.quarantined, units(shops)) == ([], 360)


async def test_changes_that_empty_a_place_are_not_believed_when_everything_says_so_too(shops: MemoryNetwork) -> None:
    report = await told_changes(shops, rows(0, MANY), *NOTHING_LEFT)
    assert (report.quarantined, units(shops)) == ([f"{LYON}: 40 of 40 positions went to zero"], 400)


async def test_changes_within_bounds_and_repeats_of_zero_are_believed_as_they_come(shops: MemoryNetwork) -> None:
    await told_changes(shops, rows(0, MANY[:12]), rows(9, MANY))
    assert units(shops) == 280
    await told_changes(shops, rows(0, MANY[:20]), rows(9, MANY))
    assert units(shops) == 200


async def test_changes_that_move_most_units_are_not_believed_when_everything_says_so_too(shops: MemoryNetwork) -> None:
    report = await told_changes(shops, rows(9_000, MANY), rows(9_000, MANY), rows(3, MANY, NANTES))
    assert (report.quarantined, units(shops), report.rows) == ([f"{LYON}: 359600 of 400 units moved"], 400, 80)


async def test_changes_that_move_most_units_are_held_against_everything(shops: MemoryNetwork) -> None:
    report = await told_changes(shops, rows(9_000, MANY[:20]), rows(9, MANY), rows(3, MANY, NANTES))
    assert (report.quarantined, units(shops)) == ([], 360)


async def test_changes_of_many_positions_are_weighed_by_all_that_their_place_has(shops: MemoryNetwork) -> None:
    network = shops
    await told(network, (*rows(3, MANY[:25]), *rows(500, MANY[25:])), rows(3, MANY, NANTES))
    await told(network, (*rows(3, MANY[:25]), *rows(500, MANY[25:])), rows(3, MANY, NANTES))
    assert units(network) == 75 + 15 * 500
    report = await told_changes(network, rows(1, MANY[:25]), rows(9, MANY))
    assert (report.quarantined, report.full, units(network)) == ([], False, 25 + 15 * 500)


async def test_changes_that_come_in_many_parts_are_weighed_together(shops: MemoryNetwork) -> None:
    shops.clock.pass_by(LATER)
    parts = [Batch(rows(0, MANY[n : n + 4]), asked_at=shops.clock.at, cursor="2", complete=n == 36) for n in range(0, 40, 4)]
    pages = [Batch(part, asked_at=shops.clock.at, complete=part is NOTHING_LEFT[-1], cursor="2") for part in NOTHING_LEFT]
    shops.with_ports(POS, stock=PagedStock(pages, told=parts))
    await shops.delta(POS)
    assert (units(shops), [(one.location, one.moved) for one in (await shops.feed(POS)).quarantines]) == (280, [(LYON, 28)])


async def test_a_position_that_changes_name_many_times_counts_once(shops: MemoryNetwork) -> None:
    shops.clock.pass_by(LATER)
    told_often = [
        Batch(rows(11 + n % 2, MANY[:20]), asked_at=shops.clock.at + timedelta(seconds=n), cursor="2", complete=n == 29) for n in range(30)
    ]
    shops.with_ports(POS, stock=PagedStock([], told=told_often))
    report = await shops.delta(POS)
    assert (report.error, report.quarantined, units(shops)) == (None, [], 20 * 12 + 200)


async def pushed(network: MemoryNetwork, *told_rows: StockRow) -> SyncReport:
    for one in told_rows:
        network.shop_pushes.put(f"{one.item} {one.location}", one)
    headers, body = network.shop_pushes.signed(*(f"{one.item} {one.location}" for one in told_rows))
    return await take_webhook(network.world, POS, headers, body)


@pytest.mark.parametrize(("quantity", "why"), [(0, "40 of 40 positions went to zero"), (9_000, "359600 of 400 units moved")])
async def test_a_push_that_looks_like_garbage_waits_for_the_whole(shops: MemoryNetwork, quantity: int, why: str) -> None:
    shops.clock.pass_by(LATER)
    report = await pushed(shops, *rows(quantity, MANY), *rows(2, MANY[:1], NANTES))
    assert (report.quarantined, units(shops), units(shops, NANTES)) == ([f"{LYON}: {why}"], 400, 119)
    source = next(one for one in shops.world.network.sources if one.code == POS)
    assert is_due(source, await shops.feed(POS), shops.world)
    said_again = (rows(quantity, MANY), (*rows(2, MANY[:1], NANTES), *rows(3, MANY[1:], NANTES)))
    await told(shops, *said_again, after=SOON)
    assert units(shops) == 400
    assert not is_due(source, await shops.feed(POS), shops.world)
    await told(shops, *said_again, after=SOON)
    assert (units(shops), (await shops.feed(POS)).quarantines) == (quantity * 40, ())


async def test_a_sound_pass_ends_what_a_push_has_put_in_doubt(shops: MemoryNetwork) -> None:
    shops.clock.pass_by(LATER)
    await pushed(shops, *rows(0, MANY))
    await pushed(shops, *rows(0, MANY))
    assert len((await shops.feed(POS)).quarantines) == 1
    await told(shops, rows(9, MANY), rows(3, MANY, NANTES), after=SOON)
    assert (units(shops), (await shops.feed(POS)).quarantines) == (360, ())


async def test_a_doubt_that_a_push_raises_while_a_pass_runs_is_not_lost(shops: MemoryNetwork) -> None:
    shops.clock.pass_by(LATER)
    asked_at = shops.clock.at

    class Slow(PagedStock):
        async def snapshot(self):  # type: ignore[no-untyped-def] # noqa: ANN202 - stands in front of the pages
            await pushed(shops, *rows(0, MANY))
            for page in self.pages:
                yield page

    shops.with_ports(POS, stock=Slow([Batch((*rows(10, MANY), *rows(3, MANY, NANTES)), asked_at=asked_at)]))
    await shops.full(POS)
    assert [(one.location, one.looked_at) for one in (await shops.feed(POS)).quarantines] == [(LYON, None)]


async def test_a_push_that_has_changes_fetched_which_look_like_garbage_waits_for_the_whole() -> None:
    network = await filled_depot()
    network.clock.pass_by(LATER)
    network.depot_stock.state(*(row(sku, WAREHOUSE, 0, sequence=n + 41) for n, sku in enumerate(MANY)))
    network.depot_pushes.put("sold", StockDelta("sold", WAREHOUSE, Item(sku=MANY[0]), -10, network.clock.at, sequence=41))
    headers, body = network.depot_pushes.signed("sold")
    before = await network.feed(WMS)
    report = await take_webhook(network.world, WMS, headers, body)
    after = await network.feed(WMS)
    assert len(report.quarantined) == len(after.quarantines) == 1
    assert (after.cursor, after.last_full_at, network.quantities(WAREHOUSE)["S00"]) == (before.cursor, before.last_full_at, 10)


async def test_a_live_read_that_looks_like_garbage_stays_out_of_the_ledger(shops: MemoryNetwork) -> None:
    shops.clock.pass_by(LATER)
    as_asked = tuple(replace(one, item=Item(sku=one.item.sku, gtin="")) for one in rows(9_000, MANY))
    shops.with_ports(POS, stock=PagedStock([Batch(as_asked, asked_at=shops.clock.at)]))
    for count, left in ((40, 400), (2, 18_000 + 380)):
        context = shops.context()
        await context.ready()
        context.max_age_s = 0
        await bring_up_to_date(context, [Sku(sku) for sku in MANY[:count]])
        assert units(shops) == left
