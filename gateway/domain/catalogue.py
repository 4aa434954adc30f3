"""What is sold: products and their prices."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from gateway.domain.ids import LocationCode, Sku, SourceCode

QuantityUnit = Literal["EACH", "GRAM", "MILLIMETER", "MILLILITER"]


@dataclass(frozen=True, slots=True)
class Price:
    """A unit price; `compare_at` is the price before a reduction."""

    amount: Decimal
    currency: str
    includes_tax: bool = True
    compare_at: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Attribute:
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class ExternalId:
    """An object's name in a system behind the gateway."""

    source: SourceCode
    value: str


@dataclass(frozen=True, slots=True)
class Product:
    """A unit sold. Without a price for a channel it is shown there and not sold. `price_by_channel` stands over `price`."""

    sku: Sku
    name: str
    gtin: str | None = None
    brand: str | None = None
    categories: tuple[str, ...] = ()
    image_url: str | None = None
    attributes: tuple[Attribute, ...] = ()
    weight_g: int | None = None
    volume_cm3: int | None = None
    """As packed for the carrier; None: it fills no parcel."""
    quantity_unit: QuantityUnit = "EACH"
    group_code: str | None = None
    group_name: str | None = None
    release_on: date | None = None
    external_ids: tuple[ExternalId, ...] = ()
    price: Price | None = None
    price_by_channel: dict[str, Price] | None = None
    active: bool = True
    sales_per_day: str | None = None
    """Units sold over the counter a day, by location, as `101:0.05 102:0.2`: text, since a catalogue stands in memory whole."""
    markdown_on: date | None = None
    """When what is left is to be marked down."""
    clearance_net: Decimal | None = None
    """What a unit is expected to bring then, costs of the sale taken off."""

    def price_in(self, channel: str, currency: str) -> Price | None:
        """Return the price in a channel that sells in a currency: one in another currency is none."""
        price = self.price_for(channel)
        return price if price is not None and price.currency == currency else None

    def price_for(self, channel: str) -> Price | None:
        """Return the price that is told for a channel, in whatever currency."""
        return (self.price_by_channel or {}).get(channel, self.price)


def sales_by_location(product: Product) -> dict[LocationCode, float]:
    """Return the units of a product that each location sells over the counter a day; none for a place that has no counter."""
    pairs = (part.rpartition(":") for part in (product.sales_per_day or "").split())
    return {LocationCode(code): float(rate) for code, _, rate in pairs}


def plain_gtin(gtin: str) -> str:
    """Return a GTIN without the zeros that pad it from one length to another: EAN-13 and GTIN-14 name the same article."""
    return gtin.strip().lstrip("0")
