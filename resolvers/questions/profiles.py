"""Sourcing profiles: every version of the network file and of those who published, and which of them holds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.domain.errors import BadInput
from gateway.domain.published import ProfileState, PublishedProfile, by_file, file_key, holding, states
from resolvers.context import Context, World


@dataclass(frozen=True, slots=True)
class ToldProfile:
    """A version with its state."""

    published: PublishedProfile
    state: ProfileState


async def every_profile(context: Context) -> tuple[PublishedProfile, ...]:
    """Return all versions, those of the file first, then as they were published."""
    return (*of_file(context.world), *await context.world.profiles.profiles())


def of_file(world: World) -> tuple[PublishedProfile, ...]:
    """Return the profiles of the network file as this process has loaded them."""
    loaded_at = world.loaded_at or world.clock.now()
    return tuple(by_file(profile, world.definition_of(profile), loaded_at) for profile in world.network.profiles)


async def of_file_since(world: World) -> tuple[PublishedProfile, ...]:
    """Return the same with the time at which any process first loaded each; notes that this one has."""
    mine = of_file(world)
    first = await world.profiles.loaded([file_key(one) for one in mine], world.loaded_at or world.clock.now()) if mine else {}
    return tuple(replace(one, created_at=first[file_key(one)]) for one in mine)


async def told_profiles(context: Context, channel_code: str | None, wanted: Sequence[ProfileState] | None) -> list[ToldProfile]:
    """Return the versions that fit, the newest first."""
    if channel_code is not None and context.world.channel(channel_code, context.principal) is None:
        raise BadInput(f"channelCode: there is no channel {channel_code!r}.")
    return [
        told
        for told in reversed(await judged_profiles(context))
        if (channel_code is None or channel_code in told.published.profile.channels) and (not wanted or told.state in wanted)
    ]


async def judged_profiles(context: Context) -> list[ToldProfile]:
    every = (*await of_file_since(context.world), *await context.world.profiles.profiles())
    held = holding(context.world.network.profiles, [one for one in every if one.done is not None])
    state_by_key = states(every, held)
    return [ToldProfile(one, state_by_key[one.key]) for one in every]


async def profile_by_key(context: Context, key: str) -> ToldProfile | None:
    if not context.principal.may("insights:read"):
        return None
    return next((told for told in await judged_profiles(context) if told.published.key == key), None)
