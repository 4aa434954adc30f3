"""The demo retailer as one description of a seed, shared by all its systems: products, shops, warehouses, suppliers."""

from __future__ import annotations  # array takes no type arguments before 3.12

from array import array
from dataclasses import dataclass
from functools import cached_property

from gateway.sandbox.assortment import Product, products
from gateway.sandbox.levels import sales_per_day, set_aside, shop_levels, supplier_levels, warehouse_levels
from gateway.sandbox.places import SUPPLIERS, WAREHOUSES, Place, Shop, Supplier, shops

CURRENCY = "EUR"
TIME_ZONE = "Europe/Paris"
SYSTEMS = ("erp", "wms", "pos", *(supplier.code for supplier in SUPPLIERS))
MAX_SKUS, MAX_STORES = 200_000, 600
_BLOCKED_SHARE, _DISPLAY_SHARE = 0.06, 0.10


@dataclass(frozen=True)
class Retailer:
    """A retailer of a size; equal arguments give equal retailers in every process."""

    seed: int = 1
    sku_count: int = 500
    store_count: int = 12
    warehouse_count: int = 2

    def __post_init__(self) -> None:
        bounds = (("seed", 0, 2**31), ("sku_count", 1, MAX_SKUS), ("store_count", 0, MAX_STORES), ("warehouse_count", 1, len(WAREHOUSES)))
        for name, least, most in bounds:
            if not least <= (value := getattr(self, name)) <= most:
                raise ValueError(f"{name} must lie from {least} to {most}, not {value}")

    @cached_property
    def products(self) -> list[Product]:
        return products(self.seed, self.sku_count)

    @cached_property
    def number_by_item_no(self) -> dict[str, int]:
        return {product.item_no: product.number for product in self.products}

    @cached_property
    def number_by_ean(self) -> dict[str, int]:
        return {product.ean: product.number for product in self.products}

    @cached_property
    def shops(self) -> tuple[Shop, ...]:
        return shops(self.seed, self.store_count)

    @property
    def warehouses(self) -> tuple[Place, ...]:
        return WAREHOUSES[: self.warehouse_count]

    @property
    def suppliers(self) -> tuple[Supplier, ...]:
        return SUPPLIERS

    def main_supplier(self, product: Product) -> Supplier:
        """Return the supplier that the warehouses order a product from."""
        return SUPPLIERS[product.number % len(SUPPLIERS)]

    def offered(self, supplier: str) -> list[Product]:
        """Return what a supplier sells: all but every tenth product, another tenth at each."""
        place = [one.code for one in SUPPLIERS].index(supplier)
        return [one for one in self.products if (one.number + place * 3) % 10 != 9]  # noqa: PLR2004 - the tenth of ten

    def number(self, sku: str) -> int | None:
        """Return a product's number by its item number or EAN."""
        found = self.number_by_item_no.get(sku)
        return found if found is not None else self.number_by_ean.get(sku)

    def first_levels(self, location: str) -> array[int]:
        """Return the units of every product at a shop, warehouse or supplier on the first day."""
        if location.startswith("WH-"):
            return warehouse_levels(self.seed, location, self.products)
        if location in SYSTEMS:
            return supplier_levels(self.seed, location, self.products)
        return shop_levels(self.seed, location, self.products)

    def counter_sales_per_day(self, product: Product) -> dict[str, float]:
        """Return how many units of a product each shop sells a day on average."""
        return sales_per_day(self.seed, [shop.code for shop in self.shops], product)

    def first_aside(self, location: str, levels: array[int]) -> array[int]:
        """Return the units of every product that lie there and are not for sale."""
        share = _BLOCKED_SHARE if location.startswith("WH-") else _DISPLAY_SHARE
        return set_aside(self.seed, location, levels, share)
