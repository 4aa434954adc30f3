"""resumeLocation: a place takes work again, also where its source or the network file says that it pauses."""

from gateway.domain.location import Location
from gateway.domain.pauses import Pause
from resolvers.commands.location_inputs import ResumeLocation
from resolvers.commands.on_location import on_location
from resolvers.context import Context


async def resume_location(context: Context, command: ResumeLocation) -> Location:
    def saying(place: Location, _before: Pause | None) -> Pause:
        paused_by_others = place.status == "PAUSED" or bool(place.paused_services)
        return Pause(place.code, "RESUMED" if paused_by_others else "OVER", context.principal.actor, context.now)

    return await on_location(context, "resumeLocation", command, command.location, saying)
