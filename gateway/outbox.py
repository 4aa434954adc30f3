"""The messages owed to sources, as a person lists them and decides about them at a terminal; no source is called."""

import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from gateway.domain.errors import DomainError, NotFound
from gateway.domain.ids import Rid, SourceCode
from gateway.domain.outbox import FOR_PEOPLE, HandOverState
from gateway.domain.outbox_line import OPEN, of_number
from gateway.domain.principal import SCOPES, Principal
from gateway.operate import Refused
from gateway.ports.order_book import HandOverQuery
from resolvers.commands.inputs import ResolveHandOver
from resolvers.commands.resolve_hand_over import AFTER, resolve_hand_over
from resolvers.context import Context, World
from resolvers.questions.hand_overs import HandOver, HandOverPage, hand_overs, named
from schema.ids import global_id, key_of

T = TypeVar("T")
OPERATOR = Principal("commerce-gateway", "OPERATOR", "commerce-gateway outbox", SCOPES["OPERATOR"])
PAGE = 100
Resolved = Literal["RETRY", "CONFIRM", "DROP"]
ALREADY: dict[Resolved, frozenset[HandOverState]] = {
    "RETRY": frozenset({"WAITING", "SENDING", "ACKNOWLEDGED"}),
    "CONFIRM": frozenset({"ACKNOWLEDGED"}),
    "DROP": frozenset({"DROPPED"}),
}
"""States in which what is wished for has come about, whoever did it: to say it again changes nothing and is no error."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages: those named (`ORDER/N` or an id of the graph), or all that fit the filter."""

    messages: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    states: tuple[HandOverState, ...] = ()
    order: str | None = None

    @property
    def filters(self) -> bool:
        return bool(self.sources or self.states or self.order)

    def query(self, states: Sequence[HandOverState]) -> HandOverQuery:
        sources = tuple(SourceCode(code) for code in self.sources) or None
        return HandOverQuery(sources, tuple(self.states or states), self.order)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A person's word, as it is said of every message that is meant."""

    resolution: Resolved
    reference: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one message that was named: `message` None where there is no such one."""

    name: str
    outcome: Literal["DONE", "ALREADY", "REFUSED"]
    told: str
    message: HandOver | None = None


async def listed(world: World, wanted: Wanted, limit: int) -> tuple[list[HandOver], int | None]:
    """Return messages, newest orders first, and how many there are (None: more than are counted); open ones unless states are named."""
    check_sources(world, wanted)
    found, total = list[HandOver](), None
    async for page in pages(world, wanted.query(sorted(OPEN)), limit):
        found += [message for _, message in page.rows]
        total = page.total
    return found, total


async def decided(world: World, wanted: Wanted, verdict: Verdict) -> list[Outcome]:
    """Say the word of every message that is meant; one that cannot be decided keeps no other one from it."""
    check_choice(wanted, verdict)
    check_sources(world, wanted)
    names = wanted.messages or [shown(one) async for page in pages(world, wanted.query(()), None) for _, one in page.rows]
    return [await outcome(world, name, verdict) for name in names]


def check_choice(wanted: Wanted, verdict: Verdict) -> None:
    """A filter decides about messages that nobody looked at one by one, so it must say in which state they wait."""
    if bool(wanted.messages) == wanted.filters:
        raise Refused("Name messages, as `outbox list` shows them, or filter by --state with --source or --order; not both.")
    if wanted.filters and not (wanted.states and set(wanted.states) <= FOR_PEOPLE):
        raise Refused("With a filter say which are meant: --state DEAD (given up), or --state PARKED (sent, and may have arrived).")
    if verdict.resolution == "CONFIRM" and not wanted.messages:
        raise Refused("Name the message to confirm: each has a number of its own at its source.")


def check_sources(world: World, wanted: Wanted) -> None:
    known = [source.code for source in world.network.sources]
    for code in wanted.sources:
        if code not in known:
            raise Refused(f"There is no source {code!r}; the network file has {', '.join(known)}.")


async def outcome(world: World, name: str, verdict: Verdict) -> Outcome:
    try:
        message = await found(world, name)
        if message.entry.state in ALREADY[verdict.resolution]:
            return Outcome(name, "ALREADY", f"is {message.entry.state}; nothing to do", message)
        if message.entry.state not in FOR_PEOPLE:
            reason = f"is {message.entry.state} and cannot become {AFTER[verdict.resolution]}: only PARKED and DEAD wait for a person"
            return Outcome(name, "REFUSED", reason, message)
        command = ResolveHandOver(secrets.token_urlsafe(24), message.key, verdict.resolution, verdict.reference, verdict.note)
        after = await resolve_hand_over(context(world), command)
    except DomainError as refused:
        return Outcome(name, "REFUSED", refused.message)
    return Outcome(name, "DONE", f"is {after.entry.state} (was {message.entry.state})", after)


async def found(world: World, name: str) -> HandOver:
    """Return a message by `ORDER/N` or by its id in the graph; raises NotFound."""
    key = key_of("HandOver", name)
    order, n = named(key or name) or (Rid(""), 0)
    records = await world.orders.records([order]) if key else await world.orders.by_number([order])
    record = next(iter(records.values()), None)
    entry = of_number(record, n) if record else None
    if record is None or record.order is None or entry is None:
        raise NotFound("message", name)
    return HandOver(record.rid, record.order.number, entry)


async def pages(world: World, query: HandOverQuery, limit: int | None) -> AsyncIterator[HandOverPage]:
    after, left = None, limit
    while left is None or left > 0:
        page = await hand_overs(context(world), query, PAGE if left is None else min(PAGE, left), after)
        yield page
        if not page.more or not page.rows:
            return
        after, left = page.rows[-1][0], None if left is None else left - len(page.rows)


def context(world: World) -> Context:
    return Context(world, OPERATOR, world.clock.now())


def shown(message: HandOver) -> str:
    """Return a message's name as a person can read it out: its order and its place there."""
    return f"{message.order_number}/{message.entry.n}"


def row(message: HandOver) -> dict[str, Any]:
    entry = message.entry
    return {
        "message": shown(message),
        "id": global_id("HandOver", message.key),
        "source": entry.source,
        "what": message.what,
        "state": entry.state,
        "attempts": entry.attempts,
        "createdAt": entry.created_at.isoformat() if entry.created_at else None,
        "nextAttemptAt": message.next_attempt_at.isoformat() if message.next_attempt_at else None,
        "reference": entry.reference,
        "lastError": entry.last_error,
    }
