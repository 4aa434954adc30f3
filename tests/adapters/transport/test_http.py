"""Whatever a system does with a call, the caller gets an answer or an error in our words, in time, and knows if it had an effect."""

import asyncio
import gzip
import socket
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from adapters.transport.answers import parsed, retry_after_ms
from adapters.transport.bulkhead import BulkheadBounds
from adapters.transport.calls import Answer, Call, Limits
from adapters.transport.http import HttpSource
from gateway.domain.errors import SourceBusy, SourceError, SourceGarbage, SourceRejected, SourceTimeout, SourceUnavailable
from gateway.pacing.budget import spending
from tests.support.tiny_server import RawHandler, raw_server

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
READ, WRITE = Call("GET", "/stock"), Call("POST", "/orders", body=b"{}", mutation=True)
FAST, PATIENT = Limits(read_timeout_s=0.3, mutation_timeout_s=0.3), Limits(read_timeout_s=10, mutation_timeout_s=10)


class Stopped:
    def now(self) -> datetime:
        return NOW


def response(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", "connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def sending(content: bytes) -> RawHandler:
    async def handler(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        await writer.drain()

    return handler


async def outcome(handler: RawHandler, call: Call = READ, limits: Limits = PATIENT) -> Answer | SourceError:
    async with raw_server(handler) as url:
        source = HttpSource("wms", url, Stopped(), limits=limits)
        try:
            return await source.ask(call)
        except SourceError as error:
            return error
        finally:
            await source.close()


@pytest.mark.parametrize(
    ("status", "kind", "unknown"),
    [
        ("400 Bad", SourceRejected, False),
        ("404 Not Found", SourceRejected, False),
        ("409 Conflict", SourceRejected, False),
        ("422 Unprocessable", SourceRejected, False),
        ("401 Unauthorized", SourceUnavailable, False),
        ("429 Too Many", SourceBusy, False),
        ("503 Unavailable", SourceBusy, False),
        ("500 Error", SourceUnavailable, True),
        ("502 Bad Gateway", SourceUnavailable, True),
        ("504 Timeout", SourceUnavailable, True),
        ("302 Found", SourceGarbage, True),
    ],
)
async def test_a_status_is_told_in_our_words(status: str, kind: type[SourceError], unknown: bool) -> None:  # noqa: FBT001 - a parameter of the test
    error = await outcome(sending(response(b"secret text of theirs", status)), WRITE)
    assert type(error) is kind
    assert isinstance(error, SourceError)
    assert error.unknown_effect is unknown
    assert "secret" not in str(error)


async def test_a_busy_source_says_when_to_come_back() -> None:
    error = await outcome(sending(response(b"", "429 Too Many", "retry-after: 7")))
    assert isinstance(error, SourceBusy)
    assert error.retry_after_ms == 7000


def test_a_wait_may_be_a_date_and_is_bounded() -> None:
    assert retry_after_ms("Tue, 24 Nov 2026 09:00:30 GMT", NOW) == 30_000
    assert retry_after_ms("Tue, 24 Nov 2020 09:00:30 GMT", NOW) == 0
    assert retry_after_ms("999999", NOW) == 900_000
    assert retry_after_ms("soon", NOW) is None


@pytest.mark.parametrize(
    "body",
    [b"<html>maintenance</html>", b'{"rows": [', b'{"price": NaN}', b"\xff\xfe{}", b"[" * 65 + b"]" * 65, b"nonsense"],
    ids=["html", "truncated", "nan", "encoding", "deep", "text"],
)
async def test_an_answer_that_cannot_be_read_is_garbage_of_unknown_effect(body: bytes) -> None:
    error = await outcome(sending(response(body)), WRITE)
    assert isinstance(error, SourceGarbage)
    assert error.unknown_effect


async def test_nesting_up_to_the_limit_is_read() -> None:
    assert parsed(b"[" * 64 + b"]" * 64, 64) is not None
    with pytest.raises(ValueError, match="nested deeper than 64"):
        parsed(b"[" * 65 + b"]" * 65, 64)


async def test_an_answer_beyond_five_megabytes_is_cut_off() -> None:
    error = await outcome(sending(response(b'"' + b"x" * (5 * 1024 * 1024) + b'"')))
    assert isinstance(error, SourceGarbage)
    assert "larger than 5242880 bytes" in str(error)


async def test_a_gzip_bomb_is_cut_off_before_it_unfolds() -> None:
    bomb = gzip.compress(b"0" * (64 * 1024 * 1024))
    error = await outcome(sending(response(bomb, "200 OK", "content-encoding: gzip")))
    assert isinstance(error, SourceGarbage)


async def test_a_gzip_answer_is_read() -> None:
    answer = await outcome(sending(response(gzip.compress(b'{"a": 1}'), "200 OK", "content-encoding: gzip")))
    assert isinstance(answer, Answer)
    assert answer.content == {"a": 1}


async def test_a_cut_off_gzip_answer_is_garbage() -> None:
    error = await outcome(sending(response(gzip.compress(b'{"a": 1}')[:-4], "200 OK", "content-encoding: gzip")))
    assert isinstance(error, SourceGarbage)


async def test_a_source_that_hangs_or_drips_is_left_in_time() -> None:
    async def hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n")
        for _ in range(100):
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)

    for handler in (hang, drip):
        error = await outcome(handler, WRITE, FAST)
        assert isinstance(error, SourceTimeout)
        assert error.unknown_effect


async def test_a_broken_connection_may_have_had_an_effect() -> None:
    error = await outcome(sending(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{"), WRITE)
    assert isinstance(error, SourceUnavailable)
    assert error.unknown_effect


async def test_a_refused_connection_surely_had_none() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        source = HttpSource("wms", f"http://127.0.0.1:{closed.getsockname()[1]}", Stopped())
    with pytest.raises(SourceUnavailable) as refused:
        await source.ask(WRITE)
    assert not refused.value.unknown_effect
    await source.close()


async def test_reads_are_repeated_once_and_mutations_never() -> None:
    calls = 0

    async def broken(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        calls += 1
        writer.write(response(b"", "500 Error"))
        await writer.drain()

    await outcome(broken, READ)
    assert calls == 2
    await outcome(broken, WRITE)
    assert calls == 3


async def test_a_second_try_that_succeeds_is_an_answer() -> None:
    calls = 0

    async def flapping(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        calls += 1
        writer.write(response(b"", "502 Bad") if calls == 1 else response(b"[]"))
        await writer.drain()

    answer = await outcome(flapping, READ)
    assert isinstance(answer, Answer)


async def test_loss_and_recovery_are_each_told_once() -> None:
    with capture_logs() as lines:
        async with raw_server(sending(response(b"[]"))) as url:
            source = HttpSource("wms", url, Stopped(), limits=FAST)
            port = url.rpartition(":")[2]
            await source.ask(READ)
        for _ in range(3):
            with pytest.raises(SourceUnavailable):
                await source.ask(READ)
        assert not source.health.answers
        assert source.health.since == NOW
        server = await asyncio.start_server(answering, "127.0.0.1", int(port))
        await source.ask(READ)
        await source.ask(READ)
        server.close()
        await source.close()
    assert [line["event"] for line in lines] == ["source_lost", "source_recovered"]
    assert source.health.answers


async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(response(b"[]"))
    await writer.drain()
    writer.close()


async def test_garbage_leaves_a_sample_without_its_words() -> None:
    async with raw_server(sending(response(b"<b>Ana Roy 12</b>"))) as url:
        source = HttpSource("wms", url, Stopped(), limits=FAST)
        with pytest.raises(SourceGarbage):
            await source.ask(READ)
        assert source.health.garbage_sample == "<x>xxx xxx 00</x>"
        await source.close()


async def test_credentials_are_sent_to_their_own_host_alone() -> None:
    seen: list[bytes] = []

    async def noting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(response(b"[]"))
        await writer.drain()

    async def server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        await noting(reader, writer)
        writer.close()

    listener = await asyncio.start_server(server, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    other = HttpSource("wms", "http://127.0.0.1:9", Stopped(), headers={"x-api-key": "secret"})
    await other.ask(Call("GET", f"{url}/list"))
    own = HttpSource("wms", url, Stopped(), headers={"x-api-key": "secret"})
    await own.ask(Call("GET", "/list"))
    assert b"secret" not in seen[0]
    assert b"x-api-key: secret" in seen[1].lower()
    await other.close()
    await own.close()
    listener.close()


async def test_our_own_full_share_of_connections_is_busy_and_no_loss() -> None:
    async def slow(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with raw_server(slow) as url:
        source = HttpSource("wms", url, Stopped(), limits=Limits(read_timeout_s=20, bulkhead=BulkheadBounds(1, 1)))
        first = asyncio.create_task(source.ask(READ))
        await asyncio.sleep(0)
        with pytest.raises(SourceBusy) as busy, spending(20):
            await source.ask(READ)
        assert busy.value.unsent
        assert source.health.last_error is None
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        await source.close()
