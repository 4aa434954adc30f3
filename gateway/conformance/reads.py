"""Questions on whole feeds: everything told once, in parts of which only the last is complete, with few rows refused."""

from collections import Counter
from collections.abc import AsyncIterator, Hashable, Sequence
from typing import TypeVar
from zoneinfo import ZoneInfo

from gateway.conformance.subject import NotTried, Question, Reading, Seen, Subject, timed
from gateway.domain.feeds import Batch

Row = TypeVar("Row")
SHOWN = 3
"""Reasons, or names, that an answer quotes."""


async def reading(feed: AsyncIterator[Batch[Row]]) -> Reading[Row]:
    async def whole() -> tuple[Batch[Row], ...]:
        return tuple([batch async for batch in feed])

    batches, seconds = await timed(whole())
    return Reading(batches, seconds)


def judged(subject: Subject, found: Reading[Row], names: Sequence[Hashable], what: str) -> Seen:
    """Return whether a pass is whole: rows by their name once each, refused rows few, parts in order and dated."""
    twice = [name for name, count in Counter(names).items() if count > 1]
    refused = [row for batch in found.batches for row in batch.rejected]
    share = len(refused) / max(1, len(refused) + len(found.rows))
    complete = [batch.complete for batch in found.batches]
    problems = [
        *([f"{len(twice)} told more than once ({quoted(twice)})"] if twice else []),
        *([f"refused: {'; '.join(f'{row.item}: {row.reason}' for row in refused[:SHOWN])}"] if refused else []),
        *(["the last part is not complete, or one before it is"] if complete != [False] * (len(complete) - 1) + [True] else []),
        *(
            ["a part does not say when it was asked for"]
            if any(b.asked_at is None or b.asked_at.tzinfo is None for b in found.batches)
            else []
        ),
        *([] if found.rows else ["nothing was told"]),
    ]
    largest = max((len(batch.rows) for batch in found.batches), default=0)
    told = f"{len(found.rows)} {what} in {len(found.batches)} parts of at most {largest}, {len(refused)} refused"
    right = not [one for one in problems if not one.startswith("refused")] and share <= subject.bounds.most_refused
    measured: dict[str, float | str] = {
        "rows": len(found.rows),
        "rows_per_s": found.per_second,
        "parts": len(found.batches),
        "largest_part_rows": largest,
        "refused_rows": len(refused),
    }
    return Seen(". ".join([told, *problems]), right, measured)


def quoted(names: Sequence[object]) -> str:
    return ", ".join(str(name) for name in names[:SHOWN]) + (" …" if len(names) > SHOWN else "")


async def products(subject: Subject) -> Seen:
    if subject.ports.catalogue is None:
        raise NotTried("it sells nothing")
    subject.products = await reading(subject.ports.catalogue.products())
    seen = judged(subject, subject.products, [row.sku for row in subject.products.rows], "products")
    nameless = [row.sku for row in subject.products.rows if not row.name]
    return (
        Seen(f"{seen.told}. {len(nameless)} have no name ({quoted(nameless)})", right=False, measured=seen.measured) if nameless else seen
    )


async def places(subject: Subject) -> Seen:
    if subject.ports.locations is None:
        raise NotTried("it has no places")
    batch, seconds = await timed(subject.ports.locations.locations())
    subject.places = batch.rows
    seen = judged(subject, Reading((batch,), seconds), [row.code for row in batch.rows], "places")
    odd = [row.code for row in batch.rows if "|" in row.code or " " in row.code or not ZoneInfo(row.time_zone)]
    return Seen(f"{seen.told}. {len(odd)} codes cannot stand in a position's name ({quoted(odd)})", False, seen.measured) if odd else seen


async def positions(subject: Subject) -> Seen:
    if subject.ports.stock is None:
        raise NotTried("it tells no stock")
    subject.snapshot = await reading(subject.ports.stock.snapshot())
    rows = subject.snapshot.rows
    seen = judged(subject, subject.snapshot, [(row.location, str(row.item)) for row in rows], "positions")
    known = {place.code for place in subject.places}
    unknown = sorted({row.location for row in rows} - known) if known else []
    measured = {**seen.measured, "places": len({row.location for row in rows}), "below_zero": sum(row.quantity < 0 for row in rows)}
    if unknown:
        return Seen(f"{seen.told}. Places that it does not list: {quoted(unknown)}", right=False, measured=measured)
    return Seen(seen.told, seen.right, measured)


async def coming(subject: Subject) -> Seen:
    if subject.ports.inbound is None:
        raise NotTried("it tells no supply to come")
    found = await reading(subject.ports.inbound.inbound())
    names = [(row.location, str(row.item), row.reference, row.expected_at) for row in found.rows]
    seen = judged(subject, found, names, "rows of supply to come")
    undated = [row.reference for row in found.rows if row.expected_at.tzinfo is None or row.quantity <= 0]
    return Seen(f"{seen.told}. Without a zone or units: {quoted(undated)}", right=False, measured=seen.measured) if undated else seen


async def news(subject: Subject) -> Seen:
    if subject.ports.news is None:
        raise NotTried("it tells no news of work")
    first, again = await reading(subject.ports.news.news(None)), await reading(subject.ports.news.news(None))
    steps = {one.event: one.step for one in again.rows}
    lost = [one.event for one in first.rows if steps.get(one.event) != one.step]
    seen = judged(subject, first, [(one.event, index) for index, one in enumerate(first.rows)], "pieces of news")
    if not first.rows:
        return Seen("no news yet, and no error", measured=seen.measured)
    return Seen(f"{seen.told}. {len(lost)} were told otherwise the second time ({quoted(lost)})", False, seen.measured) if lost else seen


WHOLE = "all of it, in parts"
QUESTIONS = (
    Question("reads", "catalogue", WHOLE, products),
    Question("reads", "locations", WHOLE, places),
    Question("reads", "stock", WHOLE, positions),
    Question("reads", "inbound", WHOLE, coming),
    Question("reads", "news", "all of it, twice: an event keeps its name", news),
)
