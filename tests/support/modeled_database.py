"""The database of the explorer: what one step makes of one document, by the product's own meaning of it, and documents as they compare.

A source's words, and the announcement of a claim to it, are steps of actors like any other here.
"""

from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, datetime
from functools import cache
from types import CodeType, FunctionType
from typing import Any

from gateway.domain.claims.documents import Acknowledged, Change, Claim, Entry, KeyDoc, Marker, OrderDoc, Seen, Standing, StockDoc
from gateway.domain.claims.figures import Change as Difference
from gateway.domain.claims.figures import Figure, Reach, with_change, with_coverage, with_figure
from gateway.domain.claims.folding import standing_apart, unfolded, with_folded
from gateway.domain.claims.meaning import Times, after_key, after_step, with_content
from gateway.domain.claims.readings import Admit, ReadMarkers, Record
from gateway.domain.claims.steps import Ack, Ensure, GiveBack, InsertKey, OrderStep, ReadOrder, ReadStock, StockStep, Take
from gateway.domain.claims.stock_meaning import after_stock_step, seen, standing, to_be_had
from gateway.domain.claims.supply import with_lots
from gateway.domain.ids import Rid, SourceCode, StockKey
from gateway.domain.outbox import OutboxEntry
from gateway.domain.outbox_line import Relay, announced
from gateway.domain.stock import Inbound

TIMES = Times(deadline_ms=4, skew_ms=3, early_ms=2)
ALWAYS = datetime(2100, 1, 1, tzinfo=UTC)
RELAY = Relay("relay", datetime(2099, 1, 1, tzinfo=UTC), 60)


@dataclass(frozen=True, slots=True)
class Announce:
    """A relay is about to send a claim to its source."""

    rid: Rid
    v: int
    mid: str


@dataclass(frozen=True, slots=True)
class Worked:
    """Those who work on an order write that claims were taken."""

    rid: Rid
    v: int
    taken: tuple[Acknowledged, ...]


@dataclass(frozen=True, slots=True)
class Stated:
    """A source states a figure."""

    key: StockKey
    figure: Figure


@dataclass(frozen=True, slots=True)
class Differed:
    """A source tells a difference."""

    key: StockKey
    difference: Difference


@dataclass(frozen=True, slots=True)
class Passed:
    """A complete pass of a source up to `order` left the position unchanged."""

    key: StockKey
    order: int


@dataclass(frozen=True, slots=True)
class Supplied:
    """A source tells what is to come."""

    key: StockKey
    feed: str
    lots: tuple[Inbound, ...]


@dataclass(frozen=True, slots=True)
class Fold:
    """Somebody folds the markers of a position that may be."""

    key: StockKey


SourceWord = Stated | Differed | Passed | Supplied | Fold
OnDocument = list[tuple[Any, Any]]
"""The documents that one step may leave, each with what the step then answers."""


def document_of(key: StockKey, units: int) -> StockDoc:
    return StockDoc(key, SourceCode("s"), units, units, as_of_ms=1)


def target(step: Any) -> tuple[str, str]:
    """Return the name of the one document that a step touches."""
    if isinstance(step, InsertKey):
        return "key", step.by
    if isinstance(step, Ack | Ensure | ReadMarkers | Record | SourceWord):
        return "stock", step.key
    if isinstance(step, Admit):
        return "stock", step.claims[0].key if step.claims else ""
    return ("stock", step.claim.key) if hasattr(step, "claim") else ("order", step.rid)


def outcomes(document: Any, step: Any, now: int) -> OnDocument:
    """Return all that one step may come to; a take is judged by a clock that is up to the skew late."""
    if isinstance(step, ReadOrder | ReadStock | ReadMarkers | Admit):
        return [(document, answer(document, step, now))]
    if isinstance(step, InsertKey | Ensure):
        there = after_key(document, step, 0) if isinstance(step, InsertKey) else document or document_of(step.key, step.units)
        return [(there, there)]
    if isinstance(step, Take) and now - TIMES.skew_ms < step.claim.dl <= now:
        return [*applied(document, step, now), *applied(document, step, now - TIMES.skew_ms)]
    if isinstance(step, StockStep | SourceWord):
        return applied(document, step, now)
    after = after_work(document, step, now)
    return [(after or document, after)]


def answer(document: Any, step: ReadOrder | ReadStock | ReadMarkers | Admit, now: int) -> Any:
    """Return what a step hears that only reads."""
    if isinstance(step, ReadStock):
        return look(document, step, now)
    if isinstance(step, ReadMarkers):
        markers = standing(document.markers, now, TIMES)
        return Standing(markers, {mid: marker.q for mid, marker in markers.items()})
    return document if isinstance(step, ReadOrder) else None


