"""What the promise engine says to a command: with the units of the caller's own hold, and without those that the order takes already."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gateway.domain.capacity import Room, Rooms
from gateway.domain.catalogue import Product
from gateway.domain.claims.documents import Claim
from gateway.domain.delivery_group import PlannedShipment
from gateway.domain.exclusion import ExclusionReason
from gateway.domain.ids import LocationCode, Sku, StockKey, capacity_named
from gateway.domain.network import Channel, DeliveryService
from gateway.domain.promise.fences import fence_of_plan
from gateway.domain.promise.options import DeliveryOption, DeliveryOptions, PromiseFacts, PromiseRequest
from gateway.domain.promise.quote import delivery_options
from gateway.domain.promise.sheet import Fence
from gateway.domain.promise.taken import Shelf, has_room, has_units, without
from gateway.domain.quantities import SkuQuantity
from gateway.domain.stock import StockPosition, available_to_sell
from resolvers.context import Context
from resolvers.questions.promise_facts import promise_facts, units_held

LOST: dict[ExclusionReason, str] = {
    "NO_STOCK": "The goods that were promised are gone.",
    "CAPACITY_FULL": "The place that was to prepare it is full by now.",
    "REFUSED_BEFORE": "The place that was to prepare it has refused this order.",
}


def lost(reason: ExclusionReason) -> Fence:
    return Fence(reason, LOST[reason])


@dataclass
class Quoter:
    """One order's questions to the engine; `taken` is what its groups have taken so far."""

    context: Context
    channel: Channel
    products: Mapping[Sku, Product]
    own: tuple[Claim, ...] = ()
    taken: list[PlannedShipment] = field(default_factory=list)
    gone: set[Shelf] = field(default_factory=set)
    """Positions that the ledger found short: nothing more is planned there, nor of what they still get."""
    refused: frozenset[LocationCode] = frozenset()
    """Places that have refused this order before."""
    full: dict[StockKey, int] = field(default_factory=dict)
    """Shifts that the ledger found short, and the room that they have."""

    def options(self, request: PromiseRequest, *, held_only: bool = False) -> DeliveryOptions:
        request = replace(request, refused=self.refused)
        return delivery_options(request, self.facts(held_only=held_only), self.context.now)

    def again_from(self, planned: PlannedShipment, request: PromiseRequest) -> DeliveryOptions:
        """Return the options for what a shipment of the order's own sends: what it takes is free to it."""
        return replace(self, taken=[one for one in self.taken if one is not planned]).options(request)

    def facts(self, *, held_only: bool = False) -> PromiseFacts:
        facts = promise_facts(self.context, self.channel, self.products.values(), self.own)
        if held_only:
            held = units_held(self.own)
            facts = replace(facts, positions={sku: tuple(only_held(at, held) for at in found) for sku, found in facts.positions.items()})
        if self.gone:
            facts = replace(facts, positions={sku: tuple(map(self._emptied, found)) for sku, found in facts.positions.items()})
        return without(replace(facts, rooms=with_found(facts.rooms, self.full)), self.taken)

    def _emptied(self, at: StockPosition) -> StockPosition:
        if (at.sku, at.location) not in self.gone:
            return at
        return replace(at, allocated=at.allocated + max(0, available_to_sell(at)), inbound=())

    def available(self, shelf: Shelf, facts: PromiseFacts) -> int:
        found = (at for at in facts.positions.get(shelf[0], ()) if at.location == shelf[1] and at.sellable)
        return sum(max(0, available_to_sell(at)) for at in found)

    def missing(self, shipments: Sequence[PlannedShipment], service: DeliveryService, pickup: LocationCode | None) -> Fence | None:
        """Return what a plan's places lack of what it takes there, or what keeps them from it by now; None: it can be had as it is."""
        facts = self.facts()
        fence = fence_of_plan(facts, service, [shipment.location for shipment in shipments], pickup)
        if fence is not None:
            return fence
        if any(shipment.location in self.refused for shipment in shipments):
            return lost("REFUSED_BEFORE")
        if not has_units(facts, shipments, self.context.now):
            return lost("NO_STOCK")
        return None if has_room(facts, [slot for shipment in shipments for slot in shipment.slots]) else lost("CAPACITY_FULL")

    def take(self, shipments: Iterable[PlannedShipment]) -> None:
        self.taken.extend(shipments)


def with_found(rooms: Mapping[LocationCode, Rooms], full: Mapping[StockKey, int]) -> dict[LocationCode, Rooms]:
    """Return the rooms with what the ledger has said of some of them."""
    found = dict(rooms)
    for key, free in full.items():
        place, day, shift = capacity_named(key)
        known = found.get(place, {}).get((day, shift), Room(free, free))
        found[place] = {**found.get(place, {}), (day, shift): Room(known.units, free)}
    return found


def only_held(at: StockPosition, held: Mapping[Shelf, int]) -> StockPosition:
    """Return a position as if there were nothing but the caller's own held units, which are surely there."""
    units = held.get((at.sku, at.location), 0)
    return replace(at, stated=units, reserved=0, allocated=0, safety_stock=0, sellable=units > 0, inbound=())


def gathered(lines: Iterable[tuple[Sku, int]]) -> tuple[SkuQuantity, ...]:
    units: dict[Sku, int] = {}
    for sku, quantity in lines:
        units[sku] = units.get(sku, 0) + quantity
    return tuple(SkuQuantity(sku, quantity) for sku, quantity in units.items() if quantity)


def first_option(options: DeliveryOptions) -> DeliveryOption | None:
    return options.options[0] if options.options else None
