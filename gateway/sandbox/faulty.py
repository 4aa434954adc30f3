"""The outermost layer of every system: it strikes requests with the faults that are asked for."""

import asyncio
from collections.abc import Callable
from itertools import count

import orjson
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.sandbox.faults import Faults
from gateway.sandbox.refused import Refused

_HANG_S = 600
Words = Callable[[Refused], Response]


class Faulty:
    def __init__(self, app: ASGIApp, faults: Faults, words: Words) -> None:
        self._app, self._faults, self._words = app, faults, words
        self._garbage = count()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/_sandbox"):
            await self._app(scope, receive, send)
            return
        strike = self._faults.strike(scope["method"], scope["path"])
        if strike.wait_s:
            receive = await _heard(receive)
            await asyncio.sleep(strike.wait_s)
        match strike.kind:
            case None:
                await self._app(scope, receive, send)
            case "down":
                await _drop(scope, receive)
            case "timeout":
                await self._hang(scope, receive)
            case "error":
                await self._error(self._faults.settings.error_status)(scope, receive, send)
            case "lost_answer":
                await self._lose(scope, receive, send)
            case _:
                await self._spoil(scope, receive, send)

    def _error(self, status: int) -> Response:
        answer = self._words(Refused(status, "FAULT", "the sandbox was asked to fail"))
        if status in {429, 503}:
            answer.headers["Retry-After"] = "1"
        return answer

    async def _hang(self, scope: Scope, receive: Receive) -> None:
        """Wait until the caller gives up or the faults are changed, then drop the connection."""
        changed = asyncio.ensure_future(self._faults.changed.wait())
        gone = asyncio.ensure_future(_gone(receive))
        await asyncio.wait({changed, gone}, timeout=_HANG_S, return_when=asyncio.FIRST_COMPLETED)
        for waiting in (changed, gone):
            waiting.cancel()
        await asyncio.gather(changed, gone, return_exceptions=True)
        await _drop(scope, receive)

    async def _lose(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the effect happen, then keep its answer back."""
        await _collected(self._app, scope, receive)
        how = self._faults.settings.lost_answer_with
        if isinstance(how, int):
            await self._error(how)(scope, receive, send)
        else:
            await _drop(scope, receive)

    async def _spoil(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _collected(self._app, scope, receive)
        spoiled, media = _spoilers[next(self._garbage) % len(_spoilers)](body)
        await Response(spoiled, media_type=media)(scope, receive, send)


async def _collected(app: ASGIApp, scope: Scope, receive: Receive) -> bytes:
    parts: list[bytes] = []

    async def collect(message: Message) -> None:
        parts.append(message.get("body", b""))

    await app(scope, receive, collect)
    return b"".join(parts)


async def _heard(receive: Receive) -> Receive:
    """Take the whole request in before anything else: a slow system does its work though its caller has given up."""
    heard: list[Message] = []
    while not heard or heard[-1].get("more_body"):
        heard.append(await receive())

    async def again() -> Message:
        return heard.pop(0) if heard else await receive()

    return again


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _drop(scope: Scope, receive: Receive) -> None:
    """Reset the connection without an answer."""
    scope["sandbox.abort"]()
    await _gone(receive)


def _html(_: bytes) -> tuple[bytes, str]:
    return b"<!DOCTYPE html><html><head><title>Maintenance</title></head><body><h1>Nous revenons bientot</h1></body></html>", "text/html"


def _other_schema(body: bytes) -> tuple[bytes, str]:
    return orjson.dumps({"result": {"rows": len(body), "data": [["?", None, True]]}, "version": "legacy"}), "application/json"


def _truncated(body: bytes) -> tuple[bytes, str]:
    return body[: max(1, len(body) * 2 // 3)], "application/json"


def _not_a_number(body: bytes) -> tuple[bytes, str]:
    """Replace every number by NaN, which many writers emit and JSON does not know."""
    kept: list[bytes] = []
    quoted = False
    for place, piece in enumerate(body.split(b'"')):
        quoted = place % 2 == 1
        kept.append(piece if quoted else _numbers_lost(piece))
    return b'"'.join(kept), "application/json"


def _numbers_lost(piece: bytes) -> bytes:
    out, inside = bytearray(), False
    for letter in piece:
        if letter in b"0123456789.-+":
            out += b"" if inside else b"NaN"
            inside = True
        else:
            out.append(letter)
            inside = False
    return bytes(out)


_spoilers = (_html, _other_schema, _truncated, _not_a_number)
