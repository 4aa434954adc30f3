"""Points that distances are measured from, as callers give them."""

from gateway.domain.quantities import GeoPosition
from resolvers.context import Context
from resolvers.questions.locations import point
from schema.types.given import given
from schema.types.places import GeoPositionInput, NearInput


def position_of(given: GeoPositionInput | None) -> GeoPosition | None:
    return GeoPosition(given.latitude, given.longitude) if given else None


def near_point(context: Context, near: NearInput | None) -> GeoPosition | None:
    """Return where a caller's point is, None when none is given or nobody knows it; raises BadInput for more than one."""
    if not near:
        return None
    postal_code = (near.postal_code.country_code, near.postal_code.postal_code) if near.postal_code else None
    return point(context, position=position_of(near.position or None), postal_code=postal_code, location_code=given(near.location_code))
