"""publishSourcingProfile: a new version of a profile, as a draft or in force at once; what it replaces is never changed."""

from dataclasses import replace

from gateway.domain.done import Done
from gateway.domain.errors import Refused
from gateway.domain.ids import ChannelCode
from gateway.domain.published import PublishedProfile, next_version
from resolvers.commands.inputs import PublishSourcingProfile
from resolvers.commands.order_step import TRIES
from resolvers.commands.problems import Problems
from resolvers.commands.request import RequestMark, is_repeat, request_mark
from resolvers.context import Context
from resolvers.questions.profiles import every_profile

LONGEST_NAME = 100
LONGEST_COMMENT = 2_000
LONGEST_DEFINITION = 100_000


async def publish_sourcing_profile(context: Context, command: PublishSourcingProfile) -> PublishedProfile:
    """Write the next version of a name; other processes decide by it within a second. Raises ProfileInvalid for a bad definition."""
    mark = request_mark(context, "publishSourcingProfile", command)
    check(context, command)
    await context.ready()
    for _ in range(TRIES):
        known = await every_profile(context)
        made = next((one for one in known if is_repeat([one.done] if one.done else [], mark)), None)
        if made is not None:
            return made
        fresh = version_of(context, command, mark, known)
        if await context.world.profiles.add(fresh):
            await context.look_again()
            return fresh
    raise Refused(
        "Others publish versions of this name right now; ask again with the same key.", refusal="CHANGED_MEANWHILE", field=("name",)
    )


def check(context: Context, command: PublishSourcingProfile) -> None:
    problems = Problems()
    if not command.name.strip() or len(command.name) > LONGEST_NAME or "|" in command.name:
        problems.refuse("INVALID", f"name must have 1 to {LONGEST_NAME} characters, and no |.", "name")
    if not command.channels:
        problems.refuse("REQUIRED", "Name the channels whose orders it is for.", "channelCodes")
    known = {channel.code for channel in context.world.network.channels}
    for n, code in enumerate(command.channels):
        if code not in known:
            problems.unknown("channel", code, "channelCodes", str(n))
    if len(command.definition) > LONGEST_DEFINITION:
        problems.refuse("TOO_MANY", f"definition may have {LONGEST_DEFINITION} characters.", "definition")
    if len(command.comment or "") > LONGEST_COMMENT:
        problems.refuse("OUT_OF_RANGE", f"comment may have {LONGEST_COMMENT} characters.", "comment")
    problems.stop()


def version_of(
    context: Context, command: PublishSourcingProfile, mark: RequestMark, known: tuple[PublishedProfile, ...]
) -> PublishedProfile:
    """Return the version to write; raises CHANGED_MEANWHILE when another came since the one that it is to replace."""
    version = next_version(command.name, known)
    newest = max((one.profile.version for one in known if one.profile.name == command.name and not one.profile.draft), default=None)
    if command.replaces_version is not None and command.replaces_version != newest:
        told = f"version {newest}" if newest else "no version"
        raise Refused(
            f"{told.capitalize()} of {command.name} is in force, not {command.replaces_version}; look at it and publish again.",
            refusal="CHANGED_MEANWHILE",
            field=("replacesVersion",),
        )
    channels, places = tuple(ChannelCode(code) for code in command.channels), context.surroundings.locations
    profile = context.world.read_profile(command.definition, command.name, channels, places)
    return PublishedProfile(
        replace(profile, version=version, draft=command.draft, comment=command.comment),
        command.definition,
        context.now,
        context.principal.actor,
        Done(mark.by, mark.fp, context.now),
    )
