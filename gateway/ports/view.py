"""Positions in this process's memory: what availability is read from."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from gateway.domain.ids import LocationCode, Sku
from gateway.ports.ledger import StockState


class PositionView(Protocol):
    """Never waits and never does I/O. Contract: tests/contracts/position_view.py."""

    def states(self, sku: Sku, now: datetime) -> tuple[StockState, ...]:
        """Return every known position of the sku; markers of holds that ended by `now` are left out and count as free."""
        ...

    def knows(self, sku: Sku, location: LocationCode) -> bool: ...
    def skus_at(self, locations: Collection[LocationCode]) -> Collection[Sku]:
        """Return skus with free units at one of the locations."""
        ...

    def free_total(self, sku: Sku) -> int:
        """Return the free units over all locations, each never below 0: a first filter for `inStock`."""
        ...

    @property
    def lag_s(self) -> float:
        """How far behind the ledger this view is, in seconds; infinite before it is filled."""
        ...

    @property
    def filled(self) -> bool: ...
