"""What became of a word on a location."""

import strawberry

from schema.types.locations import Location
from schema.types.user_errors import UserError


@strawberry.type(description="What became of a word on a location.")
class LocationPayload:
    location: Location | None
    user_errors: list[UserError]
