"""The end of a process: told to balancers and to those who hold a connection open, before anything is closed."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Draining:
    """Whether this process is about to end. Requests under way, and those that still come, are answered."""

    def __init__(self) -> None:
        self._begun = asyncio.Event()

    @property
    def begun(self) -> bool:
        return self._begun.is_set()

    def begin(self) -> None:
        self._begun.set()

    async def wait(self) -> None:
        await self._begun.wait()


class LastAnswers:
    """Middleware: once the end has begun each answer closes its connection, so that the next request goes elsewhere."""

    def __init__(self, app: ASGIApp, draining: Draining) -> None:
        self.app, self.draining = app, draining

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def closing(message: Message) -> None:
            if message["type"] == "http.response.start" and self.draining.begun:
                message = {**message, "headers": [*message.get("headers", []), (b"connection", b"close")]}
            await send(message)

        await self.app(scope, receive, closing if scope["type"] == "http" else send)
