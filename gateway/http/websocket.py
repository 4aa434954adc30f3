"""GraphQL over WebSocket, subprotocol graphql-transport-ws: sign-in by connection_init, many operations on one socket, each bounded."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from gateway.domain.principal import Principal
from gateway.http.callers import Authenticate, ContextFor
from gateway.http.errors import FORBIDDEN, UNAUTHENTICATED, RequestRefused, own_code, refused
from gateway.http.execution import Execution, encoded
from gateway.http.gate import Limits
from gateway.http.request import request_from
from gateway.http.trace import trace_id_of

PROTOCOL = "graphql-transport-ws"

TRY_LATER, POLICY = 1013, 1008
BAD_MESSAGE, UNAUTHORIZED, NOT_ALLOWED, WRONG_PROTOCOL, INIT_TIMEOUT, TAKEN_ID, SECOND_INIT = 4400, 4401, 4403, 4406, 4408, 4409, 4429
CLOSE_BY_CODE = {UNAUTHENTICATED: (UNAUTHORIZED, "Unauthorized"), FORBIDDEN: (NOT_ALLOWED, "Forbidden")}


class Closed(Exception):
    """The end of a connection; without a code the client has left already."""

    def __init__(self, code: int | None = None, reason: str = "") -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class Socket:
    """The endpoint of sockets."""

    def __init__(self, execution: Execution, authenticate: Authenticate, context_for: ContextFor, limits: Limits) -> None:
        self.execution, self.authenticate, self.context_for, self.limits = execution, authenticate, context_for, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        websocket = WebSocket(scope, receive, send)
        if PROTOCOL not in scope.get("subprotocols", []):
            await websocket.accept()
            await websocket.close(WRONG_PROTOCOL, "Subprotocol not acceptable")
            return
        await websocket.accept(subprotocol=PROTOCOL)
        admission = self.execution.admission
        if not admission.takes_streams:
            await closed(websocket, Closed(TRY_LATER, "Try again later"), self.limits)
            return
        try:
            with admission.stream():
                await Connection(self, websocket).run()
        except* Closed as ends:
            end = first_with_code(ends)
            if end.code is not None:
                await closed(websocket, end, self.limits)


class Connection:
    """One socket: who it belongs to, and the operations that run on it."""

    def __init__(self, socket: Socket, websocket: WebSocket) -> None:
        self.socket, self.websocket, self.limits = socket, websocket, socket.limits
        self.headers: dict[str, str] = dict(websocket.headers)
        self.principal: Principal | None = None
        self.running: dict[str, asyncio.Task[None]] = {}
        self.sending = asyncio.Lock()

    async def run(self) -> None:
        """Serve until the end, which is always a Closed, in a group with whatever else failed."""
        async with asyncio.TaskGroup() as group:
            try:
                async with asyncio.timeout(self.limits.init_timeout_s):
                    while self.principal is None:
                        await self.take(await self.message(), group)
            except TimeoutError:
                raise Closed(INIT_TIMEOUT, "Connection initialisation timeout") from None
            while True:
                await self.take(await self.message(), group)

    async def message(self) -> dict[str, Any]:
        try:
            text = await self.websocket.receive_text()
        except WebSocketDisconnect:
            raise Closed from None
        except KeyError:
            raise Closed(BAD_MESSAGE, "Messages are text") from None
        if len(text) > self.limits.body_bytes:
            raise Closed(BAD_MESSAGE, "Message too large")
        try:
            message = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise Closed(BAD_MESSAGE, "Messages are JSON") from None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise Closed(BAD_MESSAGE, "Messages are objects with a type")
        return message

    async def take(self, message: dict[str, Any], group: asyncio.TaskGroup) -> None:
        match message["type"]:
            case "connection_init":
                await self.sign_in(message.get("payload"))
            case "ping":
                await self.send({"type": "pong"})
            case "pong":
                pass
            case "subscribe":
                self.start(message, group)
            case "complete":
                self.stop(identity(message))
            case _:
                raise Closed(BAD_MESSAGE, "Unknown message type")

    async def sign_in(self, payload: object) -> None:
        """Tell the caller from the payload's fields, which stand for the headers that browsers cannot set."""
        if self.principal is not None:
            raise Closed(SECOND_INIT, "Too many initialisation requests")
        if payload is not None and not isinstance(payload, dict):
            raise Closed(BAD_MESSAGE, "The payload of connection_init is an object")
        fields = {name.lower(): value for name, value in (payload or {}).items() if isinstance(value, str)}
        try:
            self.principal = await self.socket.authenticate({**self.headers, **fields})
        except Exception as error:  # noqa: BLE001 - whatever keeps the caller from being told ends this socket alone
            self.socket.execution.masking.failure(error, trace_id_of(self.headers))
            raise Closed(*CLOSE_BY_CODE.get(own_code(error) or "", (TRY_LATER, "Try again later"))) from None
        await self.send({"type": "connection_ack"})

    def start(self, message: dict[str, Any], group: asyncio.TaskGroup) -> None:
        if self.principal is None:
            raise Closed(UNAUTHORIZED, "Unauthorized")
        name = identity(message)
        if name in self.running:
            raise Closed(TAKEN_ID, f"Subscriber for {name[:80]} already exists")
        self.running[name] = group.create_task(self.serve(name, message.get("payload"), self.principal))

    def stop(self, name: str) -> None:
        task = self.running.pop(name, None)
        if task is not None:
            task.cancel()

    async def serve(self, name: str, payload: object, principal: Principal) -> None:
        """Run one operation. Its name is free again before the client hears of the end, since it may use it at once."""
        trace_id = trace_id_of(fields_of(payload))
        last: dict[str, Any] = {"id": name, "type": "complete"}
        try:
            await self.stream(name, payload, principal, trace_id)
        except RequestRefused as refusal:
            last = {"id": name, "type": "error", "payload": self.socket.execution.refusal(refusal, trace_id)}
        finally:
            if self.running.get(name) is asyncio.current_task():
                del self.running[name]
        await self.send(last)

    async def stream(self, name: str, payload: object, principal: Principal, trace_id: str) -> None:
        if len(self.running) > self.limits.subscriptions:
            raise refused("THROTTLED", f"A socket runs at most {self.limits.subscriptions} operations; complete one first.")
        operation = self.socket.execution.operation(request_from(payload, self.limits), principal)
        events = self.socket.execution.events(operation, lambda: self.socket.context_for(principal, trace_id), trace_id)
        async with aclosing(events):
            async for answer in events:
                await self.send({"id": name, "type": "next", "payload": answer})

    async def send(self, message: dict[str, Any]) -> None:
        """Send, waiting for a slow reader so long and no longer: its sources wait with it, nothing piles up."""
        try:
            async with self.sending, asyncio.timeout(self.limits.send_timeout_s):
                await self.websocket.send_text(encoded(message).decode())
        except TimeoutError:
            raise Closed(POLICY, "Reads too slowly") from None
        except (WebSocketDisconnect, RuntimeError):
            raise Closed from None


def identity(message: dict[str, Any]) -> str:
    name = message.get("id")
    if not isinstance(name, str) or not name:
        raise Closed(BAD_MESSAGE, "A message of an operation has an id")
    return name


def fields_of(payload: object) -> Mapping[str, str]:
    """Return the string fields of a payload's extensions, where a client may hand its `traceparent` over."""
    extensions = payload.get("extensions") if isinstance(payload, dict) else None
    return {key: value for key, value in extensions.items() if isinstance(value, str)} if isinstance(extensions, dict) else {}


def first_with_code(ends: BaseExceptionGroup[Closed]) -> Closed:
    found = [end for end in ends.exceptions if isinstance(end, Closed)]
    return next((end for end in found if end.code is not None), found[0])


async def closed(websocket: WebSocket, end: Closed, limits: Limits) -> None:
    try:
        async with asyncio.timeout(limits.send_timeout_s):
            await websocket.close(end.code or POLICY, end.reason)
    except (TimeoutError, WebSocketDisconnect, RuntimeError):
        return
