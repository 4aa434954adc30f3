"""A small retailer to quote from: a warehouse near Paris, shops in Lyon and Nantes, one parcel carrier and a courier."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from gateway.domain.calendar import Period, WorkingCalendar
from gateway.domain.ids import ChannelCode, LocationCode, Sku, SourceCode
from gateway.domain.location import Address, Location, Pickup
from gateway.domain.network import Carrier, CarrierService, Channel, DeliveryService, Fee, WeightBand, Zone
from gateway.domain.promise.options import Destination, PromiseFacts
from gateway.domain.quantities import GeoPosition
from gateway.domain.stock import StockPosition

PARIS_TIME = "Europe/Paris"
A, B = Sku("A"), Sku("B")
WAREHOUSE, LYON, NANTES = LocationCode("WH"), LocationCode("LYO"), LocationCode("NTE")
THURSDAY_8 = datetime(2025, 6, 26, 6, tzinfo=UTC)
"""08:00 in Paris."""


def at(day: str, hour: str = "00:00", zone_offset_h: int = 2) -> datetime:
    """Return the instant of a local time in Paris (summer time unless told)."""
    return datetime.combine(date.fromisoformat(day), time.fromisoformat(hour), UTC) - timedelta(hours=zone_offset_h)


def hours(*periods: str, days: tuple[int, ...] = (1, 2, 3, 4, 5), time_zone: str = PARIS_TIME) -> WorkingCalendar:
    spans = tuple(Period(*(time.fromisoformat(end) for end in period.split("-"))) for period in periods)
    return WorkingCalendar(time_zone, dict.fromkeys(days, spans))


def shop(code: LocationCode, name: str, postcode: str, latitude: float, longitude: float) -> Location:
    return Location(
        code,
        name,
        "STORE",
        PARIS_TIME,
        SourceCode("pos"),
        address=Address("FR", postal_code=postcode, city=name),
        position=GeoPosition(latitude, longitude),
        services=("SHIP", "COURIER", "PICKUP", "SHIP_TO_STORE", "RESERVE_IN_STORE", "CARRY_OUT"),
        opening=hours("10:00-19:00", days=(1, 2, 3, 4, 5, 6)),
        pickups=(Pickup("18:00", "16:00"),),
        processing_time=timedelta(hours=1),
    )


PLACES = {
    WAREHOUSE: Location(
        WAREHOUSE,
        "Gonesse",
        "WAREHOUSE",
        PARIS_TIME,
        SourceCode("wms"),
        address=Address("FR", postal_code="95500", city="Gonesse"),
        position=GeoPosition(48.9876, 2.4494),
        services=("SHIP",),
        opening=hours("07:00-20:00"),
        pickups=(Pickup("18:00", "14:00"),),
        processing_time=timedelta(hours=2),
    ),
    LYON: shop(LYON, "Lyon", "69002", 45.7493, 4.8262),
    NANTES: shop(NANTES, "Nantes", "44000", 47.2316, -1.5483),
}
BANDS = (WeightBand(1000, Decimal("4.00")), WeightBand(5000, Decimal("6.00")))
POST = Carrier(
    "post",
    "Post",
    (
        CarrierService("parcel", zones=(Zone("FR", transit_days=(1, 2), bands=BANDS), Zone("FR", ("20",), (3, 4), bands=BANDS))),
        CarrierService("slow", zones=(Zone("FR", transit_days=(3, 3), bands=(WeightBand(9000, Decimal("2.00")),)),)),
    ),
)
BIKE = Carrier(
    "bike",
    "Bike",
    (CarrierService("city", zones=(Zone("FR", transit_hours=Decimal(2), bands=(WeightBand(8000, Decimal("5.00")),)),), radius_m=8000),),
)
STANDARD = DeliveryService("standard", "Standard", "SHIP", ("post/parcel",), (Fee(Decimal(0), Decimal(50)), Fee(Decimal("4.90"))))
COURIER = DeliveryService("tonight", "Tonight", "COURIER", ("bike/city",), (Fee(Decimal("9.90")),), kinds=("STORE",))
COLLECT = DeliveryService("collect", "Click & collect", "PICKUP", kinds=("STORE",))
TO_STORE = DeliveryService("to-store", "To your store", "SHIP_TO_STORE", ("post/parcel",), kinds=("WAREHOUSE",))
RESERVE = DeliveryService("try-on", "Try on", "RESERVE_IN_STORE", hold=timedelta(days=2))
TAKE = DeliveryService("take", "Take along", "CARRY_OUT")
WEB = Channel(ChannelCode("web"), "Web", "EUR", PARIS_TIME, services=(STANDARD, COURIER, COLLECT, TO_STORE, RESERVE, TAKE))
LYON_HOME = Destination("FR", "69003", GeoPosition(45.7600, 4.8500))


def shelf(sku: Sku, location: LocationCode, units: int, **changes: object) -> StockPosition:
    position = StockPosition(sku, location, units, 0, 0, 0, 0, THURSDAY_8 - timedelta(minutes=1), PLACES[location].source)
    return replace(position, **changes)  # type: ignore[arg-type]


def facts(stock: Mapping[tuple[Sku, LocationCode], int], **changes: object) -> PromiseFacts:
    positions: dict[Sku, tuple[StockPosition, ...]] = {}
    for (sku, location), units in stock.items():
        positions[sku] = (*positions.get(sku, ()), shelf(sku, location, units))
    known = PromiseFacts(
        WEB,
        {"post": POST, "bike": BIKE},
        PLACES,
        positions,
        weight_g_by_sku={A: 400, B: 900},
        value_by_sku={A: Decimal(20), B: Decimal(35)},
        country_time_zone={"FR": PARIS_TIME},
    )
    return replace(known, **changes)  # type: ignore[arg-type]
