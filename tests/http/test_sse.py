"""GraphQL over server-sent events, on real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import orjson
import pytest

from gateway.http.gate import Limits
from tests.http.conftest import served
from tests.http.shop import KEY, OPEN, graph

HEADERS = {"authorization": f"Bearer {KEY}", "accept": "text/event-stream"}


async def events(address: str, query: str, method: str = "POST") -> list[object]:
    async with httpx2.AsyncClient(base_url=f"http://{address}", headers=HEADERS) as client:
        answer = await (
            client.post("/graphql", json={"query": query}) if method == "POST" else client.get("/graphql", params={"query": query})
        )
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    blocks = answer.text.split("\n\n")
    assert blocks[-2:] == ["event: complete\ndata:", ""]
    return [orjson.loads(block.removeprefix("event: next\ndata: ")) for block in blocks[:-2]]


@asynccontextmanager
async def stream(address: str, query: str) -> AsyncIterator[httpx2.Response]:
    async with (
        httpx2.AsyncClient(base_url=f"http://{address}", headers=HEADERS) as client,
        client.stream("POST", "/graphql", json={"query": query}) as answer,
    ):
        yield answer


async def until(text: str, answer: httpx2.Response) -> str:
    seen = ""
    async with asyncio.timeout(30):
        async for piece in answer.aiter_text():
            seen += piece
            if text in seen:
                break
    return seen


async def closed(name: str) -> None:
    async with asyncio.timeout(30):
        while name in OPEN:  # noqa: ASYNC110 - the list of a subscription's sources tells nobody
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_subscription_is_a_stream_of_events_and_an_end(address: str, method: str) -> None:
    assert await events(address, "subscription { count(to: 2) }", method) == [{"data": {"count": 1}}, {"data": {"count": 2}}]


async def test_a_query_is_a_stream_of_one(address: str) -> None:
    assert await events(address, "{ hello }") == [{"data": {"hello": "world"}}]


async def test_each_event_has_a_context_of_its_own(address: str) -> None:
    assert await events(address, "subscription { loaded { times } }") == [{"data": {"loaded": {"times": 1}}}] * 2


@pytest.mark.parametrize(
    ("query", "answers", "code"),
    [
        ("{ nothing }", 0, "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { refused }", 0, "FORBIDDEN"),
        ("subscription { breaks }", 1, "INTERNAL_SERVER_ERROR"),
    ],
)
async def test_what_ends_an_operation_is_its_last_event(address: str, query: str, answers: int, code: str) -> None:
    told = await events(address, query)
    assert len(told) == answers + 1
    assert [error["extensions"]["code"] for error in told[-1]["errors"]] == [code]  # type: ignore[index]
    assert "hunter2" not in str(told)


async def test_a_client_that_leaves_ends_its_source(address: str) -> None:
    async with stream(address, "subscription { forever }") as answer:
        assert await until("first", answer) == 'event: next\ndata: {"data":{"forever":"first"}}\n\n'
        assert OPEN == ["forever"]
    await closed("forever")


async def test_an_idle_stream_is_kept_alive_by_comments() -> None:
    async with served(graph(Limits(keep_alive_s=0.05))) as address, stream(address, "subscription { forever }") as answer:
        assert (await until(":\n\n", answer)).endswith(":\n\n")
    await closed("forever")


async def test_a_client_that_does_not_read_is_dropped() -> None:
    async with served(graph(Limits(send_timeout_s=0.2))) as address:
        host, port = address.split(":")
        _, writer = await asyncio.open_connection(host, int(port), limit=1)
        body = orjson.dumps({"query": "subscription { flood }"})
        lines = [
            "POST /graphql HTTP/1.1",
            f"host: {address}",
            *(f"{name}: {value}" for name, value in HEADERS.items()),
            "content-type: application/json",
            f"content-length: {len(body)}",
        ]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        async with asyncio.timeout(30):
            while "flood" not in OPEN:  # noqa: ASYNC110 - see closed
                await asyncio.sleep(0.01)
        await closed("flood")
        writer.close()
