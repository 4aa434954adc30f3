"""Products, names, places and supply to come, as their sources tell them."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from gateway.domain.catalogue import ExternalId, Price
from gateway.domain.errors import SourceUnavailable
from gateway.domain.feeds import InboundRow, Item, RejectedRow
from gateway.domain.ids import LocationCode, Sku, SourceCode
from gateway.domain.stock import Inbound
from resolvers.sync.source import sync_source
from tests.domain.retailer import LYON, NANTES, PLACES, WAREHOUSE
from tests.support.memory_network import GTINS, SUPPLIER, C, MemoryNetwork, product, refusals, row
from tests.support.memory_shop import ERP, POS, WMS, A, B


async def names_at(network: MemoryNetwork, sku: Sku, source: SourceCode) -> list[str]:
    known = (await network.world.catalogue.products([sku]))[sku]
    return [name.value for name in known.external_ids if name.source == source]


async def active(network: MemoryNetwork) -> set[str]:
    return {known.sku for known in await network.world.catalogue.everything() if known.active}


async def test_another_source_s_products_add_their_names_by_gtin_only(network: MemoryNetwork) -> None:
    network.names.sell(product("A", "4999999999990"), product("M-2", GTINS[B]), product("M-3"))
    report = await network.full(SUPPLIER, "catalogue")
    assert refusals(report) == [
        (1, "A", "no product of ours has its GTIN 4999999999990"),
        (3, "M-3", "no product of ours has its GTIN (none)"),
    ]
    assert (report.applied, report.unchanged) == (1, 1)
    assert [await names_at(network, sku, SUPPLIER) for sku in (A, B, C)] == [["M-1"], ["M-2"], []]
    assert await active(network) == {"A", "B", "C"}
    assert (await network.world.catalogue.products([A]))[A].name == "Product A"


async def test_one_product_is_not_given_two_names_by_one_source(network: MemoryNetwork) -> None:
    network.names.sell(product("M-9", GTINS[A]))
    report = await network.full(SUPPLIER, "catalogue")
    assert refusals(report) == [(1, "M-9", f"another row has its GTIN {GTINS[A]}; the first was taken")]
    assert await names_at(network, A, SUPPLIER) == ["M-1"]


async def test_names_of_other_sources_outlive_the_minting_source_s_next_pass(network: MemoryNetwork) -> None:
    network.catalogue.sell(replace(product("A", name="Anvil"), external_ids=(ExternalId(ERP, "100"),)))
    report = await network.full(ERP, "catalogue")
    assert (report.applied, report.unchanged) == (1, 2)
    assert (await names_at(network, A, SUPPLIER), await names_at(network, A, ERP)) == (["M-1"], ["100"])


async def test_products_that_a_complete_catalogue_no_longer_lists_are_retired_and_come_back(network: MemoryNetwork) -> None:
    listed = network.catalogue._log
    network.catalogue._log = [product("A"), product("C")]
    assert (await network.full(ERP, "catalogue")).zeroed == 1
    assert await active(network) == {"A", "C"}
    network.catalogue._log = listed
    await network.full(ERP, "catalogue")
    assert await active(network) == {"A", "B", "C"}


async def test_a_product_that_could_not_be_read_is_not_retired(network: MemoryNetwork) -> None:
    network.catalogue._log = [product("A"), product("C")]
    network.catalogue.rejected = (RejectedRow(2, "B", "price: 'cheap' is no amount"),)
    report = await network.full(ERP, "catalogue")
    assert (report.zeroed, report.rejected_rows) == (0, 1)
    assert await active(network) == {"A", "B", "C"}


async def test_articles_that_a_channel_cannot_sell_for_their_currency_are_named(network: MemoryNetwork) -> None:
    web, market = network.network.channels
    abroad = replace(market, currency="GBP")
    network.world = replace(network.world, network=replace(network.network, channels=(web, abroad)))
    euros, pounds = Price(Decimal(20), "EUR"), Price(Decimal(18), "GBP")
    network.catalogue._log = [
        replace(product("A"), price=euros),
        replace(product("B"), price=euros, price_by_channel={abroad.code: pounds}),
        product("C"),
    ]
    report = await network.full(ERP, "catalogue")
    assert (report.unpriced, report.rejected_rows, await active(network)) == ({abroad.code: ["A"]}, 0, {"A", "B", "C"})


async def test_an_empty_catalogue_is_a_broken_one(network: MemoryNetwork) -> None:
    network.catalogue._log = []
    report = await network.full(ERP, "catalogue")
    assert report.error == "erp: its catalogue has no rows any more; it had 3"
    assert await active(network) == {"A", "B", "C"}


async def test_a_source_whose_catalogue_is_away_retires_nothing(network: MemoryNetwork) -> None:
    network.lose(ERP, SourceUnavailable("erp", "refused the connection"))
    reports = await sync_source(network.world, ERP)
    assert [(report.feed, report.error) for report in reports] == [
        ("catalogue", "erp: refused the connection"),
        ("inbound", "erp: refused the connection"),
    ]
    assert await active(network) == {"A", "B", "C"}


async def test_nothing_is_read_that_could_not_be_named_until_the_catalogue_was_read_once() -> None:
    network = MemoryNetwork()
    network.lose(ERP, SourceUnavailable("erp", "refused the connection"))
    assert set(await network.sync()) == {("wms", "locations"), ("pos", "locations"), ("erp", "catalogue")}
    assert (await network.feed(POS)).failures == 0
    network.find_again(ERP)
    await network.sync()
    assert network.quantities(LYON) == {"A": 5, "B": 2}
    network.lose(ERP, SourceUnavailable("erp", "refused the connection"))
    network.shop_stock.state(row("A", LYON, 6))
    network.clock.pass_by(timedelta(minutes=1))
    await network.sync()
    assert network.quantities(LYON) == {"A": 6, "B": 2}


async def test_the_first_of_two_places_of_one_code_stands(network: MemoryNetwork) -> None:
    network.shops.rows.append(replace(PLACES[LYON], name="Lyon again"))
    report = await network.full(POS, "locations")
    assert refusals(report) == [(2, "LYO", "named twice in one feed; the first row was taken")]
    assert {place.name for place in await network.world.locations.locations()} == {"Gonesse", "Lyon", "Nantes"}


async def test_a_source_tells_of_another_s_places_only_where_that_one_tells_of_none(network: MemoryNetwork) -> None:
    network.shops.rows += [replace(PLACES[WAREHOUSE], name="Not Gonesse"), replace(PLACES[NANTES], code=LocationCode("M"), source=SUPPLIER)]
    await network.full(POS, "locations")
    known = {place.code: place for place in await network.world.locations.locations()}
    assert (known[WAREHOUSE].name, known[LocationCode("M")].source) == ("Gonesse", SUPPLIER)


async def test_places_that_are_no_longer_told_keep_standing(network: MemoryNetwork) -> None:
    network.shops.rows.clear()
    assert (await network.full(POS, "locations")).error == "pos: its locations has no rows any more; it had 2"
    assert {place.code for place in await network.world.locations.locations()} == {WAREHOUSE, LYON, NANTES}
    assert (await network.feed(WMS, "locations")).failures == 0


def coming(network: MemoryNetwork, sku: str, quantity: object, place: LocationCode = WAREHOUSE, reference: str = "PO-1") -> InboundRow:
    return InboundRow(place, Item(sku=sku), quantity, network.clock.at + timedelta(days=3), reference)  # type: ignore[arg-type]


def lots(network: MemoryNetwork, sku: str, place: LocationCode = WAREHOUSE) -> list[tuple[str, int]]:
    return [(lot.reference or "", lot.quantity) for told in network.stock(sku, place).lots.values() for lot in told]


async def test_supply_to_come_is_told_whole_and_is_gone_when_it_is_no_longer_told(network: MemoryNetwork) -> None:
    network.inbound.rows = [coming(network, "A", 50), coming(network, "A", 20, reference="PO-2"), coming(network, "B", 5)]
    await network.full(ERP, "inbound")
    assert (lots(network, "A"), lots(network, "B")) == ([("PO-1", 50), ("PO-2", 20)], [("PO-1", 5)])
    assert isinstance(next(iter(network.stock("A", WAREHOUSE).lots.values()))[0], Inbound)
    network.inbound.rows = [coming(network, "A", 20, reference="PO-2")]
    await network.full(ERP, "inbound")
    assert (lots(network, "A"), lots(network, "B")) == ([("PO-2", 20)], [])
    network.inbound.rows = []
    assert (await network.full(ERP, "inbound")).error is None
    assert lots(network, "A") == []


@pytest.mark.parametrize("quantity", [0, -3, float("nan"), 10_000_001, "7"])
async def test_impossible_supply_is_refused_row_by_row(network: MemoryNetwork, quantity: object) -> None:
    naive = replace(coming(network, "B", 1), expected_at=datetime(2025, 7, 1))  # noqa: DTZ001 - what a careless adapter may let through
    rows = [coming(network, "A", quantity), coming(network, "Z", 1), coming(network, "A", 1, LocationCode("MOON")), naive]
    network.inbound.rows = [*rows, coming(network, "C", 8)]
    report = await network.full(ERP, "inbound")
    assert [(one.index, one.item) for one in report.rejected] == [(0, "A"), (1, "Z"), (2, "A"), (3, "B")]
    assert (lots(network, "C"), lots(network, "A"), report.applied) == ([("PO-1", 8)], [], 1)


async def test_supply_stands_while_its_source_is_away_or_tells_garbage(network: MemoryNetwork) -> None:
    network.inbound.rows = [coming(network, "A", 50)]
    await network.full(ERP, "inbound")
    network.lose(ERP, SourceUnavailable("erp", "refused the connection"))
    await network.full(ERP, "inbound")
    network.find_again(ERP)
    network.inbound.rows = [coming(network, "A", -50)]
    assert (await network.full(ERP, "inbound")).error == "erp: none of the 1 rows of inbound can be used"
    assert (lots(network, "A"), (await network.feed(ERP, "inbound")).failures) == ([("PO-1", 50)], 2)
