"""Questions on change feeds: cursors hold and move, asking again repeats, and nothing that moved is left out."""

import time

from gateway.conformance.probes import given, probe_of
from gateway.conformance.reads import quoted, reading
from gateway.conformance.subject import NotTried, Question, Reading, Seen, Subject
from gateway.domain.feeds import StockDelta, StockRow
from gateway.ports.sources import StockSource

Changes = Reading[StockRow | StockDelta]


def change_feed(subject: Subject) -> tuple[StockSource, str]:
    """Return the stock and its snapshot's cursor; raises NotTried where it has no change feed."""
    if subject.ports.stock is None or subject.snapshot is None:
        raise NotTried("it tells no stock")
    cursor = subject.snapshot.batches[-1].cursor
    if cursor is None:
        raise NotTried("its snapshot gives no cursor: it has no change feed")
    return subject.ports.stock, cursor


def event_name(row: StockRow | StockDelta) -> tuple[object, ...]:
    if isinstance(row, StockDelta):
        return (row.event,)
    return row.location, str(row.item), row.quantity, row.sequence, row.as_of


async def going_on(subject: Subject) -> Seen:
    stock, cursor = change_feed(subject)
    first = await reading(stock.changes(cursor))
    last = first.batches[-1]
    if not last.complete:
        return Seen("the last part of what changed is not complete", right=False)
    if last.cursor is None:
        return Seen("what changed ends without a cursor to go on from", right=False)
    onward = await reading(stock.changes(last.cursor))
    told = f"{len(first.rows)} changes after the snapshot, {len(onward.rows)} after those"
    return Seen(told, measured={"changes": len(first.rows), "changes_per_s": first.per_second, "ms": round(first.seconds * 1000, 1)})


async def repeating(subject: Subject) -> Seen:
    stock, cursor = change_feed(subject)
    first, again = await reading(stock.changes(cursor)), await reading(stock.changes(cursor))
    if any(batch.whole for batch in (*first.batches, *again.batches)):
        raise NotTried("it answers with everything that there is")
    if not first.rows:
        raise NotTried("nothing changed yet; change something there, or run against a system at work")
    names = {event_name(row) for row in again.rows}
    lost = [event_name(row) for row in first.rows if event_name(row) not in names]
    if lost:
        return Seen(f"{len(lost)} of {len(first.rows)} changes were not told again from the same cursor: {quoted(lost)}", right=False)
    return Seen(f"all of {len(first.rows)} changes were told again from the same cursor", measured={"changes": len(first.rows)})


async def nothing_missed(subject: Subject) -> Seen:
    """Wait until something moves; look for every position that a later snapshot tells otherwise in what was told to have changed."""
    stock, cursor = change_feed(subject)
    await make_move(subject)
    before = standing(subject.snapshot) if subject.snapshot else {}
    ends_at_s = time.monotonic() + subject.bounds.patience_s
    while not (moved := {name for name, quantity in standing(await reading(stock.snapshot())).items() if before.get(name) != quantity}):
        if time.monotonic() > ends_at_s:
            raise NotTried(f"no figure moved within {subject.bounds.patience_s:g} s; change something there meanwhile, or say --patience")
        await subject.wait()
    ends_at_s = time.monotonic() + subject.bounds.patience_s
    while missed := moved - {(row.location, str(row.item)) for row in (await reading(stock.changes(cursor))).rows}:
        if time.monotonic() > ends_at_s:
            break
        await subject.wait()
    measured: dict[str, float | str] = {"moved": len(moved), "missed": len(missed)}
    if missed:
        return Seen(f"{len(missed)} of {len(moved)} positions moved and were never told: {quoted(sorted(missed))}", False, measured)
    return Seen(f"all of {len(moved)} positions that moved were told", measured=measured)


def standing(found: Reading[StockRow]) -> dict[tuple[str, str], int]:
    return {(row.location, str(row.item)): row.quantity for row in found.rows}


async def make_move(subject: Subject) -> None:
    """Let a figure fall where the kit may and can: by an order of one unit, which is taken back at the end with all others."""
    if subject.writes and subject.source.states == "AVAILABLE" and subject.ports.hand_over is not None:
        await given(subject, await probe_of(subject, "moves"))


async def catalogue_changes(subject: Subject) -> Seen:
    if subject.ports.catalogue is None or subject.products is None:
        raise NotTried("it sells nothing")
    cursor = subject.products.batches[-1].cursor
    if cursor is None:
        raise NotTried("its catalogue gives no cursor: it is read whole")
    changed = await reading(subject.ports.catalogue.products(cursor))
    known = {row.sku for row in subject.products.rows}
    strange = [row.sku for row in changed.rows if row.sku not in known]
    whole = len(changed.rows) >= len(known) and not any(batch.whole for batch in changed.batches)
    measured: dict[str, float | str] = {"changed": len(changed.rows), "products": len(known)}
    told = f"{len(changed.rows)} of {len(known)} products changed since the cursor"
    if strange:
        told += f"; new since then: {quoted(strange)}"
    return Seen(f"{told}: the cursor spares nothing" if whole and len(known) > 1 else told, not whole or len(known) == 1, measured)


async def news_goes_on(subject: Subject) -> Seen:
    if subject.ports.news is None:
        raise NotTried("it tells no news of work")
    first = await reading(subject.ports.news.news(None))
    cursor = first.batches[-1].cursor
    if cursor is None:
        raise NotTried("its news gives no cursor: it is read whole")
    onward = await reading(subject.ports.news.news(cursor))
    return Seen(
        f"{len(first.rows)} pieces of news, {len(onward.rows)} after the cursor",
        measured={"news": len(first.rows), "after": len(onward.rows)},
    )


QUESTIONS = (
    Question("deltas", "stock", "what changed since the snapshot, and since then", going_on),
    Question("deltas", "stock", "the same cursor twice", repeating),
    Question("deltas", "stock", "whether all that moved is told", nothing_missed),
    Question("deltas", "catalogue", "what changed since the whole pass", catalogue_changes),
    Question("deltas", "news", "what is new since the cursor", news_goes_on),
)
