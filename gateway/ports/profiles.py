"""Sourcing profiles that were published or drafted over the graph."""

from collections.abc import Sequence
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


class Unpublished:
    """Knows no profile beside the network file's."""

    async def profiles(self) -> Sequence[PublishedProfile]:
        return ()

    async def add(self, _profile: PublishedProfile) -> bool:
        return False
