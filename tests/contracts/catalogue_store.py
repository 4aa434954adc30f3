"""What every CatalogueStore does."""

from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from gateway.domain.catalogue import Attribute, ExternalId, Price, Product
from gateway.domain.ids import Sku, SourceCode
from gateway.ports.stores import CatalogueStore

GTIN = "4006381333931"
ERP, POS = SourceCode("erp"), SourceCode("pos")
SHIRT = Product(
    Sku("SHIRT-M"),
    "Chemise bleue",
    gtin=GTIN,
    brand="Atelier",
    categories=("Mode", "Chemises"),
    image_url="https://example.com/shirt.jpg",
    attributes=(Attribute("size", "M"), Attribute("color", "bleu")),
    weight_g=250,
    volume_cm3=1200,
    group_code="SHIRT",
    group_name="Chemise",
    release_on=date(2025, 9, 1),
    external_ids=(ExternalId(ERP, "100"), ExternalId(POS, "A1")),
    price=Price(Decimal("39.90"), "EUR", compare_at=Decimal("49.90")),
    price_by_channel={"web.fr": Price(Decimal("35.00"), "EUR", includes_tax=False)},
)
LARGE = replace(SHIRT, sku=Sku("SHIRT-L"), gtin="04006381333948", external_ids=(ExternalId(ERP, "101"),))
PEN = Product(Sku("PEN"), "Pen")


class CatalogueStoreContract(ABC):
    """Inherit, and give `catalogue_store` (empty)."""

    @pytest.fixture
    @abstractmethod
    def catalogue_store(self) -> CatalogueStore: ...

    async def test_what_was_saved_is_found_whole(self, catalogue_store: CatalogueStore) -> None:
        assert await catalogue_store.save([SHIRT, LARGE, PEN]) == 3
        assert await catalogue_store.products([SHIRT.sku, PEN.sku, Sku("NONE")]) == {SHIRT.sku: SHIRT, PEN.sku: PEN}
        assert sorted(product.sku for product in await catalogue_store.everything()) == ["PEN", "SHIRT-L", "SHIRT-M"]

    async def test_products_are_found_by_gtin_whatever_zeros_pad_it(self, catalogue_store: CatalogueStore) -> None:
        await catalogue_store.save([SHIRT, LARGE])
        asked = ["4006381333931", "04006381333931", "4006381333948", "4000000000000"]
        assert await catalogue_store.skus_by_gtin(asked) == {asked[0]: "SHIRT-M", asked[1]: "SHIRT-M", asked[2]: "SHIRT-L"}

    async def test_a_name_counts_for_its_own_source_alone(self, catalogue_store: CatalogueStore) -> None:
        await catalogue_store.save([SHIRT, LARGE])
        assert await catalogue_store.skus_by_external(ERP, ["100", "101", "A1"]) == {"100": "SHIRT-M", "101": "SHIRT-L"}
        assert await catalogue_store.skus_by_external(POS, ["A1"]) == {"A1": "SHIRT-M"}

    async def test_a_group_holds_its_products_in_the_order_of_their_skus(self, catalogue_store: CatalogueStore) -> None:
        await catalogue_store.save([SHIRT, LARGE, PEN])
        assert await catalogue_store.groups(["SHIRT", "NONE"]) == {"SHIRT": [LARGE, SHIRT]}

    async def test_only_what_is_new_or_differs_is_counted_and_raises_the_version(self, catalogue_store: CatalogueStore) -> None:
        await catalogue_store.save([SHIRT, PEN])
        before = await catalogue_store.version()
        assert await catalogue_store.save([SHIRT, PEN]) == 0
        assert await catalogue_store.version() == before
        assert await catalogue_store.save([replace(PEN, gtin="96385074"), SHIRT]) == 1
        assert await catalogue_store.version() > before
        assert await catalogue_store.skus_by_gtin(["96385074"]) == {"96385074": "PEN"}

    async def test_a_changed_product_loses_its_former_names(self, catalogue_store: CatalogueStore) -> None:
        await catalogue_store.save([SHIRT])
        await catalogue_store.save([replace(SHIRT, gtin=None, external_ids=(), group_code=None)])
        assert await catalogue_store.skus_by_gtin(["4006381333931"]) == {}
        assert await catalogue_store.skus_by_external(POS, ["A1"]) == {}
        assert await catalogue_store.groups(["SHIRT"]) == {}

    async def test_products_that_are_no_longer_listed_stay_known_and_are_not_active(self, catalogue_store: CatalogueStore) -> None:
        await catalogue_store.save([SHIRT, LARGE, PEN])
        assert await catalogue_store.retire(ERP, frozenset({SHIRT.sku})) == 2
        assert {product.sku: product.active for product in await catalogue_store.everything()} == {
            "SHIRT-M": True,
            "SHIRT-L": False,
            "PEN": False,
        }
        assert await catalogue_store.retire(ERP, frozenset({SHIRT.sku})) == 0

    @pytest.mark.parametrize("retired_last", [True, False])
    async def test_names_that_were_passed_on_are_the_active_product_s(self, catalogue_store: CatalogueStore, retired_last: bool) -> None:  # noqa: FBT001
        former = replace(SHIRT, sku=Sku("SHIRT-OLD"), active=False)
        for product in (SHIRT, former) if retired_last else (former, SHIRT):
            await catalogue_store.save([product])
        assert await catalogue_store.skus_by_gtin([GTIN]) == {GTIN: "SHIRT-M"}
        assert await catalogue_store.skus_by_external(ERP, ["100"]) == {"100": "SHIRT-M"}
        await catalogue_store.save([replace(SHIRT, gtin=None, external_ids=())])
        assert await catalogue_store.skus_by_gtin([GTIN]) == {GTIN: "SHIRT-OLD"}

    async def test_nothing_asked_is_nothing_answered(self, catalogue_store: CatalogueStore) -> None:
        assert await catalogue_store.products([]) == {}
        assert await catalogue_store.skus_by_gtin([]) == {}
        assert await catalogue_store.save([]) == 0
        assert await catalogue_store.version() == 0
