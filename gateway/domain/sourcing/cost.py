"""What a shipment costs: the carrier's tariff, handling, transfer, lateness, the place, and what its shelf gains or loses."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import reduce
from operator import attrgetter

from gateway.domain.location import Location
from gateway.domain.network import WeightBand
from gateway.domain.sourcing.problem import Way
from gateway.domain.sourcing_terms import CostTerms

FREE = Decimal(0)


@dataclass(frozen=True, slots=True)
class Cost:
    """Money by component, in the channel's currency; a credit is negative."""

    shipping: Decimal = FREE
    handling: Decimal = FREE
    transfer: Decimal = FREE
    stock_out: Decimal = FREE
    markdown_credit: Decimal = FREE
    lateness: Decimal = FREE
    location_penalty: Decimal = FREE

    @property
    def components(self) -> dict[str, Decimal]:
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @property
    def total(self) -> Decimal:
        sent = self.shipping + self.handling + self.transfer + self.lateness
        return sent + self.stock_out + self.markdown_credit + self.location_penalty

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(*map(Decimal.__add__, _amounts(self), _amounts(other)))

    def __sub__(self, other: "Cost") -> "Cost":
        return Cost(*map(Decimal.__sub__, _amounts(self), _amounts(other)))


_amounts: Callable[[Cost], tuple[Decimal, ...]] = attrgetter(*(each.name for each in fields(Cost)))


def joined(costs: Sequence[Cost]) -> Cost:
    """Return the sum; a single one as it is."""
    return reduce(Cost.__add__, costs) if costs else Cost()


def heaviest_parcel_g(way: Way) -> int | None:
    """Return the weight at which a parcel is full: the top band or the carrier's own limit; None without either."""
    full_g = max([band.up_to_g for band in way.bands]) if way.bands else None
    return way.max_weight_g if full_g is None else full_g if way.max_weight_g is None else min(full_g, way.max_weight_g)


def carries(way: Way, unit_weight_g: int, unit_volume_cm3: int = 0) -> bool:
    """Tell whether one unit fits into a parcel at all."""
    full_g = heaviest_parcel_g(way)
    return (full_g is None or unit_weight_g <= full_g) and (way.max_volume_cm3 is None or unit_volume_cm3 <= way.max_volume_cm3)


def parcels(way: Way, weight_g: int, volume_cm3: int = 0) -> tuple[int, Decimal]:
    """Return how many parcels a shipment makes and what the carrier asks.

    Its weight fills parcels one after the other, the rest in its own band; what their room does not hold goes in more of the lowest band.
    """
    count, price = parcels_by_weight(way, weight_g)
    more = 0 if way.max_volume_cm3 is None else max(0, -(-volume_cm3 // way.max_volume_cm3) - count)
    return count + more, price + more * lowest_price(way.bands)


def lowest_price(bands: Sequence[WeightBand]) -> Decimal:
    """Return what a parcel of the lowest band costs."""
    return min(bands, key=lambda band: band.up_to_g).price if bands else FREE


def parcels_by_weight(way: Way, weight_g: int) -> tuple[int, Decimal]:
    """Return how many parcels the weight makes and what the carrier asks: full ones first, the rest in its own band."""
    full_g = heaviest_parcel_g(way)
    if full_g is None or weight_g <= full_g:
        return 1, parcel_price(way.bands, weight_g)
    full, rest_g = divmod(weight_g, full_g)
    price = full * parcel_price(way.bands, full_g)
    return (full + 1, price + parcel_price(way.bands, rest_g)) if rest_g else (full, price)


def parcel_price(bands: Sequence[WeightBand], weight_g: int) -> Decimal:
    return min((band for band in bands if weight_g <= band.up_to_g), key=lambda band: band.up_to_g).price if bands else FREE


@dataclass(frozen=True, slots=True)
class Rates:
    """The terms as they hold at one place."""

    per_parcel: Decimal
    per_unit: Decimal
    penalty: Decimal


def rates(terms: CostTerms, place: Location) -> Rates:
    """Return what holds at a place: its own rule, then its kind's, then everyone's."""
    own = [rule for rule in terms.places if rule.location == place.code]
    kind = [rule for rule in terms.places if rule.location is None and rule.kind == place.kind]
    every = [rule for rule in terms.places if rule.location is None and rule.kind is None]
    rules = [*own, *kind, *every]
    return Rates(
        _first([rule.per_parcel for rule in rules], terms.per_parcel),
        _first([rule.per_unit for rule in rules], terms.per_unit),
        _first([rule.penalty for rule in rules], FREE),
    )


def _first(amounts: Sequence[Decimal | None], otherwise: Decimal) -> Decimal:
    return next((amount for amount in amounts if amount is not None), otherwise)


def shipment_cost(terms: CostTerms, way: Way, place: Location, units: int, weight_g: int, volume_cm3: int = 0) -> Cost:
    """Return what one shipment costs as a whole, without what its shelf gains or loses: it is priced by what it holds, not line by line."""
    return cost_at(rates(terms, place), terms, way, units, weight_g, volume_cm3)


def cost_at(here: Rates, terms: CostTerms, way: Way, units: int, weight_g: int, volume_cm3: int) -> Cost:
    """Return the same where the rates of a place are known."""
    count, price = parcels(way, weight_g, volume_cm3)
    return Cost(
        shipping=price,
        handling=here.per_parcel * count + here.per_unit * units,
        transfer=terms.transfer_per_parcel * count if way.transfer else FREE,
        lateness=terms.lateness_per_day * way.late_days,
        location_penalty=here.penalty,
    )
