"""What a channel may sell now: scope, safety stock, status, freshness."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from gateway.domain.availability import Availability, KindQuantity
from gateway.domain.availability_rule import availability, unreported
from gateway.domain.catalogue import Price, Product
from gateway.domain.ids import ChannelCode, LocationCode, Sku, SourceCode
from gateway.domain.location import Location, LocationKind, LocationService
from gateway.domain.network import Channel, DeliveryService, SafetyStock
from gateway.domain.scope import channel_scope, in_channel, kept_back
from gateway.domain.stock import Inbound, StockPosition

NOW = datetime(2025, 6, 26, 8, tzinfo=UTC)
SKU = Sku("A1")
PRICE = Price(Decimal("9.90"), "EUR")
PRODUCT = Product(SKU, "Thing", price=PRICE)
STANDARD = DeliveryService("standard", "Standard", "SHIP", ("post/parcel",))
COLLECT = DeliveryService("collect", "Click & collect", "PICKUP", kinds=("STORE",))
CHANNEL = Channel(ChannelCode("web"), "Web", "EUR", "Europe/Paris", services=(STANDARD, COLLECT))


def place(code: str, kind: LocationKind, *services: LocationService) -> Location:
    return Location(LocationCode(code), code, kind, "Europe/Paris", SourceCode("s"), services=services)


WAREHOUSE = place("W", "WAREHOUSE", "SHIP")
STORE = place("S", "STORE", "PICKUP")
HYBRID = place("H", "STORE", "SHIP", "PICKUP")
PLACES = (WAREHOUSE, STORE, HYBRID)


def position(at: Location, units: int, **facts: object) -> StockPosition:
    made = StockPosition(SKU, at.code, units, 0, 0, 0, 0, NOW, SourceCode("s"))
    return replace(made, **facts)  # type: ignore[arg-type]


def answer(*positions: StockPosition, channel: Channel = CHANNEL, known: bool = True, product: Product | None = PRODUCT) -> Availability:
    price = product.price_in(channel.code, channel.currency) if product else None
    return availability(SKU, channel, positions, channel_scope(channel, PLACES), price, product, NOW, source_known=known)


def test_units_are_told_by_kind_and_by_what_can_be_done_with_them() -> None:
    told = answer(position(WAREHOUSE, 5), position(STORE, 2), position(HYBRID, 4))
    assert (told.status, told.orderable, told.quantity) == ("IN_STOCK", True, 11)
    assert (told.deliverable_quantity, told.collectable_quantity, told.location_count) == (9, 6, 3)
    assert told.by_kind == (KindQuantity("WAREHOUSE", 5, 1), KindQuantity("STORE", 6, 2))


def test_one_places_debt_takes_nothing_from_anothers_shelf() -> None:
    told = answer(position(WAREHOUSE, 2, allocated=5), position(STORE, 6, safety_stock=1))
    assert (told.quantity, told.location_count, told.status) == (5, 1, "IN_STOCK")


@pytest.mark.parametrize(("units", "status"), [(0, "OUT_OF_STOCK"), (1, "LIMITED"), (3, "LIMITED"), (4, "IN_STOCK")])
def test_the_status_follows_the_threshold(units: int, status: str) -> None:
    assert answer(position(WAREHOUSE, units)).status == status


def test_a_sku_without_a_price_is_not_sold() -> None:
    told = answer(position(WAREHOUSE, 5), product=replace(PRODUCT, price=None))
    assert (told.status, told.orderable, told.quantity) == ("NOT_SOLD", False, 0)


def test_what_was_never_told_by_a_source_that_is_away_is_unknown_and_not_sold_out() -> None:
    assert (answer(known=False).status, answer(known=False).freshness) == ("UNKNOWN", "DOWN")
    assert answer(position(WAREHOUSE, 0), known=False).status == "UNKNOWN"
    told = answer(position(WAREHOUSE, 9), known=False)
    assert (told.status, told.freshness) == ("IN_STOCK", "FRESH")


def test_stock_too_old_to_promise_is_not_counted_and_not_called_sold_out() -> None:
    old = position(WAREHOUSE, 7, sellable=False, freshness="DOWN", as_of=NOW - timedelta(days=2))
    assert (answer(old).status, answer(old).quantity, answer(old).as_of) == ("UNKNOWN", 0, NOW - timedelta(days=2))
    beside = answer(old, position(STORE, 4))
    assert (beside.quantity, beside.freshness, beside.as_of) == (4, "DOWN", NOW)


def test_the_oldest_figure_and_the_stale_part_are_told() -> None:
    told = answer(position(WAREHOUSE, 5), position(STORE, 2, freshness="STALE", as_of=NOW - timedelta(hours=1)))
    assert (told.stale_quantity, told.freshness, told.as_of) == (2, "STALE", NOW - timedelta(hours=1))


def test_supply_to_come_is_sold_as_far_ahead_as_the_channel_sells() -> None:
    """What is owed is paid first: of the first lot nothing is left."""
    lots = (
        Inbound("PURCHASE_ORDER", 50, 50, NOW - timedelta(days=1)),
        Inbound("PURCHASE_ORDER", 2, 0, NOW + timedelta(days=2)),
        Inbound("PURCHASE_ORDER", 5, 5, NOW + timedelta(days=4)),
    )
    owing = position(WAREHOUSE, 0, allocated=2, inbound=lots)
    told = answer(owing)
    assert (told.status, told.orderable, told.quantity, told.next_available_at) == ("BACKORDER", True, 5, NOW + timedelta(days=4))
    told = answer(owing, channel=replace(CHANNEL, sells_supply_within=timedelta(days=3)))
    assert (told.status, told.orderable, told.quantity) == ("BACKORDER", False, 0)
    assert answer(position(WAREHOUSE, 20, inbound=lots)).next_available_at is None


def test_before_its_release_a_product_is_a_preorder() -> None:
    told = answer(position(WAREHOUSE, 5), product=replace(PRODUCT, release_on=date(2025, 7, 1)))
    assert (told.status, told.orderable, told.quantity) == ("PREORDER", True, 5)
    later = answer(position(WAREHOUSE, 5), product=replace(PRODUCT, release_on=date(2026, 7, 1)))
    assert (later.status, later.orderable, later.quantity) == ("PREORDER", False, 0)
    assert told.next_available_at == datetime(2025, 6, 30, 22, tzinfo=UTC)
    assert answer(position(WAREHOUSE, 5), product=replace(PRODUCT, release_on=date(2025, 6, 26))).status == "IN_STOCK"


def test_only_places_of_the_channel_that_can_serve_a_method_count() -> None:
    assert answer(position(WAREHOUSE, 5), channel=replace(CHANNEL, kinds=("STORE",))).quantity == 0
    assert answer(position(WAREHOUSE, 5), position(STORE, 2), channel=replace(CHANNEL, services=(COLLECT,))).quantity == 2
    paused = channel_scope(CHANNEL, [replace(WAREHOUSE, status="PAUSED")])
    assert dict(paused) == {}
    assert in_channel(replace(CHANNEL, kinds=("STORE",), locations=(WAREHOUSE.code,)), WAREHOUSE)


def test_places_that_never_told_a_figure_are_named() -> None:
    assert unreported(channel_scope(CHANNEL, PLACES), (position(WAREHOUSE, 1),)) == {"S", "H"}


def test_the_narrowest_safety_stock_rule_wins() -> None:
    rules = (
        SafetyStock(1),
        SafetyStock(2, kind="STORE"),
        SafetyStock(3, location=STORE.code),
        SafetyStock(4, sku=SKU),
        SafetyStock(5, sku=SKU, location=STORE.code),
    )
    assert [kept_back(rules[:n], SKU, STORE) for n in range(6)] == [0, 1, 2, 3, 4, 5]
    assert kept_back(rules, Sku("B"), WAREHOUSE) == 1
