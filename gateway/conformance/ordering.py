"""Questions on order and age: sequences and times go one way, the epoch stays, and figures are fresh when they are read."""

from datetime import datetime, timedelta

from gateway.conformance.live import stock_of
from gateway.conformance.reads import quoted, reading
from gateway.conformance.subject import NotTried, Question, Reading, Seen, Subject
from gateway.domain.feeds import Batch, StockRow

CLOCK_SKEW = timedelta(seconds=5)
"""By how much a source's clock may be before ours."""


def sequences(batches: tuple[Batch[StockRow], ...]) -> dict[tuple[str, str], int]:
    """Return the number as of which each figure holds: its own, or its part's."""
    found: dict[tuple[str, str], int] = {}
    for batch in batches:
        for row in batch.rows:
            number = row.sequence if row.sequence is not None else batch.sequence
            if number is not None:
                found[row.location, str(row.item)] = number
    return found


def moments(batches: tuple[Batch[StockRow], ...]) -> dict[tuple[str, str], datetime]:
    return {
        (row.location, str(row.item)): moment
        for batch in batches
        for row in batch.rows
        if (moment := row.as_of or batch.asked_at) is not None
    }


async def two_passes(subject: Subject) -> tuple[Reading[StockRow], Reading[StockRow]]:
    stock = stock_of(subject)
    return await reading(stock.snapshot()), await reading(stock.snapshot())


async def one_way(subject: Subject) -> Seen:
    first, second = await two_passes(subject)
    if subject.source.ordered_by == "SEQUENCE":
        return _numbered(first, second)
    before, after = moments(first.batches), moments(second.batches)
    back = [name for name, moment in after.items() if name in before and moment < before[name]]
    ahead = [name for name, moment in after.items() if moment > subject.clock.now() + CLOCK_SKEW]
    undated = len(second.rows) - len(after)
    measured: dict[str, float | str] = {"figures": len(after), "back": len(back), "ahead": len(ahead), "undated": undated}
    told = f"{len(after)} figures with a time: {len(back)} went back, {len(ahead)} lie ahead of our clock, {undated} have none"
    return Seen(told, not (back or ahead or undated), measured)


def _numbered(first: Reading[StockRow], second: Reading[StockRow]) -> Seen:
    before, after = sequences(first.batches), sequences(second.batches)
    back = [name for name, number in after.items() if name in before and number < before[name]]
    bare = len(second.rows) - len(after)
    measured: dict[str, float | str] = {"figures": len(after), "back": len(back), "unnumbered": bare}
    told = f"{len(after)} figures with a number: {len(back)} went back, {bare} have none" + (f" ({quoted(back)})" if back else "")
    return Seen(told, not (back or bare), measured)


async def same_epoch(subject: Subject) -> Seen:
    first, second = await two_passes(subject)
    epochs = {batch.epoch for one in (first, second) for batch in one.batches}
    if epochs == {""}:
        raise NotTried("it names no epoch: say `commerce-gateway epoch` when it was restored from a backup")
    return Seen(f"epoch {quoted(sorted(epochs))} in {len(first.batches) + len(second.batches)} parts", right=len(epochs) == 1)


async def age(subject: Subject) -> Seen:
    """The newest figure counts: one that has not moved for long may well be old."""
    found = await reading(stock_of(subject).snapshot())
    now, allowed = subject.clock.now(), subject.source.fresh_for
    ages = sorted((now - moment).total_seconds() for moment in moments(found.batches).values())
    if not ages:
        return Seen("no figure says as of when it holds", right=False)
    measured: dict[str, float | str] = {
        "newest_s": round(ages[0], 2),
        "oldest_s": round(ages[-1], 2),
        "pass_s": round(found.seconds, 3),
        "fresh_for_s": allowed.total_seconds(),
    }
    told = f"figures are {max(0.0, ages[0]):.1f} to {max(0.0, ages[-1]):.1f} s old when read; a pass takes {found.seconds:.2f} s"
    return Seen(told, ages[0] <= allowed.total_seconds() and found.seconds <= allowed.total_seconds(), measured)


QUESTIONS = (
    Question("ordering", "stock", "two passes: numbers or times, as declared, never go back", one_way),
    Question("ordering", "stock", "its epoch, twice", same_epoch),
    Question("freshness", "stock", "how old its figures are when they are read", age),
)
