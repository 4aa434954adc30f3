"""No operation lasts longer than its budget and a bound, whatever hangs; what it asks elsewhere knows what is left."""

import asyncio

import pytest

from gateway.http.gate import Limits
from gateway.pacing.budget import remaining_s
from tests.http.conftest import caller, served
from tests.http.shop import KEY, OPEN, graph
from tests.http.test_sse import events
from tests.http.test_websocket import peer

SHORT = Limits(read_budget_s=0.02, mutation_budget_s=0.05, budget_grace_s=0.02)


async def test_what_hangs_is_broken_off_and_told_as_unavailable() -> None:
    async with caller(graph(SHORT)) as client:
        answer = await client.post("/graphql", json={"query": "{ hello hangs }"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "UNAVAILABLE"
    assert "repeat it, a mutation with the same idempotencyKey" in error["message"]
    assert "hangs" not in OPEN


async def test_reads_and_mutations_have_budgets_of_their_own() -> None:
    async with caller(graph()) as client:
        read = (await client.post("/graphql", json={"query": "{ budget }"})).json()["data"]["budget"]
        mutation = (await client.post("/graphql", json={"query": "mutation { budget }"})).json()["data"]["budget"]
    assert 0 < read <= 2 < mutation <= 5
    assert remaining_s() is None


async def test_a_subscription_has_no_budget_but_each_of_its_events_has() -> None:
    async with served(graph(SHORT)) as address:
        assert await events(address, "subscription { budget }") == [{"data": {"budget": -1.0}}]
        async with peer(address) as client:
            await client.subscribe("a", "subscription { hanging { atLast } }")
            told = await client.next()
            assert (told["type"], told["payload"][0]["extensions"]["code"]) == ("error", "UNAVAILABLE")


async def test_a_body_that_drips_is_not_waited_for() -> None:
    async with served(graph(Limits(body_timeout_s=0.05))) as address:
        host, port = address.split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        head = f"POST /graphql HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {KEY}\r\ncontent-type: application/json\r\n"
        writer.write(f'{head}content-length: 100\r\n\r\n{{"query":'.encode())
        async with asyncio.timeout(20):
            assert b" 408 " in await reader.readline()
        writer.close()


@pytest.mark.parametrize("query", ["{ hello }", "mutation { buy }"])
async def test_what_is_in_time_is_answered(query: str) -> None:
    async with caller(graph(SHORT)) as client:
        assert (await client.post("/graphql", json={"query": query})).status_code == 200
