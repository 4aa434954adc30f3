"""The share of past promises that were kept, by service and kind of place, as this process last counted it."""

import asyncio
import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from gateway.domain.errors import Unavailable
from gateway.domain.ids import ChannelCode, LocationCode
from gateway.domain.location import Location
from gateway.domain.ordering.outcomes import Likeness, OutcomeCount, kept_shares, kinds_of
from gateway.ports.order_book import OrderBook

MOMENT_S = 0.05
"""How long a request waits for the count that it starts."""


@dataclass(frozen=True, slots=True)
class Judging:
    """Which promises count: those of so many days, of the newest so many orders; counted again every so often."""

    days: int = 90
    most_orders: int = 20_000
    every_s: float = 300.0


class PromiseRecord:
    """Counted in the background when it is old; what cannot be counted stays as it was."""

    def __init__(self, orders: OrderBook, judging: Judging) -> None:
        self._orders, self._judging = orders, judging
        self._counts: tuple[OutcomeCount, ...] = ()
        self._shares: tuple[Mapping[LocationCode, Location], Mapping[Likeness, float]] | None = None
        self._counted_at_s = float("-inf")
        self._counting: asyncio.Task[None] | None = None

    def refresh(self, now: datetime) -> asyncio.Task[None] | None:
        """Start to count anew if the last count is old; return the counting that is under way."""
        under_way = self._counting is not None and not self._counting.done()
        if not under_way and monotonic() - self._counted_at_s >= self._judging.every_s:
            self._counted_at_s = monotonic()
            self._counting = asyncio.create_task(self._count(now), name="promise record")
        return self._counting

    async def refreshed(self, now: datetime) -> None:
        """Start to count anew if the last count is old, and give it a moment."""
        counting = self.refresh(now)
        if counting is not None and not counting.done():
            await asyncio.wait([counting], timeout=MOMENT_S)

    async def _count(self, now: datetime) -> None:
        with contextlib.suppress(Unavailable):
            since = now - timedelta(days=self._judging.days)
            self._counts, self._shares = tuple(await self._orders.outcomes(since, now, self._judging.most_orders)), None

    def share(
        self, channel: ChannelCode, service: str, places: Iterable[LocationCode], locations: Mapping[LocationCode, Location]
    ) -> float | None:
        """Return the kept share of promises like one from these places; None: there are too few."""
        if self._shares is None or self._shares[0] is not locations:
            self._shares = locations, kept_shares(self._counts, locations)
        return self._shares[1].get((channel, service, kinds_of(places, locations)))
