"""A seeded retailer of many places to promise from: each with its own hours, capacity partly booked, pick-ups; three carriers."""

import random
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from gateway.domain.calendar import Period, WorkingCalendar
from gateway.domain.capacity import Room
from gateway.domain.ids import ChannelCode, LocationCode, Sku, SourceCode
from gateway.domain.location import Address, CapacityRule, Location, LocationKind, Pickup
from gateway.domain.network import Carrier, CarrierService, Channel, DeliveryService, Fee, WeightBand, Zone
from gateway.domain.promise.options import Destination, PromiseFacts, PromiseRequest
from gateway.domain.quantities import GeoPosition, SkuQuantity
from gateway.domain.stock import Inbound, StockPosition

PARIS = "Europe/Paris"
NOW = datetime(2025, 6, 26, 7, 30, tzinfo=UTC)
CITIES = (("75011", 48.86, 2.38), ("69003", 45.76, 4.85), ("13002", 43.30, 5.37), ("31000", 43.60, 1.44), ("67000", 48.58, 7.75))
BANDS = tuple(WeightBand(grams, Decimal(price)) for grams, price in ((500, "4.55"), (2000, "5.90"), (5000, "8.20"), (30_000, "19.90")))
NEAR = ("75", "77", "78", "91", "92", "93", "94", "95")
COLIS = Carrier(
    "colis", "Colis", (CarrierService("domicile", zones=(Zone("FR", NEAR, (1, 2), bands=BANDS), Zone("FR", (), (2, 3), bands=BANDS))),)
)
RAPIDE = Carrier("rapide", "Rapide", (CarrierService("express", zones=(Zone("FR", transit_hours=Decimal(24), bands=BANDS),)),))
COURSIER = Carrier(
    "coursier", "Coursier", (CarrierService("ville", zones=(Zone("FR", transit_hours=Decimal(3), bands=BANDS),), radius_m=8_000),)
)
SERVICES = (
    DeliveryService("standard", "Standard", "SHIP", ("colis/domicile",), (Fee(Decimal("4.90")),)),
    DeliveryService("express", "Express", "SHIP", ("rapide/express",), (Fee(Decimal("12.90")),)),
    DeliveryService("tonight", "Tonight", "COURIER", ("coursier/ville",), (Fee(Decimal("9.90")),), kinds=("STORE",)),
    DeliveryService("collect", "Click & collect", "PICKUP", kinds=("STORE",)),
    DeliveryService("to_store", "To your store", "SHIP_TO_STORE", ("colis/domicile",), kinds=("WAREHOUSE",)),
)
HOURS = (("09:00", "12:00", "14:00", "19:00"), ("10:00", "19:00"), ("09:30", "20:00"))
PLACE_SERVICES = ("SHIP", "COURIER", "PICKUP", "SHIP_TO_STORE")


def calendar(dice: random.Random) -> WorkingCalendar:
    hours = [time.fromisoformat(hour) for hour in dice.choice(HOURS)]
    periods = tuple(Period(opens, closes) for opens, closes in zip(hours[::2], hours[1::2], strict=True))
    closed = {date(2025, 7, 14): (), date(2025, 6, 27 + dice.randrange(4)): periods[:1]}
    return WorkingCalendar(PARIS, dict.fromkeys(dice.choice((range(1, 6), range(1, 7), range(2, 7))), periods), closed)


def place(n: int, dice: random.Random) -> Location:
    kind: LocationKind = "WAREHOUSE" if n % 50 == 0 else "STORE"
    postcode, latitude, longitude = CITIES[n % len(CITIES)]
    rule = dice.choice((None, CapacityRule(20), CapacityRule(per_shift=(15, 25), unit="UNITS")))
    return Location(
        LocationCode(f"L{n:04}"),
        f"Place {n}",
        kind,
        PARIS,
        SourceCode("wms"),
        address=Address("FR", postal_code=postcode),
        position=GeoPosition(latitude + dice.uniform(-0.3, 0.3), longitude + dice.uniform(-0.3, 0.3)),
        services=PLACE_SERVICES,
        opening=calendar(dice),
        lead_time=timedelta(minutes=15 * dice.randrange(3)),
        processing_time=timedelta(minutes=30 * dice.randrange(1, 5)),
        preparation_time=timedelta(hours=1),
        pickups=(Pickup("17:30", "15:00", (1, 2, 3, 4, 5, 6), "colis"), Pickup("19:00", "17:00", (1, 2, 3, 4, 5))),
        capacity=rule,
    )


def retailer(places: int, skus: int, seed: int = 1) -> PromiseFacts:
    """Return the facts of one moment: each sku lies at seven of ten places, a unit to a dozen."""
    dice = random.Random(seed)
    locations = {one.code: one for one in (place(n, dice) for n in range(places))}
    rooms = {
        code: {(date(2025, 6, 26), 0): Room(20, dice.randrange(-1, 4))}
        for code, one in locations.items()
        if one.capacity and dice.random() < 0.5
    }
    names = [Sku(f"S{n:03}") for n in range(skus)]
    positions = {sku: tuple(stocked(sku, one, dice) for one in locations.values() if dice.random() < 0.7) for sku in names}
    return PromiseFacts(
        channel=Channel(ChannelCode("web"), "Web", "EUR", PARIS, services=SERVICES),
        carriers={one.code: one for one in (COLIS, RAPIDE, COURSIER)},
        locations=locations,
        positions=positions,
        weight_g_by_sku={sku: dice.randrange(100, 3_000) for sku in names},
        value_by_sku={sku: Decimal(dice.randrange(5, 120)) for sku in names},
        holidays={"FR": frozenset({"2025-07-14", "2025-08-15"})},
        country_time_zone={"FR": PARIS},
        rooms=rooms,
    )


def stocked(sku: Sku, where: Location, dice: random.Random) -> StockPosition:
    lots = (Inbound("PURCHASE_ORDER", 5, 5, NOW + timedelta(days=6), "PO", "PO"),) if dice.random() < 0.1 else ()
    return StockPosition(sku, where.code, dice.randrange(0, 13), 0, 0, 0, dice.randrange(2), NOW, SourceCode("wms"), inbound=lots)


def baskets(facts: PromiseFacts, count: int, lines: int, seed: int = 2) -> list[PromiseRequest]:
    dice, names = random.Random(seed), list(facts.positions)
    found = []
    for _ in range(count):
        postcode, latitude, longitude = dice.choice(CITIES)
        destination = Destination("FR", postcode, GeoPosition(latitude, longitude))
        wanted = tuple(SkuQuantity(sku, dice.randrange(1, 4)) for sku in dice.sample(names, lines))
        found.append(PromiseRequest(wanted, destination))
    return found
