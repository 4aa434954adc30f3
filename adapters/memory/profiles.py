"""Published sourcing profiles, in this process alone."""

from collections.abc import Sequence

from gateway.domain.published import PublishedProfile


class MemoryProfiles:
    def __init__(self) -> None:
        self._kept: dict[str, PublishedProfile] = {}

    async def profiles(self) -> Sequence[PublishedProfile]:
        return list(self._kept.values())

    async def add(self, profile: PublishedProfile) -> bool:
        return self._kept.setdefault(profile.key, profile) is profile
