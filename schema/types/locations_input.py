"""How locations are named and filtered by callers."""

import strawberry
from strawberry import UNSET

from gateway.domain.ids import Sku
from resolvers.questions.locations import LocationWish
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
