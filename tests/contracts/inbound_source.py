"""What every InboundSource does."""

from abc import ABC, abstractmethod

import pytest

from gateway.domain.errors import SourceError
from gateway.domain.feeds import Batch, InboundRow
from gateway.ports.sources import InboundSource


async def inbound_of(source: InboundSource) -> list[Batch[InboundRow]]:
    return [batch async for batch in source.inbound()]


class InboundSourceContract(ABC):
    """Inherit, and give `source` and `lose` (what makes it fail)."""

    @pytest.fixture
    @abstractmethod
    def source(self) -> InboundSource: ...

    @abstractmethod
    def lose(self, source: InboundSource) -> None: ...

    async def test_supply_has_a_place_a_date_a_reference_and_units(self, source: InboundSource) -> None:
        rows = [row for batch in await inbound_of(source) for row in batch.rows]
        assert rows
        assert all(row.quantity > 0 and row.reference and row.location and row.expected_at.tzinfo for row in rows)

    async def test_only_the_last_batch_is_complete(self, source: InboundSource) -> None:
        complete = [batch.complete for batch in await inbound_of(source)]
        assert complete == [False] * (len(complete) - 1) + [True]

    async def test_an_outage_is_an_error_and_no_empty_batch(self, source: InboundSource) -> None:
        self.lose(source)
        with pytest.raises(SourceError):
            await inbound_of(source)
