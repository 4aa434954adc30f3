"""Products: units sold, their prices and their siblings."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

import strawberry
from strawberry import UNSET, Private

from gateway.domain import catalogue
from gateway.domain.quantities import written
from resolvers.questions.availability import availability
from resolvers.questions.channels import channel as channel_of
from resolvers.questions.products import price, siblings, up_to_date
from schema.ids import global_id
from schema.scalars import URL, CurrencyCode
from schema.types.attributes import Attribute, ExternalId
from schema.types.availability import Availability
from schema.types.channels import DeliveryMethod
from schema.types.enums import described
from schema.types.fields import resolved
from schema.types.given import given
from schema.types.info import Info
from schema.types.money import Money
from schema.types.node import Node
from schema.types.places import NearInput
from schema.types.promises import DeliveryPromises, promises_of_product
from schema.types.promises_input import DestinationInput
from schema.types.stock import StockFilter, StockLevelConnection, stock_page


@described("What one unit of a sku is.")
class QuantityUnit(StrEnum):
    EACH = "EACH"
    GRAM = "GRAM"
    MILLIMETER = "MILLIMETER"
    MILLILITER = "MILLILITER"


@strawberry.type(description="What a channel asks for one unit.")
class Price:
    amount: Decimal
    currency: CurrencyCode
    includes_tax: bool
    compare_at: Money | None = strawberry.field(description="The price before a reduction.")

    @classmethod
    def of(cls, told: catalogue.Price) -> "Price":
        currency = CurrencyCode(told.currency)
        return cls(
            amount=written(told.amount, told.currency),
            currency=currency,
            includes_tax=told.includes_tax,
            compare_at=None if told.compare_at is None else Money(amount=written(told.compare_at, told.currency), currency=currency),
        )


@strawberry.type(description="A unit sold. Federation key: sku.")
class Product(Node):
    sku: str
    gtin: str | None
    name: str
    brand: str | None
    categories: list[str]
    image_url: URL | None
    weight_grams: int | None
    volume_cubic_centimeters: int | None = strawberry.field(description="As packed for the carrier.")
    quantity_unit: QuantityUnit = strawberry.field(description="All quantities of this sku are whole units of it.")
    release_on: date | None = strawberry.field(description="Sold from this day; before it, as a preorder if at all.")
    told: Private[catalogue.Product]

    @strawberry.field
    def attributes(self) -> list[Attribute]:
        return [Attribute.of(attribute) for attribute in self.told.attributes]

    @strawberry.field
    def external_ids(self) -> list[ExternalId]:
        return [ExternalId.of(name) for name in self.told.external_ids]

    @resolved("Its sizes, colors and other siblings.")
    def group(self) -> Annotated["ProductGroup", strawberry.lazy("schema.types.products")] | None:
        code = self.told.group_code
        return ProductGroup(id=global_id("ProductGroup", code), code=code, name=self.told.group_name or code) if code else None

    @resolved("Null where it is not sold.")
    def price(self, info: Info, channel_code: str | None = UNSET) -> Price | None:
        told = price(info.context, self.told, channel_code or None)
        return Price.of(told) if told else None

    @resolved("What the channel may sell of it now; null for an unknown channel.")
    def availability(
        self,
        info: Info,
        channel_code: str | None = UNSET,
        max_age_seconds: int | None = UNSET,  # noqa: ARG002 - counts for the whole request and was read before it began
    ) -> Availability | None:
        channel = channel_of(info.context, channel_code or None)
        return Availability.of(availability(info.context, channel, self.told)) if channel else None

    @resolved("Nearest first when `near` is given, else by kind and code; `first` up to 500.")
    def stock(
        self,
        info: Info,
        channel_code: str | None = UNSET,
        filter: StockFilter | None = UNSET,  # noqa: A002 - the contract's name
        near: NearInput | None = UNSET,
        first: int | None = 20,
        after: str | None = UNSET,
    ) -> StockLevelConnection | None:
        wish = (filter or StockFilter()).wish()
        return stock_page(info, channel_code or None, self.told.sku, wish, near or None, first, after or None)

    @resolved("Not in lists of more than 10: use `earliestDeliveries` there.")
    def delivery_promises(
        self,
        info: Info,
        channel_code: str | None = UNSET,
        destination: DestinationInput | None = UNSET,
        quantity: int | None = 1,
        methods: list[DeliveryMethod] | None = UNSET,
        max_pickup_locations: int | None = 3,
        pickup_within_meters: int | None = UNSET,
    ) -> DeliveryPromises | None:
        return promises_of_product(
            info,
            self.told,
            channel_code=channel_code or None,
            destination=destination or None,
            quantity=quantity,
            methods=methods or None,
            max_pickup_locations=max_pickup_locations,
            pickup_within_m=given(pickup_within_meters),
        )

    @classmethod
    def of(cls, told: catalogue.Product) -> "Product":
        return cls(
            id=global_id("Product", told.sku),
            sku=told.sku,
            gtin=told.gtin,
            name=told.name,
            brand=told.brand,
            categories=list(told.categories),
            image_url=URL(told.image_url) if told.image_url else None,
            weight_grams=told.weight_g,
            volume_cubic_centimeters=told.volume_cm3,
            quantity_unit=QuantityUnit(told.quantity_unit),
            release_on=told.release_on,
            told=told,
        )


@strawberry.type(description="Products that differ by size, color and the like.")
class ProductGroup(Node):
    code: str
    name: str

    @resolved("Those that are sold still.")
    async def products(self, info: Info, first: int | None = 100) -> list[Product]:
        found = await siblings(info.context, self.code, 100 if first is None else first)
        await up_to_date(info.context, found)
        return [Product.of(product) for product in found]


async def product_list(info: Info, products: Sequence[catalogue.Product | None]) -> list[Product | None]:
    """Return products whose figures are as young as the request asks, holes kept."""
    await up_to_date(info.context, [product for product in products if product])
    return [Product.of(product) if product else None for product in products]
