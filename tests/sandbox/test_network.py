"""The retailer of a seed: the same everywhere, valid, and shaped like a real one."""

from datetime import date

import pytest

from gateway.sandbox.assortment import gtin13
from gateway.sandbox.network import Retailer
from gateway.sandbox.places import shops
from gateway.sandbox.pos.opening import exceptions, is_open
from gateway.sandbox.replenishment import purchase_orders
from gateway.sandbox.stamps import local_time, moment


def test_equal_seeds_give_equal_retailers() -> None:
    one, other = Retailer(3, 200, 5), Retailer(3, 200, 5)
    assert one.products == other.products
    assert one.shops == other.shops
    assert one.first_levels("101") == other.first_levels("101")
    assert purchase_orders(one, date(2026, 3, 4)) == purchase_orders(other, date(2026, 3, 4))


def test_other_seeds_give_other_retailers() -> None:
    assert Retailer(3).products != Retailer(4).products
    assert Retailer(3).first_levels("101") != Retailer(4).first_levels("101")


def test_a_larger_retailer_begins_with_the_smaller_one() -> None:
    assert Retailer(1, 300).products == Retailer(1, 900).products[:300]
    assert shops(1, 4) == shops(1, 50)[:4]


def test_every_product_has_a_valid_gtin_and_a_name_of_its_own() -> None:
    products = Retailer(1, 10_000).products
    assert all(product.ean == gtin13(product.ean[:12]) for product in products)
    assert len({product.ean for product in products}) == len({product.item_no for product in products}) == 10_000


def test_the_check_digit_is_that_of_gs1() -> None:
    assert gtin13("400638133393") == "4006381333931"


def test_about_a_quarter_of_the_shelves_in_shops_is_empty() -> None:
    retailer = Retailer(1, 2_000, 12)
    levels = [level for shop in retailer.shops for level in retailer.first_levels(shop.code)]
    assert 0.23 < levels.count(0) / len(levels) < 0.28


def test_each_supplier_misses_another_tenth() -> None:
    retailer = Retailer(1, 1_000)
    missing = [
        {one.number for one in retailer.products} - {one.number for one in retailer.offered(code)}
        for code in ("atlas", "borealis", "comet")
    ]
    assert [len(one) for one in missing] == [100, 100, 100]
    assert not missing[0] & missing[1] | missing[1] & missing[2] | missing[0] & missing[2]


def test_goods_set_aside_never_exceed_what_lies_there() -> None:
    retailer = Retailer(5, 1_000)
    levels = retailer.first_levels("WH-PAR")
    aside = retailer.first_aside("WH-PAR", levels)
    assert sum(aside) > 0
    assert all(0 <= some <= level for some, level in zip(aside, levels, strict=True))


def test_some_purchase_orders_slip_a_few_days_before_they_were_due() -> None:
    slipping = [order for order in purchase_orders(Retailer(1), date(2026, 3, 4)) if order.slipped_on is not None]
    assert slipping
    for order in slipping:
        assert order.expected_on(order.slipped_on or date.min) == order.slipped_to > order.original_on
        assert order.expected_on(order.ordered_on) == order.original_on


def test_a_purchase_order_stays_the_same_from_one_day_to_the_next() -> None:
    before = {order.number: order for order in purchase_orders(Retailer(1), date(2026, 3, 4))}
    after = {order.number: order for order in purchase_orders(Retailer(1), date(2026, 3, 12))}
    assert before.keys() & after.keys()
    assert all(before[number] == after[number] for number in before.keys() & after.keys())


def test_a_shop_is_open_in_its_hours_and_closed_on_exceptional_days() -> None:
    weekly = "Mo 14:00-19:00; Tu-Fr 10:00-13:00,14:00-19:00"

    def opened(text: str) -> bool:
        return is_open(weekly, local_time(moment(text, "at")))

    assert [opened(f"2026-03-03T{clock}:00+01:00") for clock in ("09:59", "10:00", "13:00", "18:59")] == [False, True, False, True]
    assert not opened("2026-03-01T15:00:00+01:00")
    assert not opened("2026-12-25T15:00:00+01:00")
    assert (date(2026, 12, 25), "closed") in exceptions(date(2026, 12, 1))


def test_a_size_out_of_bounds_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="sku_count must lie from 1 to 200000, not 0"):
        Retailer(sku_count=0)
