"""Hand-overs: messages to the systems behind the gateway, of one order, of one fulfillment, and all that are owed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.ids import Rid
from gateway.domain.outbox import OutboxEntry
from gateway.ports.order_book import HandOverQuery, Record, fits_message
from resolvers.context import Context
from resolvers.loaders import RecordsByRid
from resolvers.questions.known import check_sources
from resolvers.questions.paging import order_before, parts, placed_records
from resolvers.sight import SeenFulfillment, SeenOrder, works_at

LONGEST_NUMBER = 9
"""Digits of a message's place in its order."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """One message, of one order."""

    rid: Rid
    order_number: str
    entry: OutboxEntry

    @property
    def key(self) -> str:
        """What names it among all messages."""
        return f"{self.rid}/{self.entry.n}"

    @property
    def what(self) -> str:
        return f"{self.entry.kind} {self.entry.step or self.entry.leg}"

    @property
    def next_attempt_at(self) -> datetime | None:
        return self.entry.next_at if self.entry.state in {"WAITING", "SENDING"} else None


@dataclass(frozen=True, slots=True)
class HandOverPage:
    """Rows with where each stands."""

    rows: tuple[tuple[tuple[str, ...], HandOver], ...]
    more: bool
    total: int | None


def of_order(seen: SeenOrder) -> Sequence[HandOver] | None:
    """Return the messages of an order, None for callers without orders:read."""
    return told(seen.record) if seen.sight.inside else None


def of_fulfillment(context: Context, work: SeenFulfillment) -> Sequence[HandOver] | None:
    """Return the messages about one fulfillment, for those who read orders or work there."""
    if not (work.seen.sight.inside or works_at(context.principal, work.fulfillment.location)):
        return None
    return [message for message in told(work.seen.record) if message.entry.leg == work.fulfillment.number]


def told(record: Record) -> list[HandOver]:
    number = record.order.number if record.order else record.rid
    return [HandOver(record.rid, number, entry) for entry in record.outbox]


async def hand_over(context: Context, key: str) -> HandOver | None:
    rid, n = named(key) or (Rid(""), 0)
    record = await context.loader(RecordsByRid).load(rid) if rid else None
    if record is None or not context.principal.may("sources:read"):
        return None
    return next((message for message in told(record) if message.entry.n == n), None)


def named(key: str) -> tuple[Rid, int] | None:
    """Return which message of which order a key names; None for a text that is no key."""
    rid, _, n = key.rpartition("/")
    return (Rid(rid), int(n)) if rid and n.isascii() and n.isdecimal() and len(n) <= LONGEST_NUMBER else None


async def hand_overs(context: Context, query: HandOverQuery, first: int, after: tuple[str, ...] | None) -> HandOverPage:
    """Return messages that fit, those of one order together."""
    check_sources(context, "sourceCodes", query.sources or ())
    page = await context.world.outbox.entries(query, first + 1, order_before(after))
    found = [
        (key, str(message.entry.n), message)
        for key, record in placed_records(page, order_before(after))
        for message in told(record)
        if fits_message(query, message.entry)
    ]
    rows, more = parts(found, first, after)
    return HandOverPage(rows, more or page.more, page.total)
