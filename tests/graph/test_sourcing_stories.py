"""Seven cases of where an order's units come from, when they are promised, and how the order itself explains it."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from adapters.memory.stock_book import MemoryStockBook
from gateway.domain.ids import ChannelCode, SourceCode, stock_key
from gateway.domain.network import CarrierService, Network, WeightBand, Zone
from gateway.domain.sourcing_terms import CostTerms, PlaceCosts, SourcingProfile
from gateway.domain.stock import Inbound
from gateway.ports.ledger import Supply
from tests.domain.retailer import BANDS, BIKE, LYON, NANTES, POST, STANDARD, WAREHOUSE, WEB, at
from tests.graph.conftest import CLERK, NETWORK, OPERATOR, SHIRT, SHOE, Asked, Retail, product
from tests.graph.ledger import key, stocked
from tests.graph.test_placing import promised
from tests.graph.test_sourcing import placed
from tests.graph.test_steps import STEP

ORDER = """
query($by: OrderKey!) {
  order(by: $by) {
    number lines { sku units { quantity state expectedAt location { code } } }
    deliveryGroups { promise { earliest latest } pickupLocation { code } fulfillments { id task location { code } lines { id quantity } } }
    sourcing {
      trigger summary proven cost { total { amount } components { kind amount { amount } } }
      candidates { location { code } excludedBy }
      runnerUp { wouldWinIf shipments { from { code } } }
    }
  }
}
"""
COLLECTED = "query($input: DeliveryPromisesInput!) { deliveryPromises(input: $input) { unavailable { reason message } } }"
MORROW_TO_MONDAY = (at("2025-06-27"), at("2025-07-01") - timedelta(seconds=1))
"""What the post promises for what it takes along on Thursday."""
SUNDAY = at("2025-06-29", "12:00")
REGION = CarrierService("region", zones=(Zone("FR", ("69",), (1, 2), bands=(WeightBand(5000, Decimal("2.50")),)),), radius_m=60_000)
"""Goes from a shop to its neighborhood for less than the parcel of the country."""
SHIRT_BLUE = product(SHIRT, "Shirt blue", "20.00", "4000000000006")
DEAR_SHOPS = CostTerms(places=(PlaceCosts(kind="STORE", per_unit=Decimal("0.70")),))
BY_WEIGHT = (WeightBand(500, Decimal("2.00")), WeightBand(5000, Decimal("9.00")))


@dataclass
class Story:
    """What the order tells of itself."""

    order: Any

    @property
    def decision(self) -> Any:
        (only,) = self.order["sourcing"]
        return only

    @property
    def units(self) -> list[tuple[str, int, str, str]]:
        return [
            (line["sku"], group["quantity"], group["state"], group["location"]["code"])
            for line in self.order["lines"]
            for group in line["units"]
        ]

    @property
    def works(self) -> list[Any]:
        return [work for group in self.order["deliveryGroups"] for work in group["fulfillments"]]

    @property
    def work(self) -> list[tuple[str, str]]:
        return [(each["task"], each["location"]["code"]) for each in self.works]

    @property
    def promise(self) -> tuple[datetime, datetime]:
        promise = self.order["deliveryGroups"][0]["promise"]
        return datetime.fromisoformat(promise["earliest"]), datetime.fromisoformat(promise["latest"])

    @property
    def summary(self) -> str:
        return str(self.decision["summary"])

    @property
    def second(self) -> tuple[list[str], str] | None:
        """Who came second, and what would have made it win."""
        second = self.decision["runnerUp"]
        return second and ([each["from"]["code"] for each in second["shipments"]], second["wouldWinIf"])

    @property
    def fences(self) -> dict[str, str | None]:
        return {each["location"]["code"]: each["excludedBy"] for each in self.decision["candidates"]}

    @property
    def parts(self) -> dict[str, Decimal]:
        return {each["kind"]: Decimal(each["amount"]["amount"]) for each in self.decision["cost"]["components"]}


async def seen(ask: Asked, order: Any) -> Story:
    return Story((await ask(ORDER, OPERATOR, by={"number": order["number"]}))["order"])


async def told(ask: Asked, **group: Any) -> Story:
    """Place an order and return what it tells an operator."""
    story = await seen(ask, await placed(ask, **group))
    decision = story.decision
    assert (decision["trigger"], decision["proven"]) == ("PLACED", True)
    assert sum(story.parts.values()) == Decimal(decision["cost"]["total"]["amount"])
    return story


def with_tariffs(*, regional: bool = False, bands: tuple[WeightBand, ...] = BANDS, costs: CostTerms | None = None) -> Network:
    """Return the network with other tariffs or other costs."""
    parcel = replace(POST.services[0], zones=(Zone("FR", transit_days=(1, 2), bands=bands),))
    services = ("post/parcel", "post/region") if regional else ("post/parcel",)
    web = replace(WEB, services=(replace(STANDARD, carrier_services=services), *WEB.services[1:]))
    profiles = () if costs is None else (SourcingProfile("costs", (ChannelCode("web"),), costs=costs),)
    return replace(
        NETWORK, channels=(web, *NETWORK.channels[1:]), carriers=(replace(POST, services=(parcel, REGION)), BIKE), profiles=profiles
    )


async def sent(ask: Asked, story: Story) -> None:
    """Let the shop's staff take the order's only work until its parcel is on its way."""
    (work,) = story.works
    packed = [{"weightGrams": 400, "lines": [{"lineId": line["id"], "quantity": line["quantity"]} for line in work["lines"]]}]
    parcels = {"packFulfillment": packed, "shipFulfillment": [{"carrierService": "post/parcel", "trackingNumber": "6A0001"}]}
    for step in ("acceptFulfillment", "pickFulfillment", *parcels):
        wish = {"fulfillmentId": work["id"], **({"parcels": parcels[step]} if step in parcels else {})}
        answer = (await ask(STEP % (step[0].upper() + step[1:], step), CLERK, input=key(**wish)))[step]
        assert answer["userErrors"] == []


async def test_what_the_warehouse_has_no_more_is_sold_and_shipped_from_a_shop(ask: Asked, retail: Retail) -> None:
    stocked(retail, {(SHIRT, WAREHOUSE): 0, (SHIRT, LYON): 2})
    story = await told(ask, method="SHIP")
    assert (story.units, story.work, story.promise) == ([(SHIRT, 1, "OFFERED", LYON)], [("SHIP", LYON)], MORROW_TO_MONDAY)
    assert story.fences == {LYON: None, WAREHOUSE: "NO_STOCK", NANTES: "NO_STOCK"}
    assert (story.summary, story.second) == ("From Lyon (1 unit) for 5.20 EUR, proven the cheapest.", None)
    await sent(ask, story)
    assert (await seen(ask, story.order)).units == [(SHIRT, 1, "SHIPPED", LYON)]


async def test_the_nearest_shop_ships_where_its_tariff_is_cheaper_than_the_warehouses(ask: Asked, retail: Retail) -> None:
    retail.network = with_tariffs(regional=True, costs=DEAR_SHOPS)
    stocked(retail, {(SHIRT, WAREHOUSE): 5, (SHIRT, LYON): 2, (SHIRT, NANTES): 2})
    story = await told(ask, method="SHIP")
    assert (story.units, story.work, story.promise) == ([(SHIRT, 1, "OFFERED", LYON)], [("SHIP", LYON)], MORROW_TO_MONDAY)
    assert story.summary == ("From Lyon (1 unit) for 4.20 EUR, proven the cheapest; Gonesse lost by 1.00 (+1.50 shipping, -0.50 handling).")
    assert story.second == ([WAREHOUSE], "Its shipping, dearer by 1.50, would have to be lower by more than 1.00.")


async def test_without_the_regional_tariff_the_warehouse_ships(ask: Asked, retail: Retail) -> None:
    retail.network = with_tariffs(costs=DEAR_SHOPS)
    stocked(retail, {(SHIRT, WAREHOUSE): 5, (SHIRT, LYON): 2, (SHIRT, NANTES): 2})
    story = await told(ask, method="SHIP")
    assert story.units == [(SHIRT, 1, "OFFERED", WAREHOUSE)]
    assert story.summary == "From Gonesse (1 unit) for 5.20 EUR, proven the cheapest; Lyon lost by 0.50 (+0.50 handling)."


async def from_two_shops(ask: Asked, retail: Retail, markdown_on: date | None) -> Story:
    """Place an order for what sells in Lyon, near the customer, and hardly ever in Nantes."""
    retail.network = with_tariffs(regional=True)
    stocked(retail, {(SHIRT, LYON): 5, (SHIRT, NANTES): 5})
    sold = {"sales_per_day": "LYO:0.2 NTE:0.01", "clearance_net": Decimal("5.00")}
    await retail.products.save([replace(SHIRT_BLUE, **sold, markdown_on=markdown_on)])  # type: ignore[arg-type]
    return await told(ask, method="SHIP")


async def test_a_slow_seller_leaves_the_shop_that_would_mark_it_down(ask: Asked, retail: Retail) -> None:
    story = await from_two_shops(ask, retail, date(2025, 7, 26))
    assert (story.units, story.work, story.promise) == ([(SHIRT, 1, "OFFERED", NANTES)], [("SHIP", NANTES)], MORROW_TO_MONDAY)
    assert story.parts["MARKDOWN_CREDIT"] == Decimal("-15.00")
    assert story.summary == (
        "From Nantes (1 unit) for -9.80 EUR, proven the cheapest; "
        "Lyon lost by 9.34 (+10.72 for less markdown credit, -1.50 shipping, +0.11 risk of a stock-out)."
    )
    assert story.second == ([LYON], "Its markdown credit, smaller by 10.72, would have to be greater by more than 9.34.")


async def test_without_a_markdown_to_come_the_nearer_shop_ships(ask: Asked, retail: Retail) -> None:
    story = await from_two_shops(ask, retail, None)
    assert (story.units, "MARKDOWN_CREDIT" in story.parts) == ([(SHIRT, 1, "OFFERED", LYON)], False)
    assert story.summary == (
        "From Lyon (1 unit) for 3.81 EUR, proven the cheapest; Nantes lost by 1.39 (+1.50 shipping, -0.11 risk of a stock-out)."
    )


async def test_a_shop_that_has_it_hands_it_over(ask: Asked, retail: Retail) -> None:
    stocked(retail, {(SHIRT, WAREHOUSE): 5, (SHIRT, LYON): 2})
    story = await told(ask, method="PICKUP", pickupLocationCode=LYON, address=None)
    noon = at("2025-06-26", "12:00")
    assert (story.units, story.work, story.promise) == ([(SHIRT, 1, "OFFERED", LYON)], [("HAND_OVER", LYON)], (noon, noon))
    assert story.summary == "From Lyon (1 unit) for 1.20 EUR, proven the cheapest."


async def test_a_shop_that_has_none_is_sent_it_to_hand_over(ask: Asked, retail: Retail) -> None:
    stocked(retail, {(SHIRT, WAREHOUSE): 5, (SHIRT, LYON): 2})
    wish = {"lines": [{"sku": SHIRT, "quantity": 1}], "methods": ["PICKUP"], "pickupLocationCode": NANTES}
    (absent,) = (await ask(COLLECTED, input=wish))["deliveryPromises"]["unavailable"]
    assert absent == {"reason": "NO_STOCK", "message": "Nantes has not enough of it."}
    story = await told(ask, method="SHIP_TO_STORE", pickupLocationCode=NANTES, address=None)
    assert (story.units, story.work) == ([(SHIRT, 1, "OFFERED", WAREHOUSE)], [("TRANSFER", WAREHOUSE)])
    assert story.order["deliveryGroups"][0]["pickupLocation"] == {"code": NANTES}
    assert story.promise == (at("2025-07-01", "12:00"), at("2025-07-01", "12:00"))
    assert story.parts["TRANSFER"] == Decimal("3.00")
    assert story.summary == "From Gonesse (1 unit) for 8.20 EUR, proven the cheapest; Lyon does not offer To your store."


async def test_a_courier_brings_it_from_the_shop_within_its_radius(ask: Asked, retail: Retail) -> None:
    stocked(retail, {(SHIRT, WAREHOUSE): 5, (SHIRT, LYON): 2, (SHIRT, NANTES): 5})
    story = await told(ask, method="COURIER")
    one_o_clock = at("2025-06-26", "13:00")
    assert (story.units, story.work, story.promise) == ([(SHIRT, 1, "OFFERED", LYON)], [("SHIP", LYON)], (one_o_clock, one_o_clock))
    assert story.fences == {LYON: None, NANTES: "OUT_OF_AREA", WAREHOUSE: "NOT_OFFERED"}
    assert story.summary == (
        "From Lyon (1 unit) for 6.20 EUR, proven the cheapest; "
        "Tonight does not go from Nantes to the destination. Gonesse does not offer Tonight."
    )


async def test_what_is_still_to_come_is_sold_with_its_date(ask: Asked, retail: Retail) -> None:
    stocked(retail, {(SHIRT, WAREHOUSE): 0})
    lot = Inbound("PURCHASE_ORDER", 5, 5, SUNDAY, "PO-1")
    await MemoryStockBook(retail.database).supply(SourceCode("erp"), [Supply(stock_key(SHIRT, WAREHOUSE), "erp/inbound", (lot,))])
    token = (await promised(ask, units=2))["token"]
    story = await told(ask, promiseToken=token, lines=[{"sku": SHIRT, "quantity": 2}])
    assert (story.units, story.work) == ([(SHIRT, 2, "BACKORDERED", WAREHOUSE)], [])
    assert datetime.fromisoformat(story.order["lines"][0]["units"][0]["expectedAt"]) == SUNDAY
    assert story.promise == (at("2025-07-01"), at("2025-07-03") - timedelta(seconds=1))
    assert story.summary == "From Gonesse (2 units, of the supply due 29 June) for 5.40 EUR, proven the cheapest."


async def test_a_preorder_waits_for_the_first_day_of_sale(ask: Asked, retail: Retail) -> None:
    stocked(retail, {(SHIRT, WAREHOUSE): 5})
    await retail.products.save([replace(SHIRT_BLUE, release_on=date(2025, 7, 2))])
    story = await told(ask, promiseToken=(await promised(ask))["token"])
    assert (story.units, story.work) == ([(SHIRT, 1, "ALLOCATED", WAREHOUSE)], [])
    assert story.promise == (at("2025-07-03"), at("2025-07-05") - timedelta(seconds=1))
    assert story.summary == "From Gonesse (1 unit) for 5.20 EUR, proven the cheapest."


SPARED = (
    "From Gonesse (1 unit), Lyon (1 unit) for 6.40 EUR, proven the cheapest; Gonesse alone lost by 4.00 (+5.00 shipping, -1.00 handling)."
)
SPLIT = [(SHIRT, 1, "OFFERED", WAREHOUSE), (SHOE, 1, "OFFERED", LYON)]
WHOLE = [(SHIRT, 1, "OFFERED", WAREHOUSE), (SHOE, 1, "OFFERED", WAREHOUSE)]


@pytest.mark.parametrize(
    ("network", "units", "summary"),
    [
        (with_tariffs(bands=BY_WEIGHT), SPLIT, SPARED),
        (
            with_tariffs(),
            WHOLE,
            (
                "From Gonesse (2 units) for 5.40 EUR, proven the cheapest; "
                "Gonesse and Lyon together lost by 5.00 (+4.00 shipping, +1.00 handling)."
            ),
        ),
        (
            with_tariffs(bands=BY_WEIGHT, costs=CostTerms(per_parcel=Decimal("6.00"))),
            WHOLE,
            (
                "From Gonesse (2 units) for 15.40 EUR, proven the cheapest; "
                "Gonesse and Lyon together lost by 1.00 (+6.00 handling, -5.00 shipping)."
            ),
        ),
    ],
    ids=["steep tariff", "flat tariff", "dear parcels"],
)
async def test_a_basket_is_split_only_where_two_parcels_cost_less_than_one(
    ask: Asked, retail: Retail, network: Network, units: list[Any], summary: str
) -> None:
    retail.network = network
    stocked(retail, {(SHIRT, WAREHOUSE): 5, (SHOE, WAREHOUSE): 5, (SHOE, LYON): 5})
    story = await told(ask, method="SHIP", lines=[{"sku": SHIRT, "quantity": 1}, {"sku": SHOE, "quantity": 1}])
    assert (story.units, story.work) == (units, [("SHIP", place) for place in dict.fromkeys(place for *_, place in units)])
    assert (story.summary, story.promise) == (summary, MORROW_TO_MONDAY)
    assert story.fences == {WAREHOUSE: None, LYON: None, NANTES: "NO_STOCK"}
