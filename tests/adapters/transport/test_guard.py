"""Around each call stand the budget, the bulkhead and the circuit of its operation; what they refuse was surely never sent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from adapters.transport.breaker import BreakerBounds
from adapters.transport.bulkhead import BulkheadBounds
from adapters.transport.calls import Answer, Call, Limits
from adapters.transport.guard import Guard
from adapters.transport.http import HttpSource
from gateway.domain.circuits import CircuitState
from gateway.domain.errors import SourceBusy, SourceError, SourceGarbage, SourceRejected, SourceTimeout, SourceUnavailable
from gateway.pacing.budget import remaining_s, spending, unhurried
from tests.adapters.transport.test_http import NOW, Stopped, response
from tests.support.tiny_server import raw_server

LOOKUP, SNAPSHOT = Call("GET", "/stock", operation="stock.lookup"), Call("GET", "/all", operation="stock.snapshot")
ORDER = Call("POST", "/orders", body=b"{}", mutation=True, operation="hand_over.order")
QUICK = BreakerBounds(fewest_calls=3)


class Moving:
    at_s = 0.0

    def __call__(self) -> float:
        return self.at_s


class Server:
    """Answers with what is set, and counts."""

    def __init__(self) -> None:
        self.answer, self.calls = response(b"[]"), 0
        self.hang = False

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.calls += 1
        if self.hang:
            await reader.read()
        writer.write(self.answer)
        await writer.drain()


@asynccontextmanager
async def source_of(server: Server, limits: Limits | None = None, now_s: Moving | None = None) -> AsyncIterator[HttpSource]:
    limits = limits or Limits(breaker=QUICK)
    async with raw_server(server) as url:
        guard = Guard("wms", limits, Stopped(), now_s=now_s or Moving(), chance=lambda: 0.5)
        source = HttpSource("wms", url, Stopped(), limits=limits, guard=guard)
        yield source
        await source.close()


async def outcome(source: HttpSource, call: Call) -> Answer | SourceError:
    try:
        return await source.ask(call)
    except SourceError as error:
        return error


def states(source: HttpSource) -> dict[str, CircuitState]:
    return {circuit.operation: circuit.state for circuit in source.guard.circuits()}


async def test_an_open_circuit_sends_nothing_says_when_to_come_back_and_closes_after_three_good_probes() -> None:
    server, clock = Server(), Moving()
    async with source_of(server, now_s=clock) as source:
        server.answer = response(b"", "500 Error")
        for _ in range(3):
            await outcome(source, ORDER)
        calls = server.calls
        refused = await outcome(source, ORDER)
        assert isinstance(refused, SourceUnavailable)
        assert (refused.unsent, refused.unknown_effect, refused.retry_after_ms, refused.since) == (True, False, 5000, NOW)
        assert server.calls == calls
        assert states(source) == {"hand_over.order": CircuitState.OPEN}
        server.answer, clock.at_s = response(b"[]"), 5.0
        for _ in range(3):
            assert isinstance(await outcome(source, ORDER), Answer)
        assert states(source) == {"hand_over.order": CircuitState.CLOSED}


async def test_operations_have_circuits_of_their_own() -> None:
    server = Server()
    async with source_of(server) as source:
        server.answer = response(b"<html>")
        for _ in range(3):
            await outcome(source, SNAPSHOT)
        server.answer = response(b"[]")
        assert isinstance(await outcome(source, LOOKUP), Answer)
        assert states(source) == {"stock.lookup": CircuitState.CLOSED, "stock.snapshot": CircuitState.OPEN}


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (response(b"<html>"), CircuitState.OPEN),
        (response(b"", "429 Too Many"), CircuitState.OPEN),
        (response(b"", "401 Who"), CircuitState.OPEN),
        (response(b"{}", "422 No"), CircuitState.CLOSED),
        (response(b"{}", "404 None"), CircuitState.CLOSED),
    ],
)
async def test_garbage_counts_as_a_failure_and_a_refusal_as_an_answer(answer: bytes, state: CircuitState) -> None:
    server = Server()
    async with source_of(server) as source:
        server.answer = answer
        for _ in range(4):
            await outcome(source, LOOKUP)
        assert states(source) == {"stock.lookup": state}


async def test_an_answer_that_its_reader_cannot_use_counts_as_garbage() -> None:
    server = Server()

    def unusable(_answer: Answer) -> None:
        raise SourceGarbage("wms", "another shape")

    async with source_of(server) as source:
        for _ in range(3):
            with pytest.raises(SourceGarbage):
                await source.read(LOOKUP, unusable)
        assert states(source) == {"stock.lookup": CircuitState.OPEN}
        assert server.calls == 3


async def test_a_call_takes_no_longer_than_its_request_has_left_and_that_is_not_held_against_the_source() -> None:
    server = Server()
    server.hang = True
    async with source_of(server, Limits(read_timeout_s=30, mutation_timeout_s=30, breaker=QUICK)) as source:
        for _ in range(3):
            with spending(0.1):
                late = await outcome(source, ORDER)
            assert isinstance(late, SourceTimeout)
            assert late.unknown_effect
        assert states(source) == {"hand_over.order": CircuitState.CLOSED}


async def test_without_time_left_nothing_is_asked() -> None:
    server = Server()
    async with source_of(server) as source:
        with spending(0.04):
            refused = await outcome(source, ORDER)
    assert isinstance(refused, SourceTimeout)
    assert (refused.unsent, refused.unknown_effect, server.calls) == (True, False, 0)


def test_a_budget_is_never_longer_than_the_one_around_it_and_ends_with_its_block() -> None:
    assert remaining_s() is None
    with spending(1):
        with spending(60):
            assert 0 < (remaining_s() or 0) <= 1
        with unhurried():
            assert remaining_s() is None
        assert remaining_s() is not None
    assert remaining_s() is None


async def test_the_loops_wait_for_room_where_requests_are_refused_and_leave_them_room() -> None:
    server = Server()
    server.hang = True
    limits = Limits(feed_timeout_s=30, read_timeout_s=30, bulkhead=BulkheadBounds(2, 2))
    async with source_of(server, limits) as source:
        loops = [asyncio.create_task(outcome(source, SNAPSHOT)) for _ in range(3)]
        async with asyncio.timeout(20):
            while not server.calls:  # noqa: ASYNC110 - the server tells nobody
                await asyncio.sleep(0.001)
        with spending(20):
            live = asyncio.create_task(outcome(source, LOOKUP))
            while server.calls < 2:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.001)
            refused = await outcome(source, LOOKUP)
        assert isinstance(refused, SourceBusy)
        assert refused.unsent
        assert server.calls == 2
        for task in (live, *loops):
            task.cancel()
        await asyncio.gather(live, *loops, return_exceptions=True)
        assert source.guard.bulkhead.turns.all_inside == 0


async def test_a_live_read_that_is_late_is_asked_twice_and_a_feed_is_not() -> None:
    server = Server()
    answered = asyncio.Event()

    async def first_hangs(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.calls += 1
        if server.calls == 1:
            await answered.wait()
        writer.write(response(b"[]"))
        await writer.drain()
        answered.set()

    limits = Limits(read_timeout_s=20, hedge_after_s=0.01)
    async with raw_server(first_hangs) as url:
        source = HttpSource("wms", url, Stopped(), limits=limits)
        with spending(20):
            assert isinstance(await outcome(source, LOOKUP), Answer)
        assert server.calls == 2
        server.calls = 0
        answered.clear()
        loop = asyncio.create_task(outcome(source, SNAPSHOT))
        await asyncio.sleep(0.1)
        answered.set()
        assert isinstance(await loop, Answer)
        assert server.calls == 1
        await source.close()


@pytest.mark.parametrize("error", [SourceRejected("wms", "no"), SourceBusy("wms", "full")])
def test_errors_are_sent_unless_they_say_otherwise(error: SourceError) -> None:
    assert not error.unsent
