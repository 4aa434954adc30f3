"""The places of a Tryton database: its warehouses, which may be shops."""

from collections.abc import Sequence

from adapters.mapping.places import LocationMaker
from adapters.tryton import payloads
from adapters.tryton.client import Reader
from adapters.tryton.warehouses import warehouses
from gateway.domain.feeds import Batch, LocationRow
from gateway.domain.location import LocationKind, LocationService


class TrytonLocations:
    """A LocationSource. Hours, lead times and carriers' calls are not Tryton's to tell: the network file says them."""

    def __init__(
        self, reader: Reader, wanted: Sequence[str], make: LocationMaker, kind: LocationKind, services: Sequence[LocationService]
    ) -> None:
        self._reader, self._wanted, self._make, self._kind, self._services = reader, wanted, make, kind, services

    async def locations(self) -> Batch[LocationRow]:
        told = await warehouses(self._reader, "locations", self._wanted)
        rows, rejected = payloads.made(told.rows, lambda row: payloads.warehouse(row, self._kind, self._services), self._make)
        return Batch(rows, rejected, told.asked_at)
