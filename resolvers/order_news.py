"""News of orders for all who follow one in this process: one stream from the book of orders, however many listen."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.domain.errors import Unavailable
from gateway.domain.ids import Rid
from gateway.ports.order_book import OrderBook

REOPEN_AFTER_S = 1.0


class OrderNews:
    """Wakes those who listen to an order that changed. The stream is open while anybody listens; when it is lost all are woken."""

    def __init__(self, orders: OrderBook) -> None:
        self._orders = orders
        self._listeners: dict[Rid, set[asyncio.Event]] = {}
        self._following: asyncio.Task[None] | None = None

    @contextmanager
    def listening(self, rid: Rid) -> Iterator[asyncio.Event]:
        """Give an event that is set at each change of the order; whoever waits for it clears it."""
        changed = asyncio.Event()
        self._listeners.setdefault(rid, set()).add(changed)
        if self._following is None:
            self._following = asyncio.create_task(self._follow())
        try:
            yield changed
        finally:
            self._leave(rid, changed)

    def _leave(self, rid: Rid, changed: asyncio.Event) -> None:
        self._listeners[rid].discard(changed)
        if not self._listeners[rid]:
            del self._listeners[rid]
        if not self._listeners and self._following is not None:
            self._following.cancel()
            self._following = None

    async def _follow(self) -> None:
        while True:
            try:
                async for rid in self._orders.watch():
                    self._wake(rid)
            except Unavailable:
                pass
            for rid in list(self._listeners):
                self._wake(rid)
            await asyncio.sleep(REOPEN_AFTER_S)

    def _wake(self, rid: Rid) -> None:
        for changed in self._listeners.get(rid, ()):
            changed.set()
