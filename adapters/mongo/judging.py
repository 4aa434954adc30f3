"""What rows make of stock documents as they were read, before anything is written."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from adapters.memory.stated import Rules, Verdict, Watermark, confirmed
from adapters.memory.stock_movements import stated
from adapters.mongo.revision import Judged, everything
from gateway.domain.claims.documents import StockDoc
from gateway.domain.ids import LocationCode, StockKey, sku_and_location
from gateway.domain.movement import Movement
from gateway.ports.ledger import Difference, Statement

JudgeBy = Callable[[StockKey, StockDoc | None, Sequence[Watermark]], Judged]
"""Judges a document by what was confirmed of it."""
Row = TypeVar("Row", Statement, Difference)


def with_rows(rules: Rules, rows: Sequence[Statement], known: StockDoc | None, marks: Sequence[Watermark] = ()) -> Judged:
    return folded(known, rows, lambda doc, row: rules.with_statement(doc, row, marks), lambda before, verdict, _: stated(before, verdict))


def rows_by_key(rows: Sequence[Row]) -> dict[StockKey, list[Row]]:
    grouped: dict[StockKey, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row.key].append(row)
    return grouped


def folded(
    known: StockDoc | None,
    rows: Sequence[Row],
    judge: Callable[[StockDoc | None, Row], Verdict],
    moved: Callable[[StockDoc | None, Verdict, Row], list[Movement]],
) -> Judged:
    """Judge rows of one document one after the other, each on what the ones before it left."""
    doc, verdicts, movements = known, list[Verdict](), list[Movement]()
    for row in rows:
        verdict = judge(doc, row)
        movements += moved(doc, verdict, row)
        verdicts.append(verdict)
        doc = verdict.after or doc
    return Judged(doc if doc is not known else None, tuple(verdicts), tuple(movements))


def is_applied(judged: Judged) -> bool:
    return any(verdict.told == "APPLIED" for verdict in judged.verdicts)


def applied(judged: Mapping[StockKey, Judged]) -> dict[StockKey, StockDoc]:
    """Return what is more than confirmed."""
    return everything({key: one for key, one in judged.items() if is_applied(one)})


def places_of(keys: Iterable[StockKey]) -> set[LocationCode]:
    return {sku_and_location(key)[1] for key in keys}


def as_confirmed(doc: StockDoc, marks: Sequence[Watermark]) -> Statement:
    """Return what the confirmations of a document say: its figure, as of the last of them."""
    last = confirmed(doc, marks)
    as_of = datetime.fromtimestamp(max(doc.as_of_ms, last.sync_ms) / 1000, UTC)
    return Statement(doc.key, doc.q, doc.unavailable, last.order, as_of, doc.epoch)
