"""pauseLocation: a place takes no work for a while; what it has not started goes to other places (resolvers/pausing.py)."""

from gateway.domain.location import Location
from gateway.domain.pauses import Pause
from resolvers.commands.location_inputs import PauseLocation
from resolvers.commands.on_location import on_location
from resolvers.commands.problems import Problems
from resolvers.context import Context

LONGEST_NOTE = 2_000


async def pause_location(context: Context, command: PauseLocation) -> Location:
    check(context, command)

    def saying(place: Location, _before: Pause | None) -> Pause:
        return Pause(
            place.code,
            "PAUSED",
            context.principal.actor,
            context.now,
            services=tuple(sorted(set(command.services))),
            until=command.until,
            note=command.note,
            reassign=command.reassign_waiting,
        )

    return await on_location(context, "pauseLocation", command, command.location, saying)


def check(context: Context, command: PauseLocation) -> None:
    problems = Problems()
    if command.until is not None and command.until <= context.now:
        problems.refuse("OUT_OF_RANGE", "until must be in the future; leave it out to pause until somebody resumes.", "until")
    if len(command.note or "") > LONGEST_NOTE:
        problems.refuse("OUT_OF_RANGE", f"note may have {LONGEST_NOTE} characters.", "note")
    problems.stop()
