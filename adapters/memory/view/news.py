"""Who waits for news of which skus."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Collection

from gateway.domain.ids import Sku


class Listener:
    """What one has not been told yet: steps are lost when it is slow, never that there was one."""

    def __init__(self, skus: frozenset[Sku]) -> None:
        self.skus = skus
        self.untold: set[Sku] = set()
        self.woken = asyncio.Event()

    def tell(self, skus: Collection[Sku]) -> None:
        self.untold.update(skus)
        self.woken.set()


class News:
    def __init__(self) -> None:
        self._listeners_by_sku: dict[Sku, set[Listener]] = defaultdict(set)

    def tell(self, sku: Sku) -> None:
        for listener in self._listeners_by_sku.get(sku, ()):
            listener.tell((sku,))

    def tell_all(self) -> None:
        """Everything may have changed: wake everybody for all that they asked about."""
        for listener in {listener for listeners in self._listeners_by_sku.values() for listener in listeners}:
            listener.tell(listener.skus)

    async def of(self, skus: Collection[Sku]) -> AsyncGenerator[set[Sku], None]:
        """Yield which of the skus changed since the last time; what happens before the first step is not told."""
        listener = Listener(frozenset(skus))
        for sku in listener.skus:
            self._listeners_by_sku[sku].add(listener)
        try:
            while True:
                await listener.woken.wait()
                listener.woken.clear()
                told, listener.untold = listener.untold, set()
                yield told
        finally:
            self._forget(listener)

    def _forget(self, listener: Listener) -> None:
        for sku in listener.skus:
            self._listeners_by_sku[sku].discard(listener)
            if not self._listeners_by_sku[sku]:
                del self._listeners_by_sku[sku]
