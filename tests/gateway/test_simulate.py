"""The simulation's files: orders that it reads, figures and drawings that it writes."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from gateway.domain.errors import BadInput, ConfigurationInvalid
from gateway.domain.ids import ChannelCode
from gateway.domain.promise.options import Destination
from gateway.domain.published import ProfileInvalid
from gateway.domain.quantities import SkuQuantity
from gateway.domain.simulation import Comparison, PastGroup, PastOrder, Totals
from gateway.domain.sourcing_terms import SourcingProfile
from gateway.operate import Refused
from gateway.settings import Settings
from gateway.simulate.console import Asked, shown_while, simulate_network, tell_left_out
from gateway.simulate.past_orders import past_orders
from gateway.simulate.report import as_json, as_svg, bins, rows
from resolvers.commands.inputs import PublishSourcingProfile
from resolvers.commands.publish_sourcing_profile import publish_sourcing_profile
from resolvers.simulating import orders_since, prepared, profile_to_try
from tests.domain.retailer import LYON, WAREHOUSE, WEB
from tests.support.memory_shop import NETWORK, OPERATOR, A, B, MemoryShop
from tests.support.placed_orders import goods, placed

ROW = {"number": "1", "channel": "web", "service": "standard", "countryCode": "FR", "postalCode": "69003"}
FOUND = Comparison(
    Totals(orders=2, cost=Decimal("12.40"), parcels=3, shipments=3, late_days=1, late_orders=1, units=4, store_units=1, markdown_units=0.5),
    Totals(orders=2, cost=Decimal("10.00"), parcels=2, shipments=2, units=4, store_units=4, markdown_units=2.25),
    only_held=1,
    neither=2,
    differences=(Decimal("-2.00"), Decimal("-0.40")),
)


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "orders.json"
    path.write_text(text, encoding="utf-8")
    return path


def test_rows_of_one_number_are_one_order(tmp_path: Path) -> None:
    first, second = ({**ROW, "lines": [{"sku": sku, "quantity": 2}]} for sku in "AB")
    for text in (json.dumps([first, second]), f"{json.dumps(first)}\n\n{json.dumps(second)}\n"):
        (order,) = past_orders(written(tmp_path, text), NETWORK)
        assert [group.lines[0].sku for group in order.groups] == ["A", "B"]
        assert order.where == ("FR", "69003")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({**ROW}, "row 1: 'lines' is missing"),
        ({**ROW, "channel": "wep", "lines": []}, "row 1: there is no channel 'wep'"),
        ({**ROW, "service": "slow", "lines": []}, "row 1: web has no service 'slow'"),
        ({**ROW, "lines": [{"sku": "A", "quantity": 0}]}, "row 1: quantity 0 is no number of units"),
        ({**ROW, "lines": []}, "row 1: lines is empty"),
    ],
)
def test_a_row_that_cannot_be_used_is_told_by_its_number(row: dict[str, object], words: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match=words):
        past_orders(written(tmp_path, json.dumps([row])), NETWORK)
    with pytest.raises(ConfigurationInvalid, match="cannot be read"):
        past_orders(tmp_path / "nothing.json", NETWORK)


def test_measures_are_told_with_their_difference() -> None:
    told = {row.name: (str(row.held), str(row.tried), str(row.difference)) for row in rows(FOUND, "EUR")}
    assert told == {
        "cost": ("12.40", "10.00", "-2.40"),
        "cost per order": ("6.20", "5.00", "-1.20"),
        "parcels": ("3.00", "2.00", "-1.00"),
        "splits": ("1.00", "0.00", "-1.00"),
        "late days": ("1.00", "0.00", "-1.00"),
        "late orders": ("1.00", "0.00", "-1.00"),
        "store share, %": ("25.00", "100.00", "75.00"),
        "markdown units": ("0.50", "2.25", "1.75"),
    }
    told = as_json({"EUR": FOUND, "GBP": Comparison()}, {"profile": "near"})
    found, none = told["currencies"]
    assert (told["profile"], found["currency"], none["currency"], none["ordersCompared"]) == ("near", "EUR", "GBP", 0)
    assert (found["ordersCompared"], found["onlyHeldSources"], found["neitherSources"]) == (2, 1, 2)
    assert found["measures"]["cost"]["difference"] == "-2.40"
    assert sum(each["orders"] for each in found["costDifferencePerOrder"]) == 2


def test_every_order_falls_into_one_bin_that_holds_it() -> None:
    amounts = tuple(Decimal(n) / 7 for n in range(-40, 41))
    counted = bins(amounts, "EUR")
    assert sum(count for _, _, count in counted) == len(amounts)
    assert counted[0][0] <= min(amounts) < max(amounts) <= counted[-1][1]
    assert bins((), "EUR") == []


@pytest.mark.parametrize("found", [{"EUR": FOUND}, {"EUR": Comparison(), "GBP": FOUND}, {}])
def test_the_drawing_is_an_svg_with_a_bar_for_each_measure_in_each_currency(found: dict[str, Comparison]) -> None:
    drawing = ET.fromstring(as_svg(found, "near & <far>"))  # noqa: S314 - our own
    texts = [each.text for each in drawing.iter("{http://www.w3.org/2000/svg}text")]
    for currency, part in found.items():
        assert f"near & <far>, {part.held.orders} orders in {currency}" in texts
        assert all(texts.count(row.name) == len(found) for row in rows(part, currency))


async def test_what_was_paid_in_two_currencies_is_never_added_up_and_what_is_left_out_is_told() -> None:
    abroad = replace(WEB, code=ChannelCode("uk"), name="Abroad", currency="GBP")
    shop = await MemoryShop(replace(NETWORK, channels=(*NETWORK.channels, abroad))).fill()
    shop.shelf(A, WAREHOUSE, 50)
    group = PastGroup("standard", (SkuQuantity(A, 1),), Destination("FR", "75004"))
    orders = [PastOrder(str(n), ChannelCode(code), (group,)) for n, code in enumerate(("web", "uk", "uk", "market", "gone"))]
    ready = await prepared(shop.world, orders, SourcingProfile("near", (WEB.code, abroad.code)))
    console = Console(record=True, width=200)
    found = shown_while(console, ready, 1)
    assert {currency: part.held.orders for currency, part in found.items()} == {"EUR": 1, "GBP": 2}
    assert found["GBP"].held.cost == 2 * found["EUR"].held.cost > 0
    assert ready.left_out == {"gone": 1, "market": 1}
    tell_left_out(console, ready, "near 1")
    assert "left out, since near 1 is not for their channel: orders of market, 1" in console.export_text()


@pytest.fixture
async def shop() -> MemoryShop:
    shop = await MemoryShop().fill()
    shop.shelf(A, WAREHOUSE, 9)
    shop.shelf(A, LYON, 9)
    return shop


async def test_orders_of_the_database_are_compared_under_a_draft(shop: MemoryShop) -> None:
    record = await placed(shop, goods(shop, (A, 2, WAREHOUSE), (A, 1, WAREHOUSE)))
    definition = '[[strategies]]\nname = "shops"\nkinds = ["STORE"]\n'
    draft = PublishSourcingProfile("k" * 22, "near", definition, ("web",), draft=True)
    await publish_sourcing_profile(shop.context(OPERATOR), draft)
    found = [one async for one in orders_since(shop.world, shop.clock.at.replace(year=2000))]
    (order,) = found
    assert record.order is not None
    assert (order.number, [(line.sku, line.quantity) for line in order.groups[0].lines]) == (record.order.number, [(A, 3)])
    ready = await prepared(shop.world, found, await profile_to_try(shop.world, "near", None))
    destination = ready.orders[0].groups[0].destination
    assert destination is not None
    assert (destination.postal_code, destination.position is not None) == ("69003", True)
    assert (ready.rivals[order.channel].held.profile.name, ready.rivals[order.channel].tried.profile.name) == ("default", "near")
    assert [one async for one in orders_since(shop.world, shop.clock.at.replace(year=2100))] == []


async def test_a_profile_is_found_by_name_version_or_definition(shop: MemoryShop) -> None:
    for key in ("k" * 22, "l" * 22):
        await publish_sourcing_profile(shop.context(OPERATOR), PublishSourcingProfile(key, "near", "", ("web",)))
    assert (await profile_to_try(shop.world, "near", None)).version == 2
    assert (await profile_to_try(shop.world, "near@1", None)).version == 1
    with pytest.raises(BadInput, match="there are: near@1, near@2"):
        await profile_to_try(shop.world, "far", None)
    assert (await profile_to_try(shop.world, "mine.toml", "tolerance_days = [0]")).tolerance_days == (0,)
    with pytest.raises(ProfileInvalid):
        await profile_to_try(shop.world, "mine.toml", "tolerance = 1")


@pytest.mark.parametrize("asked", [Asked("near"), Asked("near", Path("a.json"), since=date(2020, 1, 1))])
def test_one_of_file_and_day_must_be_named(asked: Asked) -> None:
    with pytest.raises(Refused, match="--orders FILE or --since DATE"):
        simulate_network(NETWORK, Settings(), Console(), asked)


def test_a_definition_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, json.dumps([{**ROW, "lines": [{"sku": B, "quantity": 1}]}]))
    with pytest.raises(Refused, match="cannot be read"):
        simulate_network(NETWORK, Settings(), Console(), Asked(str(tmp_path / "none.toml"), path))
