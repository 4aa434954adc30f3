"""A source's places as the gateway holds them: read from the source, where it tells them, with the network file laid over."""

from dataclasses import replace

from gateway.domain.feeds import Batch, LocationRow
from gateway.domain.ids import SourceCode
from gateway.domain.network import Network
from gateway.network.overrides import Held, defined, held_locations
from gateway.ports.sources import LocationSource
from gateway.ports.stores import Clock


class NetworkLocations:
    """A LocationSource over a source's own (None: it tells no places, the file defines them)."""

    def __init__(self, network: Network, source: SourceCode, inner: LocationSource | None, clock: Clock) -> None:
        self._network, self._source, self._inner, self._clock = network, source, inner, clock

    async def locations(self) -> Batch[LocationRow]:
        told, held = await self.held()
        return replace(told, rows=tuple(one.location for one in held))

    async def held(self) -> tuple[Batch[LocationRow], list[Held]]:
        """Return what the source told, and its places as they hold with the word of who said so."""
        told: Batch[LocationRow] = await self._inner.locations() if self._inner else Batch((), asked_at=self._clock.now())
        mine = {place.code for place in told.rows}
        places = held_locations(told.rows, self._network, self._clock.now().date())
        return told, [one for one in places if one.location.code in mine or one.location.source == self._source]


def has_locations(network: Network, source: SourceCode) -> bool:
    """Tell whether the file defines places of a source by itself."""
    return any(place.source == source for override in network.locations if (place := defined(override, network)))
