"""How products are named, filtered and sorted by callers."""

from enum import StrEnum

import strawberry
from strawberry import UNSET

from gateway.domain.network import Channel
from gateway.ports.browse import BrowseQuery
from resolvers.questions.listing import ProductWish
from schema.types.enums import described
from schema.types.given import given


@strawberry.input(one_of=True, description="Exactly one.")
class ProductKey:
    id: strawberry.ID | None = UNSET
    sku: str | None = UNSET
    gtin: str | None = UNSET


@strawberry.input(description="All given conditions hold.")
class ProductFilter:
    search: str | None = strawberry.field(default=UNSET, description="Words of name, brand, sku and gtin.")
    categories: list[str] | None = UNSET
    brands: list[str] | None = UNSET
    group_code: str | None = UNSET
    in_stock: bool | None = strawberry.field(default=UNSET, description="Only what the channel can sell now.")
    available_at: list[str] | None = strawberry.field(
        default=UNSET, description="Only what can be collected at one of these locations now."
    )
    channel_code: str | None = UNSET

    def wish(self, channel: Channel, sort: "ProductSort") -> ProductWish:
        query = BrowseQuery(
            channel=channel.code,
            currency=channel.currency,
            search=self.search or None,
            categories=frozenset(self.categories) if self.categories else None,
            brands=frozenset(self.brands) if self.brands else None,
            group_code=self.group_code or None,
            sort=sort.value,
        )
        places = given(self.available_at)
        return ProductWish(query, given(self.in_stock), None if places is None else frozenset(places))


@described("In which order products are listed.")
class ProductSort(StrEnum):
    SKU = "SKU"
    NAME = "NAME"
    PRICE = "PRICE"
    PRICE_DESC = "PRICE_DESC"
