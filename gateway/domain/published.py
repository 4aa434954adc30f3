"""Sourcing profiles as they were published or drafted over the graph: each version once, for ever."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal

from gateway.domain.done import Done
from gateway.domain.errors import GatewayError
from gateway.domain.ids import ChannelCode
from gateway.domain.order import Actor
from gateway.domain.sourcing_terms import SourcingProfile, profile_by_channel

ProfileState = Literal["DRAFT", "PUBLISHED", "RETIRED"]
BY_FILE = Actor("SYSTEM", "network file")


@dataclass(frozen=True, slots=True)
class ProfileProblem:
    """What is wrong with a definition; `line` counts from 1, None where it is not about one."""

    message: str
    line: int | None = None


class ProfileInvalid(GatewayError):
    """A definition that is no profile."""

    def __init__(self, problems: Sequence[ProfileProblem]) -> None:
        super().__init__(f"The profile cannot be used ({len(problems)} problems); the first: {problems[0].message}.")
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class PublishedProfile:
    """One version; a name and a version are never used again."""

    profile: SourcingProfile
    definition: str
    created_at: datetime
    created_by: Actor
    done: Done | None = None
    """The request that made it."""

    @property
    def key(self) -> str:
        return f"{self.profile.name}|{self.profile.version}"


def by_file(profile: SourcingProfile, definition: str, loaded_at: datetime) -> PublishedProfile:
    """Return a profile of the network file, which does not say when it was written: it counts from when it was first loaded."""
    return PublishedProfile(profile, definition, loaded_at, BY_FILE)


def file_key(one: PublishedProfile) -> str:
    """Return the name of a version as the file states it: what is written otherwise under the same version is another."""
    return f"{one.key}|{sha256(one.definition.encode()).hexdigest()}"


def holding(file: Iterable[SourcingProfile], published: Iterable[PublishedProfile]) -> dict[ChannelCode, SourcingProfile]:
    """Return the profile of each channel: what was published stands over the file, the last over those before it."""
    later = sorted((one for one in published if not one.profile.draft), key=lambda one: (one.created_at, one.profile.version))
    return profile_by_channel([*file, *(one.profile for one in later)])


def states(every: Sequence[PublishedProfile], held: dict[ChannelCode, SourcingProfile]) -> dict[str, ProfileState]:
    """Return the state of each version by its key: a version that holds for no channel any more is retired."""
    living = {f"{profile.name}|{profile.version}" for profile in held.values()}
    return {one.key: "DRAFT" if one.profile.draft else "PUBLISHED" if one.key in living else "RETIRED" for one in every}


def next_version(name: str, every: Iterable[PublishedProfile]) -> int:
    return max((one.profile.version for one in every if one.profile.name == name), default=0) + 1
