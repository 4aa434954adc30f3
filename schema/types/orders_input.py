"""How orders are named, filtered and sorted by callers."""

from datetime import datetime
from enum import StrEnum

import strawberry
from strawberry import UNSET

from gateway.domain.errors import InvalidInput
from gateway.domain.ids import LocationCode
from gateway.ports.order_book import OrderQuery
from resolvers.commands import inputs as commands
from schema.ids import key_of
from schema.types.enums import described
from schema.types.given import given
from schema.types.order_kinds import OrderStatus


@strawberry.input(description="An order and its secret.")
class OwnOrderKey:
    number: str
    secret: str


@strawberry.input(one_of=True, description="Exactly one.")
class OrderKey:
    id: strawberry.ID | None = UNSET
    number: str | None = UNSET
    own: OwnOrderKey | None = strawberry.field(
        default=UNSET, description="For storefronts: the number with the secret that placing it answered."
    )

    def asked(self) -> commands.OrderRef:
        """Raises InvalidInput unless exactly one member is given: a supergraph may have dropped the directive that says so."""
        given_members = [member for member in (self.id, self.number, self.own) if given(member) is not None]
        if len(given_members) != 1:
            raise InvalidInput(f"order takes exactly one of id, number and own, not {len(given_members)}.", field=("order",))
        if self.own:
            return commands.OrderRef(number=self.own.number, secret=self.own.secret)
        return commands.OrderRef(number=self.number) if self.number else commands.OrderRef(rid=key_of("Order", self.id or ""))


@strawberry.input(description="All given conditions hold.")
class OrderFilter:
    search: str | None = strawberry.field(default=UNSET, description="Number, reference, customer's name, mail or phone.")
    channel_code: str | None = UNSET
    statuses: list[OrderStatus] | None = UNSET
    needs_attention: bool | None = UNSET
    on_hold: bool | None = UNSET
    location_code: str | None = UNSET
    customer_reference: str | None = UNSET
    reference: str | None = UNSET
    sku: str | None = UNSET
    placed_from: datetime | None = UNSET
    placed_to: datetime | None = UNSET
    updated_from: datetime | None = UNSET

    def query(self, sort: "OrderSort") -> OrderQuery:
        return OrderQuery(
            search=self.search or None,
            channel=self.channel_code or None,
            statuses=tuple(status.value for status in self.statuses) if self.statuses else None,
            needs_attention=given(self.needs_attention),
            on_hold=given(self.on_hold),
            location=LocationCode(self.location_code) if self.location_code else None,
            customer_reference=self.customer_reference or None,
            reference=self.reference or None,
            sku=self.sku or None,
            placed_from=self.placed_from or None,
            placed_to=self.placed_to or None,
            updated_from=self.updated_from or None,
            sort=sort.value,
        )


@described("In which order orders are listed.")
class OrderSort(StrEnum):
    PLACED_AT_DESC = "PLACED_AT_DESC"
    PLACED_AT = "PLACED_AT"
    UPDATED_AT = "UPDATED_AT"
    PROMISED_UNTIL = "PROMISED_UNTIL"
