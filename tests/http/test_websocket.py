"""GraphQL over WebSocket, on real sockets: the protocol's messages, its closes, and the bounds of one socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from gateway.http.gate import Limits
from tests.http.conftest import served
from tests.http.shop import KEY, OPEN, graph

PROTOCOL = "graphql-transport-ws"
SIGN_IN = {"type": "connection_init", "payload": {"Authorization": f"Bearer {KEY}", "x-session": "s"}}


class Peer:
    """A client that sends and reads single messages."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def send(self, message: object) -> None:
        await self.socket.send(orjson.dumps(message).decode())

    async def next(self) -> Any:
        async with asyncio.timeout(30):
            return orjson.loads(await self.socket.recv())

    async def subscribe(self, name: str, query: str) -> None:
        await self.send({"type": "subscribe", "id": name, "payload": {"query": query}})

    async def end(self) -> tuple[int, str]:
        """Read to the end and return how it was closed."""
        try:
            while True:
                await self.next()
        except ConnectionClosed as closed:
            return (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (1006, "")


@asynccontextmanager
async def peer(address: str, protocol: str = PROTOCOL, *, signed_in: bool = True) -> AsyncIterator[Peer]:
    async with connect(f"ws://{address}/graphql", subprotocols=[Subprotocol(protocol)], compression=None, close_timeout=0.5) as socket:
        client = Peer(socket)
        if signed_in:
            await client.send(SIGN_IN)
            assert await client.next() == {"type": "connection_ack"}
        yield client


async def closed(name: str) -> None:
    async with asyncio.timeout(30):
        while name in OPEN:  # noqa: ASYNC110 - the list of a subscription's sources tells nobody
            await asyncio.sleep(0.01)


async def test_operations_of_every_kind_run_beside_each_other(address: str) -> None:
    async with peer(address) as client:
        await client.subscribe("f", "subscription { forever }")
        assert await client.next() == {"id": "f", "type": "next", "payload": {"data": {"forever": "first"}}}
        for name, query, data in (("q", "{ hello }", {"hello": "world"}), ("m", "mutation { buy }", {"buy": "bought"})):
            await client.subscribe(name, query)
            assert await client.next() == {"id": name, "type": "next", "payload": {"data": data}}
            assert await client.next() == {"id": name, "type": "complete"}
        await client.send({"type": "complete", "id": "f"})
        await closed("forever")
        await client.subscribe("f", "subscription { count(to: 1) }")
        assert await client.next() == {"id": "f", "type": "next", "payload": {"data": {"count": 1}}}
        assert await client.next() == {"id": "f", "type": "complete"}


@pytest.mark.parametrize(
    ("query", "answers", "code"),
    [
        ("{", 0, "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", 0, "GRAPHQL_VALIDATION_FAILED"),
        ("{ hello } { later }", 0, "OPERATION_RESOLUTION_FAILURE"),
        ("subscription { refused }", 0, "FORBIDDEN"),
        ("subscription { breaks }", 1, "INTERNAL_SERVER_ERROR"),
        ("{ huge }", 0, "INTERNAL_SERVER_ERROR"),
        (5, 0, "BAD_USER_INPUT"),
    ],
)
async def test_a_refused_operation_ends_alone_with_masked_errors(address: str, query: Any, answers: int, code: str) -> None:
    async with peer(address) as client:
        await client.subscribe("a", query)
        for _ in range(answers):
            assert (await client.next())["type"] == "next"
        told = await client.next()
        assert (told["id"], told["type"], [error["extensions"]["code"] for error in told["payload"]]) == ("a", "error", [code])
        assert "hunter2" not in str(told)
        await client.subscribe("a", "{ hello }")
        assert (await client.next())["payload"] == {"data": {"hello": "world"}}


async def test_each_event_has_a_context_of_its_own(address: str) -> None:
    async with peer(address) as client:
        await client.subscribe("a", "subscription { loaded { times } }")
        assert [(await client.next())["payload"] for _ in range(2)] == [{"data": {"loaded": {"times": 1}}}] * 2


async def test_pings_are_answered_before_and_after_sign_in(address: str) -> None:
    async with peer(address, signed_in=False) as client:
        await client.send({"type": "ping"})
        assert await client.next() == {"type": "pong"}
        await client.send(SIGN_IN)
        assert await client.next() == {"type": "connection_ack"}
        await client.send({"type": "pong"})
        await client.send({"type": "ping", "payload": {"a": 1}})
        assert await client.next() == {"type": "pong"}


@pytest.mark.parametrize(
    ("messages", "code", "reason"),
    [
        ([{"type": "subscribe", "id": "a", "payload": {"query": "{ hello }"}}], 4401, "Unauthorized"),
        ([{"type": "connection_init"}], 4401, "Unauthorized"),
        ([{"type": "connection_init", "payload": {"authorization": "Bearer nobody"}}], 4401, "Unauthorized"),
        ([{"type": "connection_init", "payload": {"authorization": "Bearer database.away"}}], 1013, "Try again later"),
        ([{"type": "connection_init", "payload": {"authorization": "Bearer bug"}}], 1013, "Try again later"),
        ([{"type": "connection_init", "payload": 5}], 4400, "The payload of connection_init is an object"),
        ([SIGN_IN, SIGN_IN], 4429, "Too many initialisation requests"),
        (
            [SIGN_IN, *[{"type": "subscribe", "id": "a", "payload": {"query": "subscription { forever }"}}] * 2],
            4409,
            "Subscriber for a already exists",
        ),
        ([SIGN_IN, {"type": "subscribe", "payload": {"query": "{ hello }"}}], 4400, "A message of an operation has an id"),
        ([SIGN_IN, {"type": "complete"}], 4400, "A message of an operation has an id"),
        ([SIGN_IN, {"type": "start", "id": "a"}], 4400, "Unknown message type"),
        ([5], 4400, "Messages are objects with a type"),
        ([{"type": None}], 4400, "Messages are objects with a type"),
        ([{"type": "ping", "payload": "x" * 300_000}], 4400, "Message too large"),
    ],
)
async def test_what_the_protocol_forbids_closes_the_socket(address: str, messages: list[object], code: int, reason: str) -> None:
    async with peer(address, signed_in=False) as client:
        for message in messages:
            await client.send(message)
        assert await client.end() == (code, reason)
    await closed("forever")


@pytest.mark.parametrize("message", ["{", "[" * 100_000, b"{}"])
async def test_a_message_that_is_no_json_text_closes_the_socket(address: str, message: str | bytes) -> None:
    async with peer(address) as client:
        await client.socket.send(message)
        assert (await client.end())[0] == 4400


async def test_another_subprotocol_is_not_spoken(address: str) -> None:
    async with connect(f"ws://{address}/graphql") as socket:
        assert (await Peer(socket).end())[0] == 4406


async def test_a_socket_that_never_signs_in_is_closed() -> None:
    async with served(graph(Limits(init_timeout_s=0.1))) as address, peer(address, signed_in=False) as client:
        assert await client.end() == (4408, "Connection initialisation timeout")
    async with served(graph(Limits(init_timeout_s=0.1))) as address, peer(address) as client:
        await asyncio.sleep(0.2)
        await client.subscribe("a", "{ hello }")
        assert (await client.next())["payload"] == {"data": {"hello": "world"}}


async def test_a_socket_runs_so_many_operations_and_no_more() -> None:
    async with served(graph(Limits(subscriptions=2))) as address, peer(address) as client:
        for name in ("a", "b"):
            await client.subscribe(name, "subscription { forever }")
            assert (await client.next())["type"] == "next"
        await client.subscribe("c", "{ hello }")
        told = await client.next()
        assert (told["type"], told["payload"][0]["message"]) == ("error", "A socket runs at most 2 operations; complete one first.")
        await client.send({"type": "complete", "id": "a"})
        await client.subscribe("c", "{ hello }")
        assert (await client.next())["payload"] == {"data": {"hello": "world"}}
    await closed("forever")


async def test_a_client_that_leaves_ends_its_sources(address: str) -> None:
    async with peer(address) as client:
        await client.subscribe("a", "subscription { forever }")
        await client.next()
        assert OPEN == ["forever"]
    await closed("forever")


async def test_a_client_that_does_not_read_is_dropped() -> None:
    async with served(graph(Limits(send_timeout_s=0.2))) as address, peer(address) as client:
        client.socket.transport.pause_reading()
        await client.subscribe("a", "subscription { flood }")
        async with asyncio.timeout(30):
            while "flood" not in OPEN:  # noqa: ASYNC110 - see closed
                await asyncio.sleep(0.01)
        await closed("flood")
        client.socket.transport.resume_reading()
