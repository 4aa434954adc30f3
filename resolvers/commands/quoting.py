"""What the promise engine says to a command: with the units of the caller's own hold, and without those that the order takes already."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from gateway.domain.catalogue import Product
from gateway.domain.claims.documents import Claim
from gateway.domain.ids import LocationCode, Sku
from gateway.domain.network import Channel
from gateway.domain.order import PlannedShipment
from gateway.domain.promise.options import DeliveryOption, DeliveryOptions, PromiseFacts, PromiseRequest
from gateway.domain.promise.quote import delivery_options
from gateway.domain.quantities import SkuQuantity
from gateway.domain.stock import StockPosition, available_to_sell
from resolvers.context import Context
from resolvers.questions.promise_facts import promise_facts, units_held

Shelf = tuple[Sku, LocationCode]


@dataclass
class Quoter:
    """One order's questions to the engine; `taken` are units that its groups have taken so far."""

    context: Context
    channel: Channel
    products: Mapping[Sku, Product]
    own: tuple[Claim, ...] = ()
    taken: Counter[Shelf] = field(default_factory=Counter)
    gone: set[Shelf] = field(default_factory=set)
    """Positions that the ledger found short: nothing more is planned there."""

    def options(self, request: PromiseRequest, *, held_only: bool = False) -> DeliveryOptions:
        return delivery_options(request, self.facts(held_only=held_only), self.context.now)

    def facts(self, *, held_only: bool = False) -> PromiseFacts:
        facts = promise_facts(self.context, self.channel, self.products.values(), self.own)
        held = units_held(self.own)
        change = (lambda at: only_held(at, held)) if held_only else (lambda at: at)
        return replace(facts, positions={sku: tuple(self._left(change(at)) for at in found) for sku, found in facts.positions.items()})

    def _left(self, at: StockPosition) -> StockPosition:
        here = (at.sku, at.location)
        used = max(0, available_to_sell(at)) if here in self.gone else self.taken[here]
        return replace(at, allocated=at.allocated + used) if used else at

    def available(self, shelf: Shelf, facts: PromiseFacts) -> int:
        found = (at for at in facts.positions.get(shelf[0], ()) if at.location == shelf[1] and at.sellable)
        return sum(max(0, available_to_sell(at)) for at in found)

    def has(self, shipments: Iterable[PlannedShipment]) -> bool:
        """Tell whether every place of a plan still has what the plan takes there."""
        facts = self.facts()
        return all(self.available(shelf, facts) >= units for shelf, units in units_of(shipments).items())

    def take(self, shipments: Iterable[PlannedShipment]) -> None:
        self.taken.update(units_of(shipments))


def units_of(shipments: Iterable[PlannedShipment]) -> Counter[Shelf]:
    units = Counter[Shelf]()
    for shipment in shipments:
        for line in shipment.lines:
            units[line.sku, shipment.location] += line.quantity
    return units


def only_held(at: StockPosition, held: Mapping[Shelf, int]) -> StockPosition:
    """Return a position as if there were nothing but the caller's own held units, which are surely there."""
    units = held.get((at.sku, at.location), 0)
    return replace(at, stated=units, reserved=0, allocated=0, safety_stock=0, sellable=units > 0)


def gathered(lines: Iterable[tuple[Sku, int]]) -> tuple[SkuQuantity, ...]:
    units: dict[Sku, int] = {}
    for sku, quantity in lines:
        units[sku] = units.get(sku, 0) + quantity
    return tuple(SkuQuantity(sku, quantity) for sku, quantity in units.items() if quantity)


def first_option(options: DeliveryOptions) -> DeliveryOption | None:
    return options.options[0] if options.options else None
