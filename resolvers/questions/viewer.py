"""The caller itself: its channel and the places where it may act."""

from collections.abc import Sequence

from gateway.domain.location import Location
from gateway.domain.network import Channel
from resolvers.context import Context


def own_channel(context: Context) -> Channel | None:
    """Return the channel that the caller is bound to, if it is bound to one."""
    code = context.principal.channel
    return context.world.channel(code, context.principal) if code else None


def own_locations(context: Context) -> Sequence[Location]:
    if context.principal.kind not in {"STAFF", "SUPPLIER"}:
        return ()
    return [place for code, place in context.surroundings.locations.items() if code in context.principal.locations]
