"""Whether a promise that was made for a destination, or for a part of one, holds for the address that the goods go to."""

from decimal import Decimal

from gateway.domain.network import DeliveryService
from gateway.domain.promise.charges import fee
from gateway.domain.promise.options import Destination
from gateway.domain.promise.road import normal_postcode, product_of, zone_of
from gateway.domain.promise.timetable import Timetable
from gateway.domain.promise.token import PromiseToken


def holds_for(timetable: Timetable, token: PromiseToken, service: DeliveryService, address: Destination) -> bool:
    """Tell whether what a token says is said of an address too.

    Of a promise for a postcode: the same one, however it is written. Of a promise for a country: one that the same zones of its carriers
    reach for the same fee by the same clock, so that its window is the same.
    """
    promised = Destination(token.country_code or "", token.postal_code)
    if promised.country_code.upper() != address.country_code.upper():
        return False
    if normal_postcode(promised.postal_code):
        return normal_postcode(promised.postal_code) == normal_postcode(address.postal_code)
    facts = timetable.facts
    value = sum((facts.value_by_sku.get(line.sku, Decimal(0)) * line.quantity for line in token.lines), Decimal(0))
    products = [product_of(facts.carriers, shipment.carrier_service) for shipment in token.shipments]
    return (
        all(product is not None and zone_of(product, promised) is zone_of(product, address) for product in products)
        and fee(service, value, promised) == fee(service, value, address)
        and timetable.time_zone(promised) == timetable.time_zone(address)
    )
