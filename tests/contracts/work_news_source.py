"""What every WorkNewsSource does."""

from abc import ABC, abstractmethod

import pytest

from gateway.domain.errors import SourceError
from gateway.domain.feeds import Batch, WorkNews
from gateway.ports.sources import WorkNewsSource


async def news_of(source: WorkNewsSource, cursor: str | None = None) -> list[Batch[WorkNews]]:
    return [batch async for batch in source.news(cursor)]


class WorkNewsSourceContract(ABC):
    """Inherit, and give `source`, `happen` (what makes work go on there, returning our reference) and `lose`."""

    @pytest.fixture
    @abstractmethod
    def source(self) -> WorkNewsSource: ...

    @abstractmethod
    async def happen(self, source: WorkNewsSource) -> str: ...

    @abstractmethod
    def lose(self, source: WorkNewsSource) -> None: ...

    async def test_work_that_went_on_is_told_under_our_reference(self, source: WorkNewsSource) -> None:
        reference = await self.happen(source)
        told = [one for batch in await news_of(source) for one in batch.rows if one.reference == reference]
        assert told
        assert all(one.at.tzinfo is not None and one.event for one in told)

    async def test_an_event_keeps_its_name_when_it_is_told_again(self, source: WorkNewsSource) -> None:
        reference = await self.happen(source)
        first = {one.event: one.step for batch in await news_of(source) for one in batch.rows if one.reference == reference}
        again = {one.event: one.step for batch in await news_of(source) for one in batch.rows if one.reference == reference}
        assert first.items() <= again.items()

    async def test_news_goes_on_from_its_cursor_without_a_gap(self, source: WorkNewsSource) -> None:
        cursor = (await news_of(source))[-1].cursor
        reference = await self.happen(source)
        assert [one for batch in await news_of(source, cursor) for one in batch.rows if one.reference == reference]

    async def test_an_outage_is_an_error_and_no_empty_batch(self, source: WorkNewsSource) -> None:
        self.lose(source)
        with pytest.raises(SourceError):
            await news_of(source)
