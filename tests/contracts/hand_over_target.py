"""What every HandOverTarget does, by its class."""

from abc import ABC, abstractmethod
from dataclasses import replace

import pytest

from gateway.domain.errors import SourceError, SourceRejected
from gateway.domain.feeds import Message
from gateway.domain.network import HandOverClass
from gateway.ports.sources import HandOverTarget


class HandOverTargetContract(ABC):
    """Inherit, and give `target`, `message` (one it takes, never sent before), `effects` (how often it took it), `lose`, and the class."""

    hand_over: HandOverClass

    @pytest.fixture
    @abstractmethod
    def target(self) -> HandOverTarget: ...

    @abstractmethod
    def message(self, name: str) -> Message: ...

    @abstractmethod
    def effects(self, target: HandOverTarget, message: Message) -> int: ...

    def news(self, message: Message) -> Message | None:
        """Return the news that the order of a message goes elsewhere; None: the source does not take such news."""
        return None

    def streets(self, target: HandOverTarget, message: Message) -> list[object]:
        """Return where the source sends the order of a message, for one that takes news of it."""
        raise NotImplementedError

    @abstractmethod
    def lose_the_answer(self, target: HandOverTarget) -> None:
        """Let the next effect happen and its answer be lost."""

    @abstractmethod
    def lose(self, target: HandOverTarget) -> None: ...

    async def test_a_message_that_is_taken_is_acknowledged_with_a_time(self, target: HandOverTarget) -> None:
        message = self.message("acknowledged")
        assert target.takes(message)
        receipt = await target.send(message)
        assert receipt.acknowledged_at.tzinfo is not None
        assert self.effects(target, message) == 1

    async def test_class_a_takes_the_same_key_once(self, target: HandOverTarget) -> None:
        if self.hand_over != "A":
            pytest.skip("only class A honors our key")
        message = self.message("repeated")
        first, second = await target.send(message), await target.send(message)
        assert first.reference == second.reference
        assert self.effects(target, message) == 1

    async def test_class_a_repeats_after_a_lost_answer_without_a_second_effect(self, target: HandOverTarget) -> None:
        if self.hand_over != "A":
            pytest.skip("only class A honors our key")
        message = self.message("lost")
        self.lose_the_answer(target)
        with pytest.raises(SourceError) as lost:
            await target.send(message)
        assert lost.value.unknown_effect
        assert (await target.send(message)).reference
        assert self.effects(target, message) == 1

    async def test_class_b_tells_what_arrived_under_our_reference(self, target: HandOverTarget) -> None:
        if self.hand_over != "B":
            pytest.skip("only class B can be asked")
        message = self.message("asked")
        assert await target.find(message) is None
        self.lose_the_answer(target)
        with pytest.raises(SourceError) as lost:
            await target.send(message)
        assert lost.value.unknown_effect
        found = await target.find(message)
        assert found is not None
        assert found.reference
        assert self.effects(target, message) == 1

    async def test_class_c_cannot_be_asked(self, target: HandOverTarget) -> None:
        if self.hand_over != "C":
            pytest.skip("classes A and B have their own way")
        with pytest.raises(SourceRejected):
            await target.find(self.message("never"))

    async def test_a_kind_that_the_source_does_not_take_is_told_before_it_is_sent(self, target: HandOverTarget) -> None:
        message = self.message("other")
        other = replace(message, kind="PURCHASE_ORDER" if message.kind != "PURCHASE_ORDER" else "SHIPMENT")
        assert not target.takes(other)

    async def test_a_source_that_cannot_be_reached_surely_did_nothing(self, target: HandOverTarget) -> None:
        message = self.message("unreached")
        self.lose(target)
        with pytest.raises(SourceError) as lost:
            await target.send(message)
        assert not lost.value.unknown_effect

    async def test_news_of_an_order_take_the_place_of_what_was_told_of_it_once_however_often_they_come(
        self, target: HandOverTarget
    ) -> None:
        order = self.message("changed")
        news = self.news(order)
        if news is None:
            assert not target.takes(replace(order, kind="CHANGE"))
            return
        assert target.takes(news)
        await target.send(order)
        before = self.streets(target, order)
        if self.hand_over == "B":
            assert await target.find(news) is None
        for _ in range(2):
            await target.send(news)
        if self.hand_over == "B":
            assert await target.find(news) is not None
        assert (before, self.streets(target, order)) == (["1 rue X"], ["14 rue Y"])
