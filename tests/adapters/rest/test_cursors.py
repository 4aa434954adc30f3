"""A numbered feed whose numbers show late is read from where it stood a while ago, whoever reads it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.rest.source import build
from adapters.rest.stock import RestStock
from gateway.domain.feeds import Batch
from gateway.domain.ids import SourceCode
from gateway.domain.network import Network, Source
from tests.support.tiny_server import serving

NETWORK = Network("n", "EUR", "FR", "Europe/Paris", SourceCode("odd"))
OVERLAP_S = 60
STOCK = {
    "snapshot": {
        "path": "/stock",
        "rows": "rows",
        "page": {"epoch": "epoch", "sequence": "last"},
        "fields": {"location": "'101'", "sku": "sku", "quantity": "qty"},
    },
    "changes": {
        "state": "ABSOLUTE",
        "path": "/changes",
        "query": {"after": "cursor"},
        "paging": {"style": "AFTER", "size": 100},
        "cursor": {"kind": "SEQUENCE", "value": "last", "overlap_s": OVERLAP_S},
        "page": {"epoch": "epoch"},
        "rows": "rows",
        "fields": {"location": "'101'", "sku": "to_string(no)", "quantity": "no", "sequence": "no"},
    },
}


class Later:
    """A clock that stands until it is moved on."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 24, 9, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def pass_by(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Feed:
    """A system whose changes are all there, and of which those that are `hidden` do not show yet."""

    def __init__(self, last: int = 0, epoch: str = "e1") -> None:
        self.last, self.epoch, self.hidden, self.clock = last, epoch, set[int](), Later()

    async def changes(self, request: Request) -> Response:
        numbers = range(int(request.query_params["after"]) + 1, self.last + 1)
        return JSONResponse({"rows": [{"no": no} for no in numbers if no not in self.hidden], "last": self.last, "epoch": self.epoch})

    async def stock(self, _request: Request) -> Response:
        return JSONResponse({"rows": [{"sku": "S", "qty": 1}], "last": self.last, "epoch": self.epoch})


@asynccontextmanager
async def reader(feed: Feed) -> AsyncIterator[RestStock]:
    """A process that reads the system: what it remembers is gone with it."""
    routes = [Route("/changes", feed.changes), Route("/stock", feed.stock)]
    with serving(Starlette(routes=routes)) as url:
        options: dict[str, Any] = {"base_url": url, "stock": STOCK}
        built = build(Source(SourceCode("odd"), "WMS", "rest", options=options), NETWORK, feed.clock, environment={})
        try:
            assert isinstance(built.stock, RestStock)
            yield built.stock
        finally:
            await built.close()


async def read(stock: RestStock, cursor: str | None) -> Batch[Any]:
    return [batch async for batch in stock.changes(cursor)][-1]


def numbers(batch: Batch[Any]) -> list[int]:
    return [row.sequence for row in batch.rows]


async def test_a_process_that_begins_reads_again_what_may_not_have_shown() -> None:
    feed = Feed(5)
    feed.hidden = {4}
    async with reader(feed) as before:
        batch = await read(before, "e1|3")
        assert (numbers(batch), batch.cursor, batch.settled) == ([5], "e1|3", 3)
    async with reader(feed) as after:
        batch = await read(after, batch.cursor)
        assert (numbers(batch), batch.cursor, batch.settled) == ([5], "e1|3", 3)
        feed.hidden.clear()
        feed.clock.pass_by(5)
        assert numbers(await read(after, batch.cursor)) == [4, 5]


async def test_the_cursor_is_what_the_feed_had_come_to_a_while_ago() -> None:
    feed = Feed(5)
    async with reader(feed) as stock:
        batch = await read(stock, "e1|3")
        feed.clock.pass_by(OVERLAP_S / 2)
        feed.last = 8
        batch = await read(stock, batch.cursor)
        assert batch.cursor == "e1|3"
        feed.clock.pass_by(OVERLAP_S / 2)
        feed.last = 9
        assert (await read(stock, batch.cursor)).cursor == "e1|5"
        feed.clock.pass_by(OVERLAP_S / 2)
        assert (await read(stock, "e1|5")).cursor == "e1|8"


async def test_a_number_that_another_process_had_read_to_is_not_gone_back_behind() -> None:
    feed = Feed(5)
    async with reader(feed) as stock:
        await read(stock, "e1|3")
        feed.clock.pass_by(10 * OVERLAP_S)
        feed.last = 90
        assert (await read(stock, "e1|80")).cursor == "e1|80"


async def test_what_shows_after_a_page_without_rows_is_read() -> None:
    feed = Feed(7)
    feed.hidden = {6, 7}
    async with reader(feed) as stock:
        batch = await read(stock, "e1|5")
        assert (numbers(batch), batch.cursor) == ([], "e1|5")
        feed.hidden = {6}
        batch = await read(stock, batch.cursor)
        feed.hidden = set()
        assert numbers(await read(stock, batch.cursor)) == [6, 7]


async def test_a_snapshot_tells_everything_up_to_its_number() -> None:
    feed = Feed(40)
    async with reader(feed) as stock:
        cursors = [batch.cursor async for batch in stock.snapshot()]
        assert cursors == ["e1|40"]


async def test_a_feed_that_counts_anew_starts_its_cursors_anew() -> None:
    feed = Feed(40)
    async with reader(feed) as stock:
        await read(stock, "e1|39")
        feed.clock.pass_by(2 * OVERLAP_S)
        feed.last = 3
        assert (await read(stock, "e1|0")).cursor == "e1|0"
        feed.clock.pass_by(2 * OVERLAP_S)
        assert (await read(stock, "e1|0")).cursor == "e1|3"
