"""What every Inbox does."""

from abc import ABC, abstractmethod

import pytest

from gateway.domain.ids import SourceCode
from gateway.ports.stores import Inbox

WMS, POS = SourceCode("wms"), SourceCode("pos")


class InboxContract(ABC):
    """Inherit, and give `inbox` (empty)."""

    @pytest.fixture
    @abstractmethod
    def inbox(self) -> Inbox: ...

    async def test_an_event_is_unseen_until_it_was_seen(self, inbox: Inbox) -> None:
        assert await inbox.unseen(WMS, ["a", "b"]) == {"a", "b"}
        await inbox.seen(WMS, ["a"])
        await inbox.seen(WMS, ["a"])
        assert await inbox.unseen(WMS, ["a", "b", "b"]) == {"b"}

    async def test_events_of_two_sources_may_have_one_name(self, inbox: Inbox) -> None:
        await inbox.seen(WMS, ["a"])
        assert await inbox.unseen(POS, ["a"]) == {"a"}

    async def test_many_events_are_told_apart(self, inbox: Inbox) -> None:
        events = [str(n) for n in range(250)]
        await inbox.seen(WMS, events[:240])
        assert await inbox.unseen(WMS, events) == set(events[240:])

    async def test_nothing_asked_is_nothing_unseen(self, inbox: Inbox) -> None:
        await inbox.seen(WMS, [])
        assert await inbox.unseen(WMS, []) == frozenset()
