"""GraphQL over server-sent events, distinct connections mode: one operation per response, `next` events, then `complete`."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Self

from starlette.types import Message, Receive, Scope, Send

from gateway.http.draining import Draining
from gateway.http.errors import RequestRefused
from gateway.http.execution import Execution, Payload, encoded
from gateway.http.gate import Limits

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
]
KEEP_ALIVE = b":\n\n"
COMPLETE = b"event: complete\ndata:\n\n"


class EventStream:
    """The response of one streamed operation. It ends when its events do, when the client leaves or reads too slowly, or with us."""

    def __init__(
        self, events: AsyncGenerator[Payload, None], execution: Execution, trace_id: str, limits: Limits, draining: Draining
    ) -> None:
        self.events, self.execution, self.trace_id, self.limits, self.draining = events, execution, trace_id, limits, draining
        self.sending = asyncio.Lock()

    @classmethod
    def of_refusal(cls, refusal: RequestRefused, execution: Execution, trace_id: str, limits: Limits, draining: Draining) -> Self:
        """Return a stream that only says why there is none: clients read errors of the operation from its events."""

        async def events() -> AsyncGenerator[Payload, None]:
            yield {"errors": execution.refusal(refusal, trace_id)}

        return cls(events(), execution, trace_id, limits, draining)

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        works = (self.write(send), self.keep_alive(send), until_gone(receive), self.draining.wait())
        tasks = [asyncio.create_task(work) for work in works]
        writing, ending = tasks[0], tasks[-1]
        with self.execution.admission.stream():
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        if not ending.cancelled() and writing.cancelled():
            await self.complete(send)

    async def write(self, send: Send) -> None:
        async with aclosing(self.events) as events:
            try:
                async for payload in events:
                    await self.send(send, event(payload))
            except RequestRefused as refusal:
                await self.send(send, event({"errors": self.execution.refusal(refusal, self.trace_id)}))
        await self.complete(send)

    async def complete(self, send: Send) -> None:
        await self.send(send, COMPLETE)
        await send({"type": "http.response.body", "body": b""})

    async def keep_alive(self, send: Send) -> None:
        while True:
            await asyncio.sleep(self.limits.keep_alive_s)
            await self.send(send, KEEP_ALIVE)

    async def send(self, send: Send, chunk: bytes) -> None:
        message: Message = {"type": "http.response.body", "body": chunk, "more_body": True}
        async with self.sending, asyncio.timeout(self.limits.send_timeout_s):
            await send(message)


async def until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def event(payload: Payload) -> bytes:
    return b"event: next\ndata: " + encoded(payload) + b"\n\n"
