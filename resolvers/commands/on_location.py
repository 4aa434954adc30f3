"""A word of those who work at a place on whether it takes work: checked, written once under its key, known to this process at once."""

from collections.abc import Callable
from dataclasses import replace

from gateway.domain.done import Done
from gateway.domain.errors import IllegalTransition, NotFound, Refused
from gateway.domain.ids import LocationCode, Rid
from gateway.domain.location import Location
from gateway.domain.pauses import Pause, kept
from resolvers.commands.order_step import TRIES, keep_key
from resolvers.commands.request import Keyed, RequestMark, is_repeat, request_mark
from resolvers.context import Context

FIELD = ("locationCode",)
Saying = Callable[[Location, Pause | None], Pause]
"""Makes the next word of a place, as its source and the network file tell it, and of the word before."""


async def on_location(context: Context, operation: str, command: Keyed, code: str, saying: Saying) -> Location:
    """Say it once, however often it is asked for; other processes know within a second. Returns the place as it stands then."""
    mark = request_mark(context, operation, command)
    place = await place_asked(context, code)
    for _ in range(TRIES):
        before = next((word for word in await context.world.pauses.pauses() if word.location == place.code), None)
        if is_repeat(before.done if before else (), mark):
            break
        await keep_key(context, mark, Rid(f"location:{place.code}"))
        if await context.world.pauses.write(numbered(saying(place, before), before, mark, context)):
            break
    else:
        raise Refused(
            "Others are pausing or resuming this place right now; look at it and ask again with the same key.",
            refusal="CHANGED_MEANWHILE",
            field=FIELD,
        )
    return (await context.look_again()).locations[place.code]


def numbered(word: Pause, before: Pause | None, mark: RequestMark, context: Context) -> Pause:
    done = kept(before.done if before else (), Done(mark.by, mark.fp, context.now))
    return replace(word, v=before.v + 1 if before else 1, done=done)


async def place_asked(context: Context, code: str) -> Location:
    """Return a place as its source and the network file tell it, for those who work there; one that is closed takes no word."""
    places = await context.world.locations.locations()
    place = next((place for place in places if place.code == code), None)
    if place is None:
        raise NotFound("location", code, field=FIELD)
    if not context.principal.acts_at(LocationCode(code)):
        raise Refused(f"{place.name} is no place of yours; ask somebody who works there.", refusal="NOT_ALLOWED_HERE", field=FIELD)
    if place.status == "CLOSED":
        raise IllegalTransition(state="CLOSED", attempted="PAUSED", allowed=(), field=FIELD)
    return place
