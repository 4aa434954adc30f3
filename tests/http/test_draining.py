"""At its end a process says so, lets connections go, and still answers what comes."""

import asyncio

import httpx2

from gateway.http.draining import Draining, LastAnswers
from tests.http.conftest import served
from tests.http.shop import OPEN, application, graph
from tests.http.test_sse import stream, until


async def test_once_the_end_has_begun_each_answer_closes_its_connection() -> None:
    draining = Draining()
    app = LastAnswers(application(graph()), draining)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://shop") as client:
        headers = {"authorization": "Bearer shop.secret"}
        before = await client.post("/graphql", json={"query": "{ hello }"}, headers=headers)
        draining.begin()
        after = await client.post("/graphql", json={"query": "{ hello }"}, headers=headers)
    assert before.json() == after.json() == {"data": {"hello": "world"}}
    assert ("connection" in before.headers, after.headers["connection"]) == (False, "close")


async def test_an_event_stream_ends_with_its_process_and_says_so() -> None:
    draining = Draining()
    async with served(graph(draining=draining)) as address, stream(address, "subscription { forever }") as answer:
        parts = answer.aiter_text()
        assert "first" in await anext(parts)
        draining.begin()
        async with asyncio.timeout(20):
            rest = "".join([part async for part in parts])
        assert rest.endswith("event: complete\ndata:\n\n")
    assert "forever" not in OPEN


async def test_a_stream_that_ends_by_itself_is_ended_once() -> None:
    async with served(graph()) as address, stream(address, "subscription { count(to: 1) }") as answer:
        assert (await until("complete", answer)).count("event: complete") == 1
