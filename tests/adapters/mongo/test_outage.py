"""The database killed and started again: writers are told, readers go on with the last figures and their age, nothing is missed."""

import asyncio
import os
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.memory.view.follower import Pace, ViewFollower
from adapters.memory.view.whole import WholeView
from adapters.mongo.catalogue_store import MongoCatalogueStore
from adapters.mongo.client import connect
from adapters.mongo.embedded import EmbeddedDatabase
from adapters.mongo.leases import MongoLeases
from adapters.mongo.stock_book import MongoStockBook
from adapters.mongo.writes import Bounds
from gateway.domain.errors import Unavailable
from gateway.domain.ids import Sku
from tests.contracts.stock_book import SKU, WMS, figure

IMPATIENT = Bounds(command_s=0.5, patience_s=0.6)


def free(view: WholeView) -> int:
    return view.states(SKU, datetime.now(UTC))[0].free


async def seen(view: WholeView, units: int) -> None:
    async with asyncio.timeout(20):
        while free(view) != units:  # noqa: ASYNC110 - the view tells nobody
            await asyncio.sleep(0.02)


async def caught_up(view: WholeView, away_s: float) -> None:
    """Wait until the view is less behind than the outage has left it."""
    async with asyncio.timeout(20):
        while view.lag_s >= away_s:  # noqa: ASYNC110 - the view tells nobody
            await asyncio.sleep(0.02)


@pytest.mark.scenario
async def test_the_view_outlives_the_database_and_catches_up_with_it(tmp_path: Path) -> None:
    server = EmbeddedDatabase(tmp_path, sync_on_commit=True).start()
    try:
        async with connect(server.uri, "shop", 1.0) as database:
            book, view = MongoStockBook(database, bounds=IMPATIENT), WholeView()
            follower = ViewFollower(book, view, Pace(beat_s=0.2, retry_s=0.1))
            await book.state_all(WMS, [figure(10, 5)])
            await follower.start()
            os.kill(server.pid or 0, signal.SIGKILL)
            for call in (
                book.state_all(WMS, [figure(9, 6)]),
                book.stream_token(),
                MongoCatalogueStore(database, IMPATIENT).products([Sku("A")]),
                MongoLeases(database, IMPATIENT).acquire("sync", "me", 1),
            ):
                with pytest.raises(Unavailable):
                    await call
            assert (free(view), view.filled) == (10, True)
            away_s = view.lag_s
            assert away_s > 0.5
            server.stop()
            server = EmbeddedDatabase(tmp_path, server.port).start()
            assert not server.moved
            await book.state_all(WMS, [figure(8, 7)])
            await seen(view, 8)
            await book.state_all(WMS, [figure(7, 8)])
            await seen(view, 7)
            await caught_up(view, away_s)
            assert follower.metrics.losses >= 1
            await follower.stop()
    finally:
        server.stop()
