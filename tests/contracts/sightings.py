"""What Sightings do, wherever they are kept."""

import asyncio
from abc import ABC, abstractmethod
from datetime import UTC, datetime

import pytest

from gateway.domain.circuits import Circuit, CircuitState
from gateway.domain.ids import SourceCode
from gateway.ports.stores import Sightings

LIVES_S = 0.5
WELL = Circuit(SourceCode("wms"), "stock.lookup", CircuitState.CLOSED, 0.0)
ILL = Circuit(SourceCode("wms"), "stock.lookup", CircuitState.OPEN, 0.75, datetime(2026, 3, 1, 9, tzinfo=UTC))


class SightingsContract(ABC):
    """Inherit, and give `sightings` (empty, each living LIVES_S)."""

    @pytest.fixture
    @abstractmethod
    def sightings(self) -> Sightings: ...

    async def test_each_process_counts_with_what_it_told_last(self, sightings: Sightings) -> None:
        assert list(await sightings.seen()) == []
        await sightings.tell("one", [ILL])
        await sightings.tell("one", [WELL])
        await sightings.tell("two", [ILL])
        assert sorted(await sightings.seen(), key=lambda circuit: circuit.state) == [WELL, ILL]

    async def test_a_process_that_takes_its_leave_counts_no_more(self, sightings: Sightings) -> None:
        await sightings.tell("one", [ILL])
        await sightings.forget("one")
        await sightings.forget("never told")
        assert list(await sightings.seen()) == []

    async def test_a_process_that_falls_silent_counts_no_more(self, sightings: Sightings) -> None:
        await sightings.tell("one", [ILL])
        async with asyncio.timeout(20):
            while await sightings.seen():  # noqa: ASYNC110 - nobody tells when time has passed
                await asyncio.sleep(0.05)
        await sightings.tell("one", [ILL])
        assert list(await sightings.seen()) == [ILL]

    async def test_a_name_like_a_field_or_an_operator_is_a_name(self, sightings: Sightings) -> None:
        odd = Circuit(SourceCode("$at"), "$$NOW", CircuitState.HALF_OPEN, 1.0, ILL.since)
        await sightings.tell("$circuits", [odd])
        assert list(await sightings.seen()) == [odd]
