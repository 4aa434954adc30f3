"""What is expected of a product's stock, from what its source says."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from gateway.domain.catalogue import Price, Product
from gateway.domain.ids import Sku
from gateway.domain.sourcing.problem import Outlook
from gateway.domain.sourcing_terms import CostTerms
from gateway.domain.stock import Inbound
from resolvers.questions.outlooks import outlooks
from tests.domain.retailer import LYON, NANTES, THURSDAY_8, WEB, shelf

A = Sku("A")
SHIRT = Product(
    A,
    "Shirt",
    price=Price(Decimal(20), "EUR"),
    sales_per_day="LYO:0.2 NTE:0.01",
    markdown_on=date(2025, 7, 6),
    clearance_net=Decimal("7.50"),
)
TERMS = CostTerms(margin_share=Decimal("0.25"))


def told(product: Product, *positions: object) -> dict[Sku, Outlook]:
    return outlooks([product], WEB, TERMS, {A: positions}, THURSDAY_8)  # type: ignore[dict-item]


def test_sales_markdown_and_supply_make_an_outlook() -> None:
    lots = tuple(Inbound("PURCHASE_ORDER", 5, left, THURSDAY_8 + timedelta(hours=hours)) for left, hours in ((0, 24), (5, 60), (5, 90)))
    found = told(SHIRT, shelf(A, LYON, 3, inbound=lots), shelf(A, NANTES, 3))
    assert found == {A: Outlook({LYON: 0.2, NANTES: 0.01}, Decimal("5.00"), {LYON: 2.5}, 10.0, Decimal("12.50"))}


def test_what_nobody_sells_over_a_counter_has_no_outlook() -> None:
    assert told(replace(SHIRT, sales_per_day=None)) == {}


def test_a_markdown_that_has_begun_is_in_the_price_already() -> None:
    assert told(replace(SHIRT, markdown_on=THURSDAY_8.date()))[A].markdown_in_days is None
    assert told(replace(SHIRT, markdown_on=None))[A].markdown_in_days is None
    assert told(replace(SHIRT, clearance_net=None))[A].markdown_loss == 0
    assert told(replace(SHIRT, clearance_net=Decimal(30)))[A].markdown_loss == 0
