"""A source's places as the gateway holds them: read from the source, where it tells them, with the network file laid over."""

from dataclasses import replace

from gateway.domain.feeds import Batch, LocationRow
from gateway.domain.ids import SourceCode
from gateway.domain.network import Network
from gateway.network.overrides import apply_overrides, defined
from gateway.ports.sources import LocationSource
from gateway.ports.stores import Clock


class NetworkLocations:
    """A LocationSource over a source's own (None: it tells no places, the file defines them)."""

    def __init__(self, network: Network, source: SourceCode, inner: LocationSource | None, clock: Clock) -> None:
        self._network, self._source, self._inner, self._clock = network, source, inner, clock

    async def locations(self) -> Batch[LocationRow]:
        told: Batch[LocationRow] = await self._inner.locations() if self._inner else Batch((), asked_at=self._clock.now())
        places = apply_overrides(told.rows, self._network, self._clock.now().date())
        mine = {place.code for place in told.rows}
        return replace(told, rows=tuple(place for place in places if place.code in mine or place.source == self._source))


def has_locations(network: Network, source: SourceCode) -> bool:
    """Tell whether the file defines places of a source by itself."""
    return any(place.source == source for override in network.locations if (place := defined(override, network)))
