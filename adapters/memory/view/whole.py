"""The view of all positions: compact arrays, and ready answers for the skus that were asked for last."""

import time
from collections.abc import Callable, Collection
from datetime import datetime

from adapters.memory.view.positions import Positions
from gateway.domain.ids import LocationCode, Sku, StockKey
from gateway.ports.ledger import StockState

READY = 2_000
"""Skus whose states are kept ready: their objects weigh four times what the arrays hold of them."""
NEVER = float("inf")


class WholeView:
    """Answers from what it was last told. `positions` are replaced whole when they are filled anew; until then the old ones answer."""

    def __init__(self, now_s: Callable[[], float] = time.time) -> None:
        self._now_s = now_s
        self._positions = Positions()
        self._filled = False
        self._current_at_s = -NEVER
        self._ready: dict[Sku, tuple[datetime, datetime | None, tuple[StockState, ...]]] = {}
        """By sku from when until when its states hold."""

    def states(self, sku: Sku, now: datetime) -> tuple[StockState, ...]:
        ready = self._ready.get(sku)
        if ready is not None and ready[0] <= now and (ready[1] is None or now < ready[1]):
            return ready[2]
        states = self._positions.states(sku, now)
        if ready is None and len(self._ready) >= READY:
            del self._ready[next(iter(self._ready))]
        self._ready[sku] = (now, self._positions.ends_at(sku, now), states)
        return states

    def knows(self, sku: Sku, location: LocationCode) -> bool:
        return self._positions.knows(sku, location)

    def skus_at(self, locations: Collection[LocationCode]) -> frozenset[Sku]:
        return self._positions.skus_at(locations)

    def free_total(self, sku: Sku) -> int:
        return self._positions.free_total(sku)

    @property
    def lag_s(self) -> float:
        return max(0.0, self._now_s() - self._current_at_s)

    @property
    def filled(self) -> bool:
        return self._filled

    def __len__(self) -> int:
        return len(self._positions)

    def put(self, key: StockKey, state: StockState | None) -> Sku:
        """Take in what a position is now (None: it is gone); return its sku."""
        sku = self._positions.put(state) if state is not None else self._positions.remove(key)
        self._ready.pop(sku, None)
        return sku

    def replace(self, positions: Positions, read_at: datetime) -> None:
        """Answer from newly filled positions, whose reading began at this moment."""
        self._positions, self._filled = positions, True
        self._ready.clear()
        self.confirm(read_at)

    def confirm(self, at: datetime) -> None:
        """Know that everything written up to this moment has come in."""
        self._current_at_s = max(self._current_at_s, at.timestamp())
