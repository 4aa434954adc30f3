"""Sourcing profiles that were published or drafted over the graph, and since when those of the network file are known."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from gateway.domain.published import PublishedProfile


class Profiles(Protocol):
    """Contract: tests/contracts/profiles.py.

    - A version of a name is written once and never changed.
    - Raises Unavailable; nothing else.
    """

    async def profiles(self) -> Sequence[PublishedProfile]:
        """Return every version there ever was, the oldest first."""
        ...

    async def add(self, profile: PublishedProfile) -> bool:
        """Tell whether it was written; False: that version of its name is there already."""
        ...

    async def loaded(self, keys: Collection[str], at: datetime) -> Mapping[str, datetime]:
        """Note that a network file with these versions was loaded; return when each was first."""
        ...


class Unpublished:
    """Knows no profile beside the network file's."""

    async def profiles(self) -> Sequence[PublishedProfile]:
        return ()

    async def add(self, _profile: PublishedProfile) -> bool:
        return False

    async def loaded(self, keys: Collection[str], at: datetime) -> Mapping[str, datetime]:
        return dict.fromkeys(keys, at)
