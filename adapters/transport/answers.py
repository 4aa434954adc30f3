"""Reads an answer's body within its limits, and tells what a status means."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import orjson

from adapters.transport.calls import Call
from gateway.domain.errors import SourceBusy, SourceError, SourceGarbage, SourceRejected, SourceUnavailable

BUSY = frozenset({423, 429, 503})
CREDENTIAL_REFUSED = frozenset({401, 407, 403})
SERVER_ERROR, CLIENT_ERROR, REDIRECT = 500, 400, 300
LONGEST_WAIT_MS = 15 * 60 * 1000
UNPACKED_AT_ONCE = 256 * 1024


class TooLarge(Exception):
    """An answer beyond its limit."""


def refusal(source: str, call: Call, status: int, headers: Mapping[str, str], now: datetime) -> SourceError | None:
    """Return what a status means as an error; None when it is an answer. The source's own text is never told on."""
    if HTTPStatus.OK <= status < REDIRECT or status in call.accepts:
        return None
    told = f"answered {status} to {call.method} {path_of(call)}"
    if status in BUSY:
        return SourceBusy(source, told, retry_after_ms=retry_after_ms(headers.get("retry-after"), now))
    if status in CREDENTIAL_REFUSED:
        return SourceUnavailable(source, f"{told}: our credential or its rights are refused")
    if status >= SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return SourceUnavailable(source, told, unknown_effect=call.mutation)
    if status >= CLIENT_ERROR:
        return SourceRejected(source, told)
    return SourceGarbage(source, f"{told}: redirects are not followed", unknown_effect=call.mutation)


def path_of(call: Call) -> str:
    """Return a call's path without its query, which may hold names of people."""
    path = call.url.partition("://")[2].partition("/")[2] if "://" in call.url else call.url.lstrip("/")
    return "/" + path.partition("?")[0]


def retry_after_ms(text: str | None, now: datetime) -> int | None:
    """Return the milliseconds that a Retry-After header asks for, in seconds or as a date; bounded."""
    if text is None:
        return None
    if text.strip().isdigit():
        return min(int(text) * 1000, LONGEST_WAIT_MS)
    try:
        until = parsedate_to_datetime(text)
        return max(0, min(int((until - now).total_seconds() * 1000), LONGEST_WAIT_MS))
    except (TypeError, ValueError):
        return None


async def body_of(chunks: AsyncIterator[bytes], encoding: str, limit: int) -> bytearray:
    """Return the body, decompressed as it comes; raise TooLarge as soon as it passes its limit, ValueError when it cannot be unpacked."""
    unpack = _unpacker(encoding)
    body = bytearray()
    async for chunk in chunks:
        if unpack is None:
            body += chunk
        else:
            await _unpacked(unpack, chunk, body, limit)
        if len(body) > limit:
            raise TooLarge
    if unpack is not None and not unpack.eof:
        raise ValueError("is cut off")
    return body


async def _unpacked(unpack: Any, chunk: bytes, body: bytearray, limit: int) -> None:
    """Add what a chunk unpacks to, a slice at a time: the loop goes on between them, however much a small chunk holds."""
    try:
        while chunk and len(body) <= limit:
            body += unpack.decompress(chunk, UNPACKED_AT_ONCE)
            chunk = unpack.unconsumed_tail
            if chunk:
                await asyncio.sleep(0)
    except zlib.error as error:
        raise ValueError("cannot be unpacked") from error


def parsed(body: bytes | bytearray, max_depth: int) -> Any:
    """Return strict JSON (no NaN, UTF-8 alone), None for an empty body; raise ValueError for anything else or too deep nesting."""
    if not body.strip():
        return None
    content = orjson.loads(body)
    level = [content] if isinstance(content, dict | list) else []
    for _ in range(max_depth):
        if not level:
            return content
        level = [
            inner for outer in level for inner in (outer.values() if isinstance(outer, dict) else outer) if isinstance(inner, dict | list)
        ]
    if level:
        raise ValueError(f"is nested deeper than {max_depth}")
    return content


def _unpacker(encoding: str) -> Any:
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return None
    if name in {"gzip", "x-gzip"}:
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    if name == "deflate":
        return zlib.decompressobj()
    raise ValueError("comes in a compression that was not asked for")
