"""Questions on the meaning of figures: whether they fall when work is taken, how soon, and whether they rise when it is canceled."""

import time
from dataclasses import dataclass

from gateway.conformance.live import stock_of
from gateway.conformance.probes import given, needs_writes, probe_of, told_of, withdrawn
from gateway.conformance.reads import reading
from gateway.conformance.subject import NotTried, Question, Seen, Subject
from gateway.domain.errors import SourceError, SourceRejected
from gateway.domain.feeds import Batch, Item, Message, Receipt, StockRow, WorkStep
from gateway.ports.sources import StockSource

TAKEN: frozenset[WorkStep] = frozenset({"ACKNOWLEDGED", "ACCEPTED", "BACKORDERED", "PICKED", "PACKED", "READY_FOR_PICKUP", "SHIPPED"})


@dataclass(frozen=True, slots=True)
class Look:
    """One figure as it was read, and what its source said of its place in the order."""

    quantity: int
    sequence: int | None


async def look(stock: StockSource, row: StockRow) -> Look:
    """Read one figure, live where that can be, else from a snapshot."""
    try:
        batches: tuple[Batch[StockRow], ...] = (await stock.positions([row.item]),)
    except SourceRejected:
        batches = (await reading(stock.snapshot())).batches
    for batch in batches:
        for one in batch.rows:
            if one.location == row.location and str(one.item) == str(row.item):
                return Look(one.quantity, one.sequence if one.sequence is not None else batch.sequence)
    raise NotTried(f"the figure of {row.item} at {row.location} is gone")


def position_of(subject: Subject, message: Message) -> StockRow:
    """Return the position that a probe takes from."""
    line = message.body["lines"][0]  # type: ignore[index]
    item = Item(line["sku"], line["gtin"], line["at_source"])
    work = message.body["fulfillment"]
    place = work["location"] if isinstance(work, dict) else None
    rows = [
        row
        for row in (subject.snapshot.rows if subject.snapshot else ())
        if _same(row.item, item) and row.location == (place or row.location)
    ]
    if not rows:
        raise NotTried("it tells no figure of what it takes orders for")
    return max(rows, key=lambda row: row.quantity)


def _same(one: Item, other: Item) -> bool:
    return any(
        getattr(one, name) is not None and getattr(one, name) in {other.sku, other.gtin, other.code} for name in ("sku", "gtin", "code")
    )


async def quiet_figure(subject: Subject, stock: StockSource, row: StockRow) -> int:
    """Return a figure that stands still; raises NotTried for one that others move."""
    before, began = await look(stock, row), time.monotonic()
    while True:
        await subject.wait()
        now = await look(stock, row)
        if now.quantity == before.quantity:
            return now.quantity
        if time.monotonic() - began > subject.bounds.patience_s:
            raise NotTried(f"the figure of {row.item} at {row.location} moves by itself; try when the system is quiet")
        before = now


@dataclass(frozen=True, slots=True)
class Watched:
    """What became of a figure after a word of its source: how long until it moved, None where it did not."""

    moved_after_s: float | None
    by: int
    sequence: int | None = None


async def watched(subject: Subject, stock: StockSource, row: StockRow, before: int, allowed_s: float) -> Watched:
    """Look at a figure until it moves, or for so long."""
    began = time.monotonic()
    while True:
        asked_s = time.monotonic() - began
        seen = await look(stock, row)
        if seen.quantity != before:
            return Watched(asked_s, seen.quantity - before, seen.sequence)
        if asked_s > allowed_s:
            return Watched(None, 0, seen.sequence)
        await subject.wait()


def looking_s(subject: Subject) -> float:
    """Return how long a figure is looked at: what its source allows itself, but not until goods on hand are really sent."""
    settle_s = subject.source.settle_delay.total_seconds()
    return max(settle_s, subject.bounds.patience_s) if subject.source.states == "AVAILABLE" else subject.bounds.patience_s


async def what_an_order_does(subject: Subject) -> Seen:
    needs_writes(subject)
    stock = stock_of(subject)
    message = await probe_of(subject, "meaning")
    row = position_of(subject, message)
    before = await quiet_figure(subject, stock, row)
    receipt = await given(subject, message)
    if not receipt.taken and not await told_of(subject, message, TAKEN):
        waited = f"nothing has told within {subject.bounds.patience_s:g} s that it was taken"
        raise NotTried(f"its receipt says only that {message.reference} lies there, and {waited}; let it answer, or give more --patience")
    fell = await watched(subject, stock, row, before, looking_s(subject))
    seen = _fallen(subject, receipt, row, fell)
    try:
        await withdrawn(subject, message.key)
    except (NotTried, SourceError) as why:
        return Seen(f"{seen.told}; not canceled: {why}", seen.right, seen.measured)
    if not fell.by:
        return seen
    rose = await watched(subject, stock, row, before + fell.by, looking_s(subject))
    after = f"{rose.by:+d} after {rose.moved_after_s:.1f} s" if rose.moved_after_s is not None else "not given back"
    return Seen(f"{seen.told}; canceled: {after}", seen.right, seen.measured)


def _fallen(subject: Subject, receipt: Receipt, row: StockRow, fell: Watched) -> Seen:
    """AVAILABLE: the figure must fall by what was taken, within the settle delay. ON_HAND: it must stand until goods leave."""
    means, settle_s = subject.source.states, subject.source.settle_delay.total_seconds()
    at = f"{row.item} at {row.location}"
    if fell.moved_after_s is None:
        told = f"one unit of {at} was taken, and the figure stood"
        return Seen(told, means == "ON_HAND", {"observed": "ON_HAND", "declared": means})
    if fell.by != -1:
        raise NotTried(f"the figure of {at} moved by {fell.by:+d}: others move it too; try when the system is quiet")
    measured: dict[str, float | str] = {
        "observed": "AVAILABLE",
        "declared": means,
        "settle_s": round(fell.moved_after_s, 2),
        "settle_delay_s": settle_s,
    }
    told = (
        f"one unit of {at} was taken, and the figure fell by it {fell.moved_after_s:.1f} s after the receipt (settle_delay {settle_s:g} s)"
    )
    if receipt.sequence is not None and fell.sequence is not None and fell.sequence < receipt.sequence:
        return Seen(
            f"{told}; its receipt named {receipt.sequence}, and the figure of {fell.sequence} had it already",
            right=False,
            measured=measured,
        )
    in_time = fell.moved_after_s <= settle_s or subject.source.ordered_by == "SEQUENCE"
    return Seen(told, means == "AVAILABLE" and in_time, measured)


QUESTIONS = (Question("numbers", "stock", "one unit taken, and what its figure does", what_an_order_does),)
