"""Who ordered."""

import strawberry
from strawberry import UNSET

from gateway.domain.order import Order
from gateway.domain.personal import PersonalData
from resolvers.commands import inputs as commands


@strawberry.type(description="Who ordered.")
class Customer:
    reference: str | None
    name: str | None
    email: str | None
    phone: str | None
    locale: str | None

    @classmethod
    def of(cls, order: Order, data: PersonalData) -> "Customer":
        reference = data.reference or order.customer_reference
        return cls(reference=reference, name=data.name, email=data.email, phone=data.phone, locale=data.locale)


@strawberry.input(description="Who orders.")
class CustomerInput:
    reference: str | None = UNSET
    name: str | None = UNSET
    email: str | None = UNSET
    phone: str | None = UNSET
    locale: str | None = UNSET

    def asked(self) -> commands.CustomerInput:
        return commands.CustomerInput(
            self.reference or None, self.name or None, self.email or None, self.phone or None, self.locale or None
        )
