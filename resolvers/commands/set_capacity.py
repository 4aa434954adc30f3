"""setCapacity: what a place can prepare on some days, whatever its rule says; what is booked stays booked."""

from collections.abc import Iterator
from datetime import date, timedelta

from gateway.domain.calendar import zone
from gateway.domain.capacity import ALL_DAY
from gateway.domain.claims.carrying import Program
from gateway.domain.claims.documents import KeyDoc
from gateway.domain.claims.steps import InsertKey
from gateway.domain.ids import Rid, capacity_key
from gateway.domain.location import CapacityRule, Location
from resolvers.commands.location_inputs import SetCapacity
from resolvers.commands.on_location import place_asked
from resolvers.commands.problems import Problems
from resolvers.commands.request import conflict, request_mark
from resolvers.context import Context

MOST_DAYS = 400
MOST_PER_DAY = 1_000_000
BEGUN, DONE = Rid("capacity:begun"), Rid("capacity:done")


async def set_capacity(context: Context, command: SetCapacity) -> Location:
    """Set it once, however often it is asked for; a repeat of a call that broke off completes it."""
    mark = request_mark(context, "setCapacity", command)
    place = await place_asked(context, command.location)
    check(context, place, command)
    key = await context.world.claims.run(kept(InsertKey(mark.by, mark.fp, BEGUN)))
    if key.fp != mark.fp:
        raise conflict(key.created_ms)
    if key.hold != DONE:
        for day in days(command):
            for shift, units in enumerate(shared(place.capacity, command.per_day)):
                await context.world.capacity.set_room(capacity_key(place.code, day, shift), units)
        await context.world.claims.run(kept(InsertKey(mark.by, mark.fp, DONE, over=key)))
    return (await context.look_again()).locations[place.code]


def check(context: Context, place: Location, command: SetCapacity) -> None:
    problems, today = Problems(), context.now.astimezone(zone(place.time_zone)).date()
    if command.since < today:
        problems.refuse("OUT_OF_RANGE", f"from is {command.since}; name {today} or a later day.", "from")
    if not 0 <= (command.until - command.since).days < MOST_DAYS:
        problems.refuse("OUT_OF_RANGE", f"Name a first and a last day, at most {MOST_DAYS} days in all.", "to")
    if not 0 <= command.per_day <= MOST_PER_DAY:
        problems.refuse("OUT_OF_RANGE", f"perDay is {command.per_day}; send 0 to {MOST_PER_DAY}.", "perDay")
    problems.stop()


def kept(step: InsertKey) -> Program[KeyDoc]:
    key: KeyDoc = yield step
    return key


def days(command: SetCapacity) -> Iterator[date]:
    for offset in range((command.until - command.since).days + 1):
        yield command.since + timedelta(days=offset)


def shared(rule: CapacityRule | None, per_day: int) -> list[int]:
    """Return what each shift gets of a day's capacity: as the place's rule shares it out, the first shifts what is left over."""
    shares = rule.per_shift if rule and rule.per_shift else (1,) * (ALL_DAY + 1)
    weights = shares if sum(shares) else (1,) * len(shares)
    units = [per_day * weight // sum(weights) for weight in weights]
    for shift in range(per_day - sum(units)):
        units[shift] += 1
    return units
