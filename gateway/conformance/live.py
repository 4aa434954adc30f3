"""Questions on live reads: they agree with the snapshot, many at once as one by one, and odd names find nothing."""

from collections.abc import Collection
from statistics import median

from gateway.conformance.reads import quoted, reading
from gateway.conformance.subject import NotTried, Question, Seen, Subject, timed
from gateway.domain.errors import SourceRejected
from gateway.domain.feeds import Item, StockRow
from gateway.ports.sources import StockSource

ROUNDS = 3
"""How often figures are compared that differ: a living shop sells meanwhile."""
STRANGE = (
    Item(sku="NO-SUCH", gtin="9520000000004", code="NO-SUCH"),  # of GS1's prefix for examples, which no article bears
    Item(sku="' OR 1=1 --", gtin="%00", code="../../etc"),
    Item(sku="Ünïcode 数字\u202e", gtin="0", code="{}[]"),
    Item(sku="x" * 2_000, gtin="9" * 40, code="y" * 2_000),
)


def stock_of(subject: Subject) -> StockSource:
    """Return what answers live; raises NotTried where there is nothing to compare it with."""
    if subject.ports.stock is None:
        raise NotTried("it tells no stock")
    if subject.snapshot is None or not subject.snapshot.rows:
        raise NotTried("there is no snapshot to compare with")
    return subject.ports.stock


def sampled(subject: Subject) -> list[Item]:
    """Return some items, spread over the snapshot."""
    rows = subject.snapshot.rows if subject.snapshot else []
    items = list({str(row.item): row.item for row in rows}.values())
    return items[:: max(1, len(items) // subject.bounds.sample)][: subject.bounds.sample]


async def live(stock: StockSource, items: Collection[Item]) -> tuple[list[StockRow], float]:
    """Return live rows and the seconds that they took; raises NotTried for a source that cannot be asked for single items."""
    try:
        batch, seconds = await timed(stock.positions(items))
    except SourceRejected as error:
        raise NotTried(f"it does not answer for single items: {error}") from error
    return list(batch.rows), seconds


def figures(rows: Collection[StockRow], items: Collection[Item]) -> dict[tuple[str, str], int]:
    wanted = {str(item) for item in items}
    return {(row.location, str(row.item)): row.quantity for row in rows if str(row.item) in wanted}


async def agreement(subject: Subject) -> Seen:
    stock, items = stock_of(subject), sampled(subject)
    apart: set[tuple[str, str]] = set()
    before = figures(subject.snapshot.rows if subject.snapshot else (), items)
    for _ in range(ROUNDS):
        now = figures((await live(stock, items))[0], items)
        apart = {name for name in before.keys() | now.keys() if before.get(name) != now.get(name)}
        if not apart:
            return Seen(f"{len(now)} positions of {len(items)} articles agree with the snapshot", measured={"positions": len(now)})
        subject.snapshot = await reading(stock.snapshot())
        before = figures(subject.snapshot.rows, items)
    return Seen(f"{len(apart)} positions differ from a snapshot just taken: {quoted(sorted(apart))}", right=False)


async def at_once(subject: Subject) -> Seen:
    stock, items = stock_of(subject), sampled(subject)
    together, seconds = await live(stock, items)
    alone = [await live(stock, [item]) for item in items[:5]]
    singly = median(seconds for _, seconds in alone)
    named = {(row.location, str(row.item)) for row in together}
    missing = [(row.location, str(row.item)) for rows, _ in alone for row in rows if (row.location, str(row.item)) not in named]
    measured: dict[str, float | str] = {
        "articles": len(items),
        "together_ms": round(seconds * 1000, 1),
        "one_ms": round(singly * 1000, 1),
        "articles_per_s": round(len(items) / max(seconds, 0.001), 1),
    }
    if missing:
        return Seen(f"asked for many at once it left out {quoted(missing)}", right=False, measured=measured)
    return Seen(f"{len(items)} articles in {seconds * 1000:.0f} ms, one in {singly * 1000:.0f} ms", measured=measured)


async def strangers(subject: Subject) -> Seen:
    stock = stock_of(subject)
    found: list[StockRow] = []
    refused = 0
    await live(stock, sampled(subject)[:1])
    for item in STRANGE:
        try:
            found += (await stock.positions([item])).rows
        except SourceRejected:
            refused += 1
    named = f" ({quoted([str(row.item) for row in found])})" if found else ""
    told = f"{len(STRANGE)} odd names: {len(found)} positions{named}, {refused} refused as such"
    return Seen(told, right=not found, measured={"names": len(STRANGE), "refused": refused})


QUESTIONS = (
    Question("reads", "live", "some articles, against the snapshot", agreement),
    Question("reads", "live", "many articles at once, and one by one", at_once),
    Question("reads", "live", "names that it does not know, and garbage", strangers),
)
