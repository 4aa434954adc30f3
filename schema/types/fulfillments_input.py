"""How fulfillments are named and filtered by callers."""

from datetime import datetime

import strawberry
from strawberry import UNSET

from gateway.domain.ids import LocationCode
from gateway.ports.order_book import FulfillmentQuery
from resolvers.questions.fulfillments import WorkWish
from schema.types.channels import DeliveryMethod
from schema.types.fulfillment_kinds import FulfillmentState, FulfillmentTask
from schema.types.given import given


@strawberry.input(one_of=True, description="Exactly one.")
class FulfillmentKey:
    id: strawberry.ID | None = UNSET
    number: str | None = UNSET


@strawberry.input(description="All given conditions hold.")
class FulfillmentFilter:
    location_codes: list[str] | None = UNSET
    states: list[FulfillmentState] | None = UNSET
    tasks: list[FulfillmentTask] | None = UNSET
    methods: list[DeliveryMethod] | None = UNSET
    order_numbers: list[str] | None = UNSET
    pickup_code: str | None = UNSET
    due_before: datetime | None = UNSET
    late: bool | None = UNSET
    updated_from: datetime | None = UNSET

    def wish(self) -> WorkWish:
        codes = given(self.location_codes)
        query = FulfillmentQuery(
            locations=None if codes is None else frozenset(LocationCode(code) for code in codes),
            states=tuple(state.value for state in self.states) if self.states else None,
            tasks=tuple(task.value for task in self.tasks) if self.tasks else None,
            methods=tuple(method.value for method in self.methods) if self.methods else None,
            order_numbers=tuple(self.order_numbers) if self.order_numbers else None,
            due_before=self.due_before or None,
            updated_from=self.updated_from or None,
        )
        return WorkWish(query, late=given(self.late), pickup_code=self.pickup_code or None)
