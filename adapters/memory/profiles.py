"""Published sourcing profiles, in this process alone."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from gateway.domain.published import PublishedProfile


class MemoryProfiles:
    def __init__(self) -> None:
        self._kept: dict[str, PublishedProfile] = {}
        self._loaded_at: dict[str, datetime] = {}

    async def profiles(self) -> Sequence[PublishedProfile]:
        return list(self._kept.values())

    async def add(self, profile: PublishedProfile) -> bool:
        return self._kept.setdefault(profile.key, profile) is profile

    async def loaded(self, keys: Collection[str], at: datetime) -> Mapping[str, datetime]:
        return {key: self._loaded_at.setdefault(key, at) for key in keys}
