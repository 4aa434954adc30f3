"""What is read of a real Tryton: names, figures and what they mean, supply, and what a poll costs."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from gateway.demo.tryton.seed import ARTICLES, ROLES, STOCKED, gtin, price
from gateway.domain.errors import ConfigurationInvalid, SourceRejected, SourceUnavailable
from gateway.domain.feeds import Batch, Item, StockRow
from tests.support.tryton.messages import message, reference
from tests.support.tryton.retail import Retail

pytestmark = [pytest.mark.real, pytest.mark.scenario]


async def rows_of(feed: Any) -> list[Any]:
    return [row for batch in [batch async for batch in feed] for row in batch.rows]


async def cursor_of(feed: Any) -> str:
    batches = [batch async for batch in feed]
    assert batches[-1].cursor
    return str(batches[-1].cursor)


def figure(rows: list[Any], location: str, number: int) -> int:
    (found,) = [row.quantity for row in rows if row.location == location and row.item.gtin == gtin(number)]
    return int(found)


def asked(retail: Retail) -> int:
    """Return how many calls the server has answered."""
    return retail.server.log.read_text(errors="replace").count('HTTP/1.1"')


async def test_articles_are_known_by_gtin_though_the_numbers_of_their_records_collide(retail: Retail) -> None:
    ids = {role: retail.product(role, gtin(3)) for role in ROLES}
    assert len(set(ids.values())) == len(ROLES)
    strangers = {role: retail.person(role).ids("product.product", ["id", "=", ids["erp"]]) for role in ROLES}
    assert all(strangers.values())
    named = {role: figure(await rows_of(retail.ports(role).stock.snapshot()), ROLES[role].places[0].code, 3) for role in ("wms", "sup")}  # type: ignore[union-attr]
    assert named == {"wms": retail.on_hand("wms", "DC-NORTH", gtin(3)), "sup": retail.on_hand("sup", "SUP", gtin(3))}


async def test_products_carry_the_price_with_tax_and_their_number(retail: Retail) -> None:
    products = {row.sku: row for row in await rows_of(retail.ports("erp").catalogue.products())}  # type: ignore[union-attr]
    one = products["A007"]
    assert one.price is not None
    assert (one.gtin, one.name, one.price.amount, one.price.includes_tax) == (gtin(7), "Article 7", price(7) * 12 / 10, True)
    assert len(products) == ARTICLES


async def test_a_changed_price_and_an_article_taken_out_of_sale_are_told_by_the_cursor(retail: Retail) -> None:
    catalogue, person = retail.ports("erp", overlap_s=0).catalogue, retail.person("erp")
    assert catalogue is not None
    cursor = await cursor_of(catalogue.products())
    dear, gone = retail.product("erp", gtin(11)), retail.product("erp", gtin(12))
    templates = person.model("product.product", "read", [dear, gone], ["template"])
    template = {row["id"]: row["template"] for row in templates}
    person.model("product.template", "write", [template[dear]], {"gross_price": Decimal("99.90")})
    person.model("product.template", "write", [template[gone]], {"salable": False})
    try:
        told = {row.sku: row for row in await rows_of(catalogue.products(cursor))}
        assert told["A011"].price.amount == Decimal("99.90")
        assert (told["A011"].active, told["A012"].active) == (True, False)
        assert len(told) < ARTICLES
    finally:
        person.model("product.template", "write", [template[dear]], {"gross_price": price(11) * 12 / 10})
        person.model("product.template", "write", [template[gone]], {"salable": True})


async def test_without_a_warehouse_nothing_is_told_rather_than_that_all_is_gone(retail: Retail) -> None:
    stock = retail.ports("wms", warehouses=["NOWHERE"]).stock
    assert stock is not None
    with pytest.raises(SourceRejected, match="NOWHERE"):
        await rows_of(stock.snapshot())
    with pytest.raises(SourceRejected):
        await stock.positions([Item(gtin=gtin(1))])


async def test_a_live_read_asks_once_for_each_item_or_each_warehouse_whichever_are_fewer(retail: Retail) -> None:
    stock = retail.ports("pos").stock
    assert stock is not None
    before = asked(retail)
    few = await stock.positions([Item(gtin=gtin(1))])
    for_few = asked(retail) - before
    many = await stock.positions([Item(gtin=gtin(number)) for number in range(10)])
    for_many = asked(retail) - before - for_few
    alike = {row.location: row.quantity for row in many.rows if row.item.gtin == gtin(1)}
    assert {row.location: row.quantity for row in few.rows} == alike
    assert len(alike) == 3
    # Places, names, what was paid, and the figures.
    assert (for_few, for_many) == (3 + 1, 3 + 3)


async def test_a_poll_of_unchanged_stock_is_one_call_and_of_one_move_only_what_it_touched(retail: Retail) -> None:
    stock = retail.ports("wms", overlap_s=0).stock
    assert stock is not None
    cursor = await cursor_of(stock.snapshot())
    before = asked(retail)
    following = await cursor_of(stock.changes(cursor))
    quiet = asked(retail) - before
    retail.count("wms", "DC-SOUTH", gtin(4), 31)
    told = await rows_of(stock.changes(following))
    assert [(row.location, row.item.gtin, row.quantity) for row in told] == [("DC-SOUTH", gtin(4), 31)]
    assert quiet == 1


async def test_moves_of_the_overlap_are_read_again_and_told_once(retail: Retail) -> None:
    stock = retail.ports("wms", overlap_s=120).stock
    assert stock is not None
    retail.count("wms", "DC-SOUTH", gtin(5), 33)
    first = await rows_of(stock.changes(None))
    cursor = await cursor_of(stock.changes(None))
    assert ("DC-SOUTH", gtin(5), 33) in [(row.location, row.item.gtin, row.quantity) for row in first]
    assert await rows_of(stock.changes(cursor)) == []


async def test_figures_that_state_what_lies_there_fall_when_goods_leave_and_not_before(retail: Retail) -> None:
    ports = retail.ports("wms")
    assert ports.hand_over is not None
    work = message("wms", "SHIPMENT", reference("probe"), "DC-NORTH", {6: 3})
    seen = [await lying(ports.stock, "DC-NORTH", 6)]
    await ports.hand_over.send(work)
    for button in ("assign_try", "pick", "pack", "ship", "do"):
        seen.append(await lying(ports.stock, "DC-NORTH", 6))
        retail.ship("wms", work.reference, button)
    seen.append(await lying(ports.stock, "DC-NORTH", 6))
    assert [seen[0] - one for one in seen] == [0, 0, 0, 0, 0, 0, 3]


async def test_figures_that_state_what_can_be_sold_fall_with_the_acceptance(retail: Retail) -> None:
    ports = retail.ports("sup")
    assert ports.hand_over is not None
    work = message("sup", "PURCHASE_ORDER", reference("probe"), "SUP", {6: 3})
    before = await lying(ports.stock, "SUP", 6)
    await ports.hand_over.send(work)
    assert await lying(ports.stock, "SUP", 6) == before - 3
    retail.ship("sup", work.reference, "pick", "pack", "ship", "do")
    assert await lying(ports.stock, "SUP", 6) == before - 3


async def lying(stock: Any, location: str, number: int) -> int:
    batch: Batch[StockRow] = await stock.positions([Item(gtin=gtin(number))])
    return figure(list(batch.rows), location, number)


async def test_what_was_paid_at_the_counter_is_gone_before_its_sale_is_posted(retail: Retail) -> None:
    stock = retail.ports("pos").stock
    before = await lying(stock, "S01", 8)
    cursor = await cursor_of(stock.changes(None))  # type: ignore[union-attr]
    sale = retail.sell("S01", gtin(8), 2, posted=False)
    assert retail.on_hand("pos", "S01", gtin(8)) == before
    told = await rows_of(stock.changes(cursor))  # type: ignore[union-attr]
    assert (figure(told, "S01", 8), await lying(stock, "S01", 8)) == (before - 2, before - 2)
    retail.post(sale)
    assert retail.on_hand("pos", "S01", gtin(8)) == before - 2
    assert await lying(stock, "S01", 8) == before - 2


async def test_a_counter_that_sells_more_than_there_is_leaves_nothing(retail: Retail) -> None:
    has = retail.on_hand("pos", "S03", gtin(9))
    retail.sell("S03", gtin(9), has + 2, posted=True)
    assert retail.on_hand("pos", "S03", gtin(9)) == -2
    assert await lying(retail.ports("pos").stock, "S03", 9) == 0


async def test_supply_has_its_dates_and_a_date_that_moves_keeps_its_reference(retail: Retail) -> None:
    today = dt.datetime.now(dt.UTC).date()
    number = retail.purchase("wms", "DC-SOUTH", {gtin(14): 12, gtin(15): 5}, today + dt.timedelta(days=4))
    inbound = retail.ports("wms").inbound
    assert inbound is not None
    told = {row.item.gtin: row for row in await rows_of(inbound.inbound()) if row.reference.startswith(f"{number}/")}
    assert {one: (row.location, row.quantity, row.expected_at.date()) for one, row in told.items()} == {
        gtin(14): ("DC-SOUTH", 12, today + dt.timedelta(days=4)),
        gtin(15): ("DC-SOUTH", 5, today + dt.timedelta(days=4)),
    }
    person, product = retail.person("wms"), retail.product("wms", gtin(14))
    moves = person.ids("stock.move", ["product", "=", product], ["from_location.type", "=", "supplier"], ["state", "=", "draft"])
    person.model("stock.move", "write", moves, {"planned_date": today + dt.timedelta(days=9)})
    later = {row.item.gtin: row for row in await rows_of(inbound.inbound()) if row.reference.startswith(f"{number}/")}
    assert (later[gtin(14)].reference, later[gtin(14)].expected_at.date()) == (told[gtin(14)].reference, today + dt.timedelta(days=9))


async def test_what_comes_short_is_still_owed_and_what_came_lies_there(retail: Retail) -> None:
    today = dt.datetime.now(dt.UTC).date()
    number = retail.purchase("wms", "DC-SOUTH", {gtin(16): 10}, today)
    ports, before = retail.ports("wms"), retail.on_hand("wms", "DC-SOUTH", gtin(16))
    person = retail.person("wms")
    warehouse = retail.warehouse("wms", "DC-SOUTH")
    product = retail.product("wms", gtin(16))
    (move,) = person.ids("stock.move", ["product", "=", product], ["from_location.type", "=", "supplier"], ["state", "=", "draft"])
    supplier = person.rows("purchase.purchase", [["number", "=", number]], "party")[0]["party"]
    values = {"supplier": supplier, "company": person.ids("company.company")[0], "warehouse": warehouse["id"]}
    values |= {"warehouse_input": warehouse["input_location"], "warehouse_storage": warehouse["storage_location"]}
    shipment = person.one("stock.shipment.in", {**values, "incoming_moves": [["add", [move]]]})
    person.model("stock.move", "write", [move], {"quantity": 7.0})
    person.press("stock.shipment.in", "receive", shipment)
    person.press("stock.shipment.in", "do", shipment)
    assert await lying(ports.stock, "DC-SOUTH", 16) == before + 7
    owed = [row.quantity for row in await rows_of(ports.inbound.inbound()) if row.reference.startswith(f"{number}/")]  # type: ignore[union-attr]
    assert owed == [3]


async def test_what_lies_there_and_what_comes_add_up_to_the_forecast_of_tryton_itself(retail: Retail) -> None:
    today = dt.datetime.now(dt.UTC).date()
    retail.purchase("wms", "DC-NORTH", {gtin(STOCKED + 2): 9}, today + dt.timedelta(days=2))
    ports = retail.ports("wms")
    lies = await lying(ports.stock, "DC-NORTH", STOCKED + 2)
    comes = [
        row.quantity
        for row in await rows_of(ports.inbound.inbound())  # type: ignore[union-attr]
        if (row.location, row.item.gtin) == ("DC-NORTH", gtin(STOCKED + 2))
    ]
    warehouse, product = retail.warehouse("wms", "DC-NORTH")["id"], retail.product("wms", gtin(STOCKED + 2))
    context = {"locations": [warehouse], "with_childs": True, "stock_date_end": today + dt.timedelta(days=3)}
    forecast = retail.person("wms").model("product.product", "read", [product], ["forecast_quantity"], **context)[0]["forecast_quantity"]
    assert lies + sum(comes) == int(forecast) == 9


async def test_a_refused_key_is_told_and_an_impossible_section_names_its_keys(retail: Retail) -> None:
    with pytest.raises(ConfigurationInvalid) as refused:
        retail.ports("wms", roles=["stocks"], page_row=3)
    assert "did you mean 'page_rows'" in str(refused.value.problems)
    stock = retail.ports("wms", key_env="TRYTON_PASSWORD").stock
    assert stock is not None
    with pytest.raises(SourceUnavailable, match="credential"):
        await rows_of(stock.snapshot())
