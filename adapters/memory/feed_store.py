"""Where feeds stand, kept in this process alone."""

from collections.abc import Sequence

from gateway.domain.ids import SourceCode
from gateway.ports.stores import FeedState


class MemoryFeedStore:
    def __init__(self) -> None:
        self._states: dict[tuple[SourceCode, str], FeedState] = {}

    async def feeds(self) -> Sequence[FeedState]:
        return list(self._states.values())

    async def feed(self, source: SourceCode, name: str) -> FeedState:
        return self._states.get((source, name), FeedState(source, name))

    async def save(self, state: FeedState) -> None:
        self._states[state.source, state.name] = state
