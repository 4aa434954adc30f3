"""What a shipment costs: carrier tariff by weight band, handling, transfer, lateness, penalty of the kind of place."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from gateway.domain.location import LocationKind
from gateway.domain.network import CostTerms, WeightBand
from gateway.domain.sourcing.problem import Way

FREE = Decimal(0)


@dataclass(frozen=True, slots=True)
class Cost:
    """Money by component, in the channel's currency."""

    shipping: Decimal = FREE
    handling: Decimal = FREE
    transfer: Decimal = FREE
    lateness: Decimal = FREE
    location_penalty: Decimal = FREE

    @property
    def total(self) -> Decimal:
        return self.shipping + self.handling + self.transfer + self.lateness + self.location_penalty

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.shipping + other.shipping,
            self.handling + other.handling,
            self.transfer + other.transfer,
            self.lateness + other.lateness,
            self.location_penalty + other.location_penalty,
        )


def heaviest_parcel_g(way: Way) -> int | None:
    """Return the weight at which a parcel is full: the top band or the carrier's own limit; None without either."""
    limits = [limit for limit in (max((band.up_to_g for band in way.bands), default=None), way.max_weight_g) if limit is not None]
    return min(limits, default=None)


def carries(way: Way, unit_weight_g: int) -> bool:
    """Tell whether one unit fits into a parcel at all."""
    full_g = heaviest_parcel_g(way)
    return full_g is None or unit_weight_g <= full_g


def parcels(way: Way, weight_g: int) -> tuple[int, Decimal]:
    """Return how many parcels the weight makes and what the carrier asks: full ones first, the rest in its own band."""
    full_g = heaviest_parcel_g(way)
    if full_g is None or weight_g <= full_g:
        return 1, _parcel_price(way.bands, weight_g)
    full, rest_g = divmod(weight_g, full_g)
    price = full * _parcel_price(way.bands, full_g)
    return (full + 1, price + _parcel_price(way.bands, rest_g)) if rest_g else (full, price)


def _parcel_price(bands: Sequence[WeightBand], weight_g: int) -> Decimal:
    return min((band for band in bands if weight_g <= band.up_to_g), key=lambda band: band.up_to_g).price if bands else FREE


def shipment_cost(terms: CostTerms, way: Way, kind: LocationKind, units: int, weight_g: int) -> Cost:
    """Return what one shipment costs as a whole: it is priced by what it holds, not line by line."""
    count, price = parcels(way, weight_g)
    return Cost(
        shipping=price,
        handling=terms.per_parcel * count + terms.per_unit * units,
        transfer=terms.transfer_per_parcel * count if way.transfer else FREE,
        lateness=terms.lateness_per_day * way.late_days,
        location_penalty=terms.by_kind.get(kind, FREE),
    )
