"""What routing must know of this world: places, kinds of source, and who takes messages."""

from collections.abc import Mapping

from gateway.domain.ids import LocationCode, SourceCode
from gateway.domain.location import Location
from gateway.domain.network import Network, SourceKind
from gateway.domain.ordering.routing import Surroundings
from resolvers.context import World

ORDER_TAKERS: tuple[SourceKind, ...] = ("ERP", "COMMERCE")
"""Kinds of source that are told of whole orders, the first one found."""


def routing_facts(world: World, locations: Mapping[LocationCode, Location]) -> Surroundings:
    takers = frozenset(code for code, ports in world.sources.items() if ports.hand_over)
    return Surroundings(
        locations=locations,
        kind_by_source={source.code: source.kind for source in world.network.sources},
        takers=takers,
        order_taker=order_taker(world.network, takers),
    )


def order_taker(network: Network, takers: frozenset[SourceCode]) -> SourceCode | None:
    candidates = [source for kind in ORDER_TAKERS for source in network.sources if source.kind == kind and source.code in takers]
    return candidates[0].code if candidates else None
