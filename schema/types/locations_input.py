"""How locations are named, filtered and spoken for by callers."""

from datetime import date, datetime

import strawberry
from strawberry import UNSET

from gateway.domain.ids import Sku
from resolvers.commands.location_inputs import PauseLocation, ResumeLocation, SetCapacity
from resolvers.questions.locations import LocationWish
from schema.scalars import IdempotencyKey
from schema.types.given import given
from schema.types.location_kinds import LocationKind, LocationService, LocationStatus


@strawberry.input(one_of=True, description="Exactly one.")
class LocationKey:
    id: strawberry.ID | None = UNSET
    code: str | None = UNSET


@strawberry.input(description="All given conditions hold.")
class LocationFilter:
    kinds: list[LocationKind] | None = UNSET
    services: list[LocationService] | None = strawberry.field(default=UNSET, description="All of these.")
    statuses: list[LocationStatus] | None = UNSET
    organization_codes: list[str] | None = UNSET
    within_meters: int | None = strawberry.field(default=UNSET, description="From `near`.")
    stocking: list[str] | None = strawberry.field(
        default=UNSET, description="Only where at least one unit of each of these skus is available; at most 20."
    )

    def wish(self) -> LocationWish:
        return LocationWish(
            kinds=frozenset(kind.value for kind in self.kinds) if self.kinds else None,
            services=tuple(service.value for service in self.services or ()),
            statuses=frozenset(status.value for status in self.statuses) if self.statuses else None,
            organizations=frozenset(self.organization_codes) if self.organization_codes else None,
            within_m=given(self.within_meters),
            stocking=tuple(Sku(sku) for sku in self.stocking or ()),
        )


@strawberry.input(description="No work for a place, for a while.")
class PauseLocationInput:
    idempotency_key: IdempotencyKey
    location_code: str
    services: list[LocationService] | None = strawberry.field(default=UNSET, description="All, when absent.")
    until: datetime | None = UNSET
    note: str | None = UNSET
    reassign_waiting: bool | None = strawberry.field(default=True, description="Source again what it has not started.")

    def asked(self) -> PauseLocation:
        return PauseLocation(
            idempotency_key=self.idempotency_key,
            location=self.location_code,
            services=tuple(service.value for service in self.services or ()),
            until=given(self.until),
            note=given(self.note),
            reassign_waiting=self.reassign_waiting is not False,
        )


@strawberry.input(description="Work for a place again.")
class ResumeLocationInput:
    idempotency_key: IdempotencyKey
    location_code: str

    def asked(self) -> ResumeLocation:
        return ResumeLocation(self.idempotency_key, self.location_code)


@strawberry.input(description="What a place can prepare on each of some days, both named ones included.")
class SetCapacityInput:
    idempotency_key: IdempotencyKey
    location_code: str
    from_: date = strawberry.field(name="from")
    to: date
    per_day: int

    def asked(self) -> SetCapacity:
        return SetCapacity(self.idempotency_key, self.location_code, self.from_, self.to, self.per_day)
