"""The view as plain as it can be said: what the fast one is compared with."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from gateway.domain.ids import LocationCode, Sku, StockKey, sku_and_location
from gateway.ports.ledger import StockState


class PlainView:
    """Always current: it is told directly."""

    def __init__(self) -> None:
        self.state_by_key: dict[StockKey, StockState] = {}

    def put(self, key: StockKey, state: StockState | None) -> None:
        if state is None:
            self.state_by_key.pop(key, None)
        else:
            self.state_by_key[key] = state

    def states(self, sku: Sku, now: datetime) -> tuple[StockState, ...]:
        return tuple(without_ended_holds(state, now) for state in self._of(sku))

    def knows(self, sku: Sku, location: LocationCode) -> bool:
        return any(sku_and_location(state.key)[1] == location and state.as_of.timestamp() > 0 for state in self._of(sku))

    def skus_at(self, locations: Collection[LocationCode]) -> Collection[Sku]:
        named = ((sku_and_location(state.key), state.free) for state in self.state_by_key.values())
        return {sku for (sku, place), free in named if place in locations and free > 0}

    def free_total(self, sku: Sku) -> int:
        return sum(max(0, state.free) for state in self._of(sku))

    @property
    def lag_s(self) -> float:
        return 0.0

    @property
    def filled(self) -> bool:
        return True

    def _of(self, sku: Sku) -> list[StockState]:
        return [state for state in self.state_by_key.values() if sku_and_location(state.key)[0] == sku]


def without_ended_holds(state: StockState, now: datetime) -> StockState:
    ended = [marker for marker in state.markers if marker.expires_at is not None and marker.expires_at <= now]
    left = tuple(marker for marker in state.markers if marker not in ended)
    return replace(state, free=state.free + sum(marker.units for marker in ended), markers=left)
