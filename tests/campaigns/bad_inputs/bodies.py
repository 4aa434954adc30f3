"""Requests that are hardly any: bytes cut, flipped and piled up, under headers and methods of all sorts."""

import random
from dataclasses import dataclass, field
from urllib.parse import quote

HELLO = b'{"query": "{ channels { code } }", "variables": {"a": [1, {"b": null}]}, "operationName": null}'
PIECES = (
    b"[" * 5_000,
    b'{"a":' * 5_000,
    b"\x00",
    b"\xff\xfe",
    b"null",
    b"1e999",
    b'"\\ud800"',
    b"[]",
    b'{"query": 1}',
    b" " * 300_000,
    b"NaN",
    b"",
)
TYPES = (
    "application/json",
    "application/json; charset=utf-16",
    "text/plain",
    "application/x-www-form-urlencoded",
    "",
    "application/json;;;",
    "x" * 500,
)
ACCEPTS = (
    "*/*",
    "text/html",
    "text/event-stream",
    "application/json;q=NaN",
    "application/json;q=0",
    ",,,",
    "application/graphql-response+json",
    "",
)
KEYS = ("shopper", "operator", "nobody", "", "Bearer " + "x" * 600)


@dataclass(frozen=True, slots=True)
class Bad:
    """One request to send."""

    body: bytes
    who: str
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "POST"
    query: str = ""


def bad_request(dice: random.Random) -> Bad:
    headers = {"content-type": dice.choice(TYPES) if dice.random() < 0.3 else "application/json"}
    if dice.random() < 0.3:
        headers["accept"] = dice.choice(ACCEPTS)
    if dice.random() < 0.1:
        headers["content-length"] = dice.choice(("-1", "x", "999999999999", "0"))
    if dice.random() < 0.1:
        headers["traceparent"] = dice.choice(("00-" + "g" * 32, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "x" * 5_000))
    if dice.random() < 0.15:
        return Bad(
            b"", dice.choice(KEYS), headers, dice.choice(("GET", "PUT", "OPTIONS", "HEAD", "TRACE")), "query=" + quote(broken(HELLO, dice))
        )
    return Bad(broken(HELLO, dice), dice.choice(KEYS), headers)


def broken(whole: bytes, dice: random.Random) -> bytes:
    """Return the bytes with some of them changed, taken out, or others put in."""
    changed = bytearray(whole)
    for _ in range(dice.randint(1, 6)):
        place = dice.randrange(len(changed) + 1)
        match dice.randrange(4):
            case 0:
                changed[place : place + dice.randint(1, 20)] = b""
            case 1:
                changed[place:place] = dice.randbytes(dice.randint(1, 8))
            case 2:
                changed[place:place] = dice.choice(PIECES)
            case _:
                changed[place : place + 1] = bytes([dice.randrange(256)])
        changed = changed or bytearray(b"{")
    return bytes(changed)
