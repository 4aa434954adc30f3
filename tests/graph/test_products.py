"""Products, their prices, stock and availability."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.domain.errors import BadInput, SourceBusy, SourceError, SourceRejected, SourceUnavailable
from gateway.domain.ids import ChannelCode
from gateway.domain.network import SafetyStock
from gateway.pacing.budget import spending
from gateway.ports.stores import FeedState
from resolvers.context import Context
from resolvers.questions.products import MOST_PRODUCTS, siblings
from tests.domain.retailer import LYON, NANTES, WAREHOUSE, WEB
from tests.graph.conftest import CLERK, NETWORK, NOW, POS, SHIRT, SHOE, SHOPPER, WMS, Asked, Retail
from tests.graph.stand_ins import LiveStock


async def test_a_listing_answers_in_the_order_asked_with_holes_and_one_call(ask: Asked, retail: Retail) -> None:
    data = await ask(
        "query($skus: [String!]!) { productsBySku(skus: $skus) { sku price { amount currency compareAt { amount } }"
        " availability { status orderable quantity } } }",
        skus=[SHOE, "NOPE", SHIRT],
    )
    price = {"amount": "35.00", "currency": "EUR", "compareAt": {"amount": "49.00"}}
    assert data["productsBySku"][0] == {
        "sku": SHOE,
        "price": price,
        "availability": {"status": "OUT_OF_STOCK", "orderable": False, "quantity": 0},
    }
    assert data["productsBySku"][1] is None
    assert data["productsBySku"][2]["availability"] == {"status": "IN_STOCK", "orderable": True, "quantity": 12}
    assert retail.catalogue.calls["products"] == 1
    assert retail.locations.calls["locations"] == 1


async def test_a_product_is_found_by_each_of_its_keys(ask: Asked) -> None:
    by_sku = await ask('{ product(by: { sku: "SHIRT-1" }) { id gtin } }')
    found = by_sku["product"]
    assert (await ask("query($id: ID!) { product(by: { id: $id }) { sku } }", id=found["id"]))["product"] == {"sku": SHIRT}
    assert (await ask("query($g: String!) { product(by: { gtin: $g }) { sku } }", g=found["gtin"]))["product"] == {"sku": SHIRT}
    assert (await ask('{ product(by: { id: "nonsense" }) { sku } }'))["product"] is None
    assert (await ask('{ product(by: { sku: "NOPE" }) { sku } }'))["product"] is None


async def test_an_unknown_channel_nulls_what_depends_on_it(ask: Asked) -> None:
    data = await ask(
        '{ product(by: { sku: "SHIRT-1" }) { price(channelCode: "x") { amount } availability(channelCode: "x") { status }'
        ' stock(channelCode: "x") { totalCount } deliveryPromises(channelCode: "x") { options { token } } }'
        ' availability(skus: ["SHIRT-1"], channelCode: "x") { status } }'
    )
    assert data["product"] == {"price": None, "availability": None, "stock": None, "deliveryPromises": None}
    assert data["availability"] == [None]


STOCK = """
query($near: NearInput, $filter: StockFilter, $first: Int, $after: String) {
  product(by: { sku: "SHIRT-1" }) {
    stock(near: $near, filter: $filter, first: $first, after: $after) {
      nodes { available onHand reserved allocated freshness location { code distanceMeters(from: { postalCode: { countryCode: "FR", postalCode: "69002" } }) } source { code health } }
      pageInfo { hasNextPage endCursor }
      totalCount
      unknown { location { code } source { code } since }
    }
  }
}
"""  # noqa: E501 - a query as callers send it


async def stock(ask: Asked, who: Any = SHOPPER, **variables: Any) -> Any:
    return (await ask(STOCK, who, **variables))["product"]["stock"]


async def test_raw_figures_are_for_those_with_stock_read(ask: Asked) -> None:
    shopper, clerk = (await stock(ask))["nodes"][1], (await stock(ask, CLERK))["nodes"][1]
    assert (shopper["available"], shopper["onHand"], shopper["allocated"]) == (2, None, None)
    assert (clerk["available"], clerk["onHand"], clerk["reserved"], clerk["allocated"]) == (2, 3, 0, 1)


async def test_stock_is_nearest_first_and_pages_without_gaps(ask: Asked) -> None:
    near = {"postalCode": {"countryCode": "FR", "postalCode": "69002"}}
    one = await stock(ask, near=near, first=1)
    two = await stock(ask, near=near, first=1, after=one["pageInfo"]["endCursor"])
    assert [node["location"]["code"] for node in one["nodes"] + two["nodes"]] == [LYON, WAREHOUSE]
    assert one["nodes"][0]["location"]["distanceMeters"] == 0
    assert (one["pageInfo"]["hasNextPage"], two["pageInfo"]["hasNextPage"], one["totalCount"]) == (True, False, 2)


async def test_stock_can_be_narrowed(ask: Asked) -> None:
    stores = await stock(ask, filter={"kinds": ["STORE"], "services": ["PICKUP"], "availableOnly": True})
    assert [node["location"]["code"] for node in stores["nodes"]] == [LYON]
    assert (await stock(ask, filter={"locationCodes": []}))["nodes"] == []


async def test_a_cursor_of_another_list_is_refused(ask: Asked) -> None:
    (error,) = await ask(STOCK, errors=True, after="bm9wZQ")
    assert isinstance(error.original_error, BadInput)


async def test_a_source_that_went_down_keeps_its_last_figures_marked(ask: Asked, retail: Retail) -> None:
    told = await retail.feed_store.feed(WMS, "stock")
    await retail.feed_store.save(replace(told, failures=3, failing_since=NOW - timedelta(seconds=50)))
    found = await stock(ask)
    assert [(node["available"], node["freshness"]) for node in found["nodes"]] == [(10, "DOWN"), (2, "FRESH")]
    assert found["nodes"][0]["source"] == {"code": WMS, "health": "DOWN"}
    assert found["unknown"] == []
    data = await ask('{ availability(skus: ["SHIRT-1", "SHOE-1"]) { status quantity staleQuantity freshness } }')
    assert data["availability"][0] == {"status": "IN_STOCK", "quantity": 12, "staleQuantity": 10, "freshness": "DOWN"}
    assert data["availability"][1]["status"] == "OUT_OF_STOCK"


async def test_a_place_that_was_never_heard_is_unknown_and_not_sold_out(ask: Asked, retail: Retail) -> None:
    since = NOW - timedelta(seconds=30)
    await retail.feed_store.save(FeedState(POS, "stock", failures=1, failing_since=since))
    del retail.view.held[SHIRT][LYON]
    found = await stock(ask)
    assert [node["location"]["code"] for node in found["nodes"]] == [WAREHOUSE]
    assert found["unknown"] == [
        {"location": {"code": code}, "source": {"code": POS}, "since": since.isoformat().replace("+00:00", "Z")} for code in (LYON, NANTES)
    ]
    data = await ask('{ availability(skus: ["SHIRT-1", "SHOE-1"]) { status } }')
    assert [told["status"] for told in data["availability"]] == ["IN_STOCK", "UNKNOWN"]


async def test_while_the_database_is_away_answers_stand_on_the_last_reading(ask: Asked, retail: Retail) -> None:
    assert (await ask('{ availability(skus: ["SHIRT-1"]) { quantity } }'))["availability"] == [{"quantity": 12}]
    retail.feeds.away = True
    assert (await ask('{ availability(skus: ["SHIRT-1"]) { quantity } }'))["availability"] == [{"quantity": 12}]


async def test_nothing_is_fresh_while_the_view_lags(ask: Asked, retail: Retail) -> None:
    retail.view.lag_s = 16
    data = await ask('{ availability(skus: ["SHIRT-1"]) { quantity staleQuantity freshness } }')
    assert data["availability"] == [{"quantity": 12, "staleQuantity": 12, "freshness": "STALE"}]


async def test_before_the_view_is_filled_nothing_is_called_sold_out(ask: Asked, retail: Retail) -> None:
    retail.view.filled = False
    (error,) = await ask('{ availability(skus: ["SHIRT-1"]) { quantity } }', errors=True)
    assert error.original_error.code == "UNAVAILABLE"


async def test_older_figures_are_read_live_in_one_call_a_source(ask: Asked, retail: Retail) -> None:
    retail.shelf(SHOE, WAREHOUSE, 1, age_s=60)
    live = LiveStock({("SHIRT-1", WAREHOUSE): 7, ("SHOE-1", WAREHOUSE): 4}, NOW)
    retail.live = {WMS: live}
    data = await ask(
        'query($age: Int!) { productsBySku(skus: ["SHIRT-1", "SHOE-1"]) { availability { quantity freshness } }'
        ' other: availability(skus: ["SHOE-1"], maxAgeSeconds: $age) { quantity } }',
        age=30,
    )
    assert [product["availability"]["quantity"] for product in data["productsBySku"]] == [9, 4]
    assert data["other"] == [{"quantity": 4}]
    assert live.asked == [frozenset({"SHIRT-1", "SHOE-1"})]
    assert sorted((stated.key, stated.quantity) for stated in retail.stock.statements) == [("SHIRT-1|WH", 7), ("SHOE-1|WH", 4)]


async def test_the_bound_is_raised_to_the_channels_floor(ask: Asked, retail: Retail) -> None:
    for source in (WMS, POS):
        await retail.feed_store.save(FeedState(source, "stock", last_sync_at=NOW))
    for place in (WAREHOUSE, LYON):
        retail.shelf(SHIRT, place, 5, age_s=20)
    retail.live = {WMS: LiveStock({}, NOW)}
    await ask('{ availability(skus: ["SHIRT-1"], maxAgeSeconds: 0) { quantity } }')
    assert retail.live[WMS].asked == []


async def test_a_source_that_does_not_answer_leaves_its_last_figures_marked(ask: Asked, retail: Retail) -> None:
    retail.live = {WMS: LiveStock({}, NOW, SourceUnavailable("wms", "refused"))}
    data = await ask('{ product(by: { sku: "SHIRT-1" }) { availability(maxAgeSeconds: 30) { quantity staleQuantity freshness } } }')
    assert data["product"]["availability"] == {"quantity": 12, "staleQuantity": 10, "freshness": "DOWN"}
    assert retail.stock.statements == []


@pytest.mark.parametrize("error", [SourceBusy("wms", "full", unsent=True), SourceRejected("wms", "cannot be asked for single items")])
async def test_a_source_that_is_busy_or_cannot_be_asked_is_not_lost(ask: Asked, retail: Retail, error: SourceError) -> None:
    retail.live = {WMS: LiveStock({}, NOW, error)}
    data = await ask('{ availability(skus: ["SHIRT-1"], maxAgeSeconds: 30) { quantity freshness } }')
    assert data["availability"] == [{"quantity": 12, "freshness": "FRESH"}]


async def test_what_was_read_live_is_told_even_when_the_ledger_hangs(ask: Asked, retail: Retail, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(*_: object) -> None:
        await asyncio.Event().wait()

    retail.live = {WMS: LiveStock({("SHIRT-1", WAREHOUSE): 7}, NOW)}
    monkeypatch.setattr(retail.stock, "state_all", hang)
    with spending(1):
        data = await ask('{ availability(skus: ["SHIRT-1"], maxAgeSeconds: 30) { quantity } }')
    assert data["availability"] == [{"quantity": 9}]


async def test_a_negative_age_is_refused(ask: Asked) -> None:
    (error,) = await ask('{ availability(skus: ["SHIRT-1"], maxAgeSeconds: -1) { quantity } }', errors=True)
    assert error.message == "maxAgeSeconds is -1; ask for 0 or more."


async def test_products_are_searched_counted_and_paged(ask: Asked) -> None:
    document = (
        "query($filter: ProductFilter, $after: String) { products(filter: $filter, sort: NAME, first: 1, after: $after)"
        " { nodes { sku } totalCount pageInfo { hasNextPage endCursor } } }"
    )
    first = (await ask(document))["products"]
    assert (first["nodes"], first["totalCount"], first["pageInfo"]["hasNextPage"]) == ([{"sku": SHIRT}], 2, True)
    second = (await ask(document, after=first["pageInfo"]["endCursor"]))["products"]
    assert (second["nodes"], second["totalCount"], second["pageInfo"]["hasNextPage"]) == ([{"sku": SHOE}], 2, False)
    in_stock = (await ask(document, filter={"inStock": True}))["products"]
    assert (in_stock["nodes"], in_stock["totalCount"]) == ([{"sku": SHIRT}], 1)
    assert (await ask(document, filter={"availableAt": [NANTES]}))["products"]["nodes"] == []


async def test_what_is_kept_back_is_not_in_stock(ask: Asked, retail: Retail) -> None:
    retail.shelf(SHOE, NANTES, 1)
    document = "query($channel: String!) { products(filter: { inStock: true, channelCode: $channel }) { nodes { sku } } }"
    assert [node["sku"] for node in (await ask(document, channel="web"))["products"]["nodes"]] == [SHIRT, SHOE]
    retail.network = replace(NETWORK, channels=(replace(WEB, code=ChannelCode("careful"), safety_stock=(SafetyStock(1, kind="STORE"),)),))
    ask_again = await ask(document, channel="careful", context=Context(retail.world(), SHOPPER, NOW))
    assert [node["sku"] for node in ask_again["products"]["nodes"]] == [SHIRT]


async def test_lists_of_keys_are_bounded(ask: Asked) -> None:
    (error,) = await ask("query($skus: [String!]!) { productsBySku(skus: $skus) { sku } }", errors=True, skus=["x"] * 251)
    assert error.message == "skus has 251 entries; ask for at most 250."
    (error,) = await ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", errors=True, ids=["x"] * 101)
    assert error.message == "ids has 101 entries; ask for at most 100."


async def test_nodes_keep_order_and_holes(ask: Asked) -> None:
    ids = await ask('{ product(by: { sku: "SHIRT-1" }) { id } location(by: { code: "LYO" }) { id } }')
    data = await ask(
        "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", ids=[ids["location"]["id"], "rubbish", ids["product"]["id"]]
    )
    assert [node and node["__typename"] for node in data["nodes"]] == ["Location", None, "Product"]


async def test_siblings_of_many_products_are_one_call(ask: Asked, retail: Retail) -> None:
    data = await ask('{ productsBySku(skus: ["SHIRT-1", "SHOE-1"]) { group { products { sku availability { orderable } } } } }')
    assert [len(product["group"]["products"]) for product in data["productsBySku"]] == [2, 2]
    assert retail.catalogue.calls["groups"] == 1


async def test_groups_within_groups_do_not_multiply_without_end(retail: Retail) -> None:
    context = Context(retail.world(), SHOPPER, NOW)
    (shirt,) = (await context.world.catalogue.products([SHIRT])).values()
    assert shirt.group_code is not None
    context.products_told = MOST_PRODUCTS
    with pytest.raises(BadInput, match=r"This asks for more than 2500 products of groups; ask for fewer\."):
        await siblings(context, shirt.group_code, 100)
