"""What every index of the catalogue answers."""

from abc import ABC, abstractmethod
from dataclasses import replace
from decimal import Decimal
from itertools import product as combinations

import pytest

from gateway.domain.catalogue import Price, Product
from gateway.domain.ids import ChannelCode, Sku
from gateway.ports.browse import Browse, BrowseKey, BrowseOrder, BrowseQuery

WEB, SHOP = ChannelCode("web"), ChannelCode("shop")
BLUE = Product(
    Sku("SHIRT-1"),
    "T-shirt bleu été",
    gtin="04006381333931",
    brand="Côte d'Azur",
    categories=("Mode", "Hauts"),
    group_code="SHIRT",
    price=Price(Decimal("20.00"), "EUR"),
    price_by_channel={SHOP: Price(Decimal("25.00"), "EUR")},
)
RED = replace(BLUE, sku=Sku("SHIRT-2"), name="T-Shirt rouge", gtin=None, price=Price(Decimal("9.90"), "EUR"), price_by_channel=None)
PEN = Product(Sku("PEN"), "Étui à stylos", brand="Azote", categories=("Papeterie",), price=Price(Decimal("100.00"), "EUR"))
CARD = Product(Sku("CARD"), "Carte postale", categories=("Papeterie",))
GONE = Product(Sku("GONE"), "T-shirt noir", brand="Côte d'Azur", categories=("Mode",), active=False)
EVERYTHING = [BLUE, RED, PEN, CARD, GONE]


def query(**conditions: object) -> BrowseQuery:
    return BrowseQuery(**{"channel": WEB, "currency": "EUR", **conditions})  # type: ignore[arg-type]


def found(browse: Browse, after: BrowseKey | None = None, **conditions: object) -> list[str]:
    return [product.sku for _, product in browse.ordered(query(**conditions), after)]


class BrowseContract(ABC):
    """Inherit, and give `browse` (empty) and `save`, after which `refresh` finds the products."""

    @pytest.fixture
    @abstractmethod
    def browse(self) -> Browse: ...

    @abstractmethod
    async def save(self, browse: Browse, products: list[Product]) -> None: ...

    @pytest.fixture
    async def stocked(self, browse: Browse) -> Browse:
        await browse.refresh()
        await self.save(browse, EVERYTHING)
        await browse.refresh()
        return browse

    async def test_active_products_are_held_by_sku(self, stocked: Browse) -> None:
        assert stocked.products([BLUE.sku, GONE.sku, Sku("NONE")]) == {BLUE.sku: BLUE}
        assert found(stocked) == ["CARD", "PEN", "SHIRT-1", "SHIRT-2"]

    @pytest.mark.parametrize(
        ("search", "skus"),
        [
            ("t-shirt", ["SHIRT-1", "SHIRT-2"]),
            ("SHIRT", ["SHIRT-1", "SHIRT-2"]),
            ("bleu ETE", ["SHIRT-1"]),
            ("ete blanc", []),
            ("az", ["PEN", "SHIRT-1", "SHIRT-2"]),
            ("cote d'az", ["SHIRT-1", "SHIRT-2"]),
            ("etui", ["PEN"]),
            ("tui", []),
            ("shirt-2", ["SHIRT-2"]),
            ("4006381333931", ["SHIRT-1"]),
            ("04006381", ["SHIRT-1"]),
            ("  ", ["CARD", "PEN", "SHIRT-1", "SHIRT-2"]),
            ("%", []),
        ],
    )
    async def test_every_word_begins_a_word_of_name_or_brand_or_the_sku_or_gtin(
        self, stocked: Browse, search: str, skus: list[str]
    ) -> None:
        assert found(stocked, search=search) == skus

    async def test_all_conditions_hold_and_any_of_the_names_of_one(self, stocked: Browse) -> None:
        assert found(stocked, categories=frozenset({"Papeterie", "Hauts"})) == ["CARD", "PEN", "SHIRT-1", "SHIRT-2"]
        assert found(stocked, categories=frozenset({"papeterie"}), brands=frozenset({"AZOTE"})) == ["PEN"]
        assert found(stocked, brands=frozenset()) == []
        assert found(stocked, group_code="SHIRT", search="rouge") == ["SHIRT-2"]
        assert found(stocked, group_code="shirt") == []

    @pytest.mark.parametrize(
        ("sort", "channel", "skus"),
        [
            ("SKU", WEB, ["CARD", "PEN", "SHIRT-1", "SHIRT-2"]),
            ("NAME", WEB, ["CARD", "PEN", "SHIRT-1", "SHIRT-2"]),
            ("PRICE", WEB, ["SHIRT-2", "SHIRT-1", "PEN", "CARD"]),
            ("PRICE", SHOP, ["SHIRT-2", "SHIRT-1", "PEN", "CARD"]),
            ("PRICE_DESC", WEB, ["PEN", "SHIRT-1", "SHIRT-2", "CARD"]),
        ],
    )
    async def test_lists_are_in_order_and_what_has_no_price_comes_last(
        self, stocked: Browse, sort: BrowseOrder, channel: ChannelCode, skus: list[str]
    ) -> None:
        assert found(stocked, sort=sort, channel=channel) == skus

    async def test_a_price_in_another_currency_than_the_channel_s_is_none(self, stocked: Browse) -> None:
        assert found(stocked, sort="PRICE", currency="GBP") == ["CARD", "PEN", "SHIRT-1", "SHIRT-2"]
        assert found(stocked, sort="PRICE", currency="EUR") == ["SHIRT-2", "SHIRT-1", "PEN", "CARD"]

    async def test_a_list_goes_on_behind_any_of_its_keys_whatever_was_asked(self, stocked: Browse) -> None:
        for sort, search in combinations(("SKU", "NAME", "PRICE", "PRICE_DESC"), (None, "shirt", "az")):
            rows = list(stocked.ordered(query(sort=sort, search=search)))
            assert [key for key, _ in rows] == sorted(key for key, _ in rows)
            for n, (key, product) in enumerate(rows):
                assert key[-1] == product.sku
                assert list(stocked.ordered(query(sort=sort, search=search), key)) == rows[n + 1 :]

    async def test_a_change_is_found_after_a_refresh(self, stocked: Browse) -> None:
        await self.save(stocked, [replace(BLUE, name="Robe verte", brand=None, categories=(), group_code=None), replace(PEN, active=False)])
        await stocked.refresh()
        assert found(stocked, search="bleu") == found(stocked, categories=frozenset({"Papeterie"}), search="etui") == []
        assert found(stocked, search="robe") == ["SHIRT-1"]
        assert found(stocked, group_code="SHIRT") == ["SHIRT-2"]
        assert found(stocked) == ["CARD", "SHIRT-1", "SHIRT-2"]
