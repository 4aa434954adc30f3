"""All that reads a caller's text, called in process with texts that nobody of good will sends: it answers, or refuses in our words."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from graphql import GraphQLError

from adapters.transport.answers import parsed, retry_after_ms
from gateway.callers import Callers, session_digest
from gateway.domain.errors import GatewayError
from gateway.domain.ids import ChannelCode
from gateway.domain.network import Caller
from gateway.domain.promise.token import verified
from gateway.http.errors import RequestRefused
from gateway.http.gate import Limits
from gateway.http.negotiation import media_types
from gateway.http.request import parsed_body, parsed_parameters
from gateway.http.trace import trace_id_of
from schema.connections import unpacked
from schema.ids import parsed_id
from schema.scalars import parsed_date, parsed_datetime, parsed_decimal, parsed_local_time, parsed_url
from tests.campaigns.bad_inputs.bodies import HELLO, broken
from tests.campaigns.bad_inputs.operations import ODD_TEXTS
from tests.support.memory_shop import NETWORK

NOW = datetime(2025, 6, 26, 6, tzinfo=UTC)
LIMITS = Limits()
REFUSALS = (GatewayError, GraphQLError, RequestRefused, ValueError)
"""How a text may be refused; ValueError is what the readers of a source's JSON raise, whose callers wait for it."""
SEEDS = (
    "T3JkZXI6eA",
    "2026-03-01T09:30:00Z",
    "19.90",
    "https://example.com/hook",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "Bearer shop.secret",
    "application/json;q=0.5, */*",
    "Tue, 24 Nov 2026 09:00:30 GMT",
    "WyJvcmRlcnMiLCAxXQ",
    "09:30",
    "AQAAAA" * 20,
)
CALLERS = Callers(replace(NETWORK, callers=(Caller("shop", "STOREFRONT", "0" * 64),)))
Decoder = Callable[[str], Any]


def principal(text: str) -> object:
    """Sign in; what is to be awaited never waits, so it is done in one step."""
    asked = CALLERS.principal({"authorization": text, "x-session": text})
    try:
        asked.send(None)
    except StopIteration as done:
        return done.value
    raise RuntimeError("signing in waited")


DECODERS: dict[str, Decoder] = {
    "global id": parsed_id,
    "cursor": lambda text: unpacked(text, "orders"),
    "promise token": lambda text: verified(text, (b"k" * 32,), ChannelCode("web"), NOW),
    "key and session": principal,
    "session": session_digest,
    "traceparent": lambda text: trace_id_of({"traceparent": text}),
    "accept": media_types,
    "date and time": parsed_datetime,
    "date": parsed_date,
    "hour": parsed_local_time,
    "decimal": parsed_decimal,
    "url": parsed_url,
    "retry-after": lambda text: retry_after_ms(text, NOW),
    "body": lambda text: parsed_body(text.encode("utf-8", "surrogatepass"), LIMITS),
    "parameters": lambda text: parsed_parameters({"query": text, "variables": text}, LIMITS),
    "source's json": lambda text: parsed(text.encode("utf-8", "surrogatepass"), 64),
}


def odd_text(dice: random.Random) -> str:
    """Return one of the odd texts, or a good one that was broken."""
    if dice.random() < 0.1:
        return dice.choice(ODD_TEXTS)
    whole = HELLO if dice.random() < 0.3 else dice.choice(SEEDS).encode()
    return small_break(whole, dice).decode("utf-8", dice.choice(("replace", "surrogateescape", "ignore")))


def small_break(whole: bytes, dice: random.Random) -> bytes:
    return broken(whole, dice) if dice.random() < 0.02 else flipped(whole, dice)


def flipped(whole: bytes, dice: random.Random) -> bytes:
    changed = bytearray(whole)
    for _ in range(dice.randint(1, 3)):
        changed[dice.randrange(len(changed))] = dice.randrange(256)
    return bytes(changed)


def fault_of(decoder: Decoder, text: str) -> str | None:
    """Return what came of a text that should not have: None when it was read or refused."""
    try:
        decoder(text)
    except REFUSALS:
        return None
    except Exception as error:  # noqa: BLE001 - any other is the finding
        return f"{type(error).__name__}: {error}"
    return None
