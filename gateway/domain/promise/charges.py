"""What a delivery costs the customer, and the air."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from gateway.domain.network import CarrierService, DeliveryService, Fee
from gateway.domain.promise.options import Destination
from gateway.domain.promise.road import normal_postcode


def fee(service: DeliveryService, basket_value: Decimal, destination: Destination | None) -> Decimal | None:
    """Return what the customer pays: the first fee whose basket value is reached and whose area the destination lies in.

    A service without fees is free; one with fees of which none fits is not offered (None).
    """
    if not service.fees:
        return Decimal(0)
    for entry in service.fees:
        if basket_value >= entry.from_basket and _lies_in(entry, destination):
            return entry.amount
    return None


def _lies_in(entry: Fee, destination: Destination | None) -> bool:
    country = destination.country_code.upper() if destination else None
    postcode = normal_postcode(destination.postal_code if destination else None)
    prefixes = tuple(map(normal_postcode, entry.postcode_prefixes))
    return (not entry.countries or country in {code.upper() for code in entry.countries}) and (
        not prefixes or postcode.startswith(prefixes)
    )


def carbon_g(trips: Iterable[tuple[int, int | None, CarrierService]]) -> int | None:
    """Return the sum of weight x distance x factor over (weight in g, distance in m, product); None when a distance is unknown."""
    total = Decimal(0)
    for weight_g, meters, product in trips:
        if meters is None:
            return None
        total += Decimal(weight_g) * meters * product.carbon_g_per_kg_km / 1_000_000
    return int(total.quantize(Decimal(1), ROUND_HALF_UP))