def applied(stock: StockDoc | None, step: StockStep | SourceWord, now: int) -> OnDocument:
    after = on_stock(stock, step, now) if stock else None
    return [(after, True)] if after else [(stock, False)]


def on_stock(stock: StockDoc, step: StockStep | SourceWord, now: int) -> StockDoc | None:
    if isinstance(step, Stated):
        return with_figure(stock, step.figure, now, TIMES)
    if isinstance(step, Differed):
        return with_change(stock, step.difference, now, TIMES)
    if isinstance(step, Passed):
        return with_coverage(stock, Reach(step.order), now, TIMES)
    if isinstance(step, Supplied):
        after = with_lots(stock, step.feed, step.lots)
        return after if after != stock else None
    if isinstance(step, Fold):
        return with_folded(stock, now, TIMES)
    return apart(stock, step, now) or unfolding(stock, step, now)


def apart(stock: StockDoc, step: StockStep, now: int) -> StockDoc | None:
    """Return the position after a step that does not look for folded markers; an undo of a folded one does nothing."""
    if isinstance(step, GiveBack) and unfolded(stock, step.claim.mid):
        return None
    after = after_stock_step(replace(stock, markers=standing_apart(stock.markers)), step, now, TIMES)
    folded = {mid: marker for mid, marker in stock.markers.items() if marker.folded}
    return replace(after, markers={**folded, **after.markers}) if after else None


def unfolding(stock: StockDoc, step: StockStep, now: int) -> StockDoc | None:
    """Return the position after a step that found nothing to do, and then its marker folded; a take does not look for it."""
    whole = None if isinstance(step, Take) else unfolded(stock, step.mid if isinstance(step, Ack) else step.claim.mid)
    return apart(whole, step, now) if whole else None


def after_work(order: OrderDoc, step: Any, now: int) -> OrderDoc | None:
    if isinstance(step, Announce):
        return announcing(order, step)
    return with_content(order, step.v, Entry(taken=step.taken)) if isinstance(step, Worked) else on_order(order, step, now)


def on_order(order: OrderDoc | None, step: OrderStep, now: int) -> OrderDoc | None:
    return after_step(order, step, now, TIMES)


def look(stock: StockDoc | None, step: ReadStock, now: int) -> Seen:
    if stock is None:
        return Seen(None, 0)
    markers = standing_apart(stock.markers)
    return seen(markers, to_be_had(stock, step.claim, now), stock.order, step.claim.mid, now, TIMES)


def announcing(order: OrderDoc, step: Announce) -> OrderDoc | None:
    """Return the order with a claim announced, as the relay's own write makes it; the message itself is not kept."""
    message = OutboxEntry(99, "leg", "SHIPMENT", SourceCode("s"), "key", mids=(step.mid,), lease=RELAY.name, lease_until=ALWAYS)
    after = announced(replace(order, outbox=(message,)), step.v, message, RELAY)
    return replace(order, sent=after.sent) if after and step.mid not in order.sent else None


def canonical(value: Any) -> Any:
    """Return a document without what no step decides by: when it was written, how often, what was short."""
    if isinstance(value, OrderDoc):
        return replace(value, rev=0, touched_ms=0, created_ms=0, short=None)
    if isinstance(value, StockDoc):
        return replace(value, changed_ms=0, as_of_ms=1, markers=dict(sorted(value.markers.items())))
    if isinstance(value, Seen):
        return replace(value, order=0)
    return value


def named(value: Any) -> Any:
    """Return what tells a document or an answer from every other."""
    if isinstance(value, StockDoc | Standing):
        return plain(value)
    return type(value), value


HASHED = (Claim, Change, Inbound, Marker, Seen, KeyDoc, OrderDoc, str, int, CodeType, type, type(None))


def plain(value: Any) -> Any:
    """Return a value as it compares: equal for equal contents, also of functions and of objects that only compare by identity."""
    if isinstance(value, HASHED):
        return value
    if isinstance(value, tuple | list):
        return tuple(plain(one) for one in value)
    if isinstance(value, dict):
        return tuple(sorted((key, plain(one)) for key, one in value.items()))
    if isinstance(value, frozenset | set):
        return frozenset(value)
    return of_object(value)


def of_object(value: Any) -> Any:
    if isinstance(value, FunctionType):
        return value.__code__, tuple(plain(cell.cell_contents) for cell in value.__closure__ or ())
    kind: Any = type(value)
    return (kind, *(plain(getattr(value, name)) for name in names_of(kind))) if is_dataclass(value) else (kind, plain(vars(value)))


@cache
def names_of(kind: Any) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind))
