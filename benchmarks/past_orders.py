"""Made-up past orders over 55 places, compared under two profiles: how long it takes, and how that grows."""

import os
import random
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from gateway.domain.calendar import Period, WorkingCalendar
from gateway.domain.ids import ChannelCode, LocationCode, Sku, SourceCode
from gateway.domain.location import Address, Location, LocationKind, Pickup
from gateway.domain.network import Carrier, CarrierService, Channel, DeliveryService, WeightBand, Zone
from gateway.domain.promise.options import Destination, PromiseFacts
from gateway.domain.promise.passages import Passages
from gateway.domain.quantities import GeoPosition, SkuQuantity
from gateway.domain.simulation import PastGroup, PastOrder, Rivals
from gateway.domain.sourcing.problem import Outlook
from gateway.domain.sourcing_terms import CostTerms, PlaceCosts, SourcingProfile
from gateway.domain.stock import StockPosition
from gateway.simulate.spread import comparison
from resolvers.simulating import Prepared

NOW = datetime(2025, 6, 26, 6, tzinfo=UTC)
WEB = ChannelCode("web")
SKUS = 2_000
BANDS = (WeightBand(500, Decimal("4.95")), WeightBand(2000, Decimal("6.40")), WeightBand(30_000, Decimal("12.90")))
POST = Carrier(
    "post",
    services=(CarrierService("parcel", zones=(Zone("FR", transit_days=(1, 2), bands=BANDS), Zone("FR", ("20",), (3, 4), bands=BANDS))),),
)
SHOP = Channel(WEB, "Web", "EUR", "Europe/Paris", services=(DeliveryService("standard", "Standard", "SHIP", ("post/parcel",)),))
HELD = SourcingProfile("held", (WEB,))
TRIED = SourcingProfile("tried", (WEB,), costs=CostTerms(places=(PlaceCosts(kind="STORE", penalty=Decimal("2.50")),)))


def place(dice: random.Random, number: int) -> Location:
    kind: LocationKind = "WAREHOUSE" if number < 3 else "STORE"
    hours = (Period(datetime(1, 1, 1, 8).time(), datetime(1, 1, 1, 19).time()),)  # noqa: DTZ001 - a local hour
    return Location(
        LocationCode(f"L{number}"),
        f"Place {number}",
        kind,
        "Europe/Paris",
        SourceCode("s"),
        address=Address("FR", postal_code="75001"),
        position=GeoPosition(43 + dice.random() * 7, dice.random() * 7),
        services=("SHIP",),
        opening=WorkingCalendar("Europe/Paris", dict.fromkeys((1, 2, 3, 4, 5, 6), hours)),
        pickups=(Pickup("18:00", "15:00"),),
        processing_time=timedelta(hours=2),
    )


def facts(dice: random.Random) -> PromiseFacts:
    places = {each.code: each for each in (place(dice, number) for number in range(55))}
    skus = [Sku(f"K{number}") for number in range(SKUS)]
    levels = {sku: {code: dice.choice((0, 0, 1, 2, 6)) for code in places} for sku in skus}
    shops = [code for code, each in places.items() if each.kind == "STORE"]
    return PromiseFacts(
        SHOP,
        {"post": POST},
        places,
        {
            sku: tuple(StockPosition(sku, code, units, 0, 0, 0, 0, NOW, SourceCode("s")) for code, units in held.items() if units)
            for sku, held in levels.items()
        },
        weight_g_by_sku={sku: dice.choice((200, 500, 1200)) for sku in skus},
        value_by_sku={sku: Decimal(dice.choice((15, 40, 90))) for sku in skus},
        country_time_zone={"FR": "Europe/Paris"},
        profile=HELD,
        outlook_by_sku={
            sku: Outlook(dict.fromkeys(shops, dice.choice((0.01, 0.05, 0.3))), Decimal(8), {}, dice.choice((None, 30.0)), Decimal(20))
            for sku in skus
        },
    )


def orders(count: int) -> tuple[PastOrder, ...]:
    dice = random.Random(count)
    return tuple(
        PastOrder(
            str(number),
            WEB,
            (
                PastGroup(
                    "standard",
                    tuple(
                        SkuQuantity(Sku(f"K{sku}"), dice.choice((1, 1, 1, 2)))
                        for sku in dice.sample(range(SKUS), dice.choice((1, 1, 1, 2, 2, 3)))
                    ),
                    Destination("FR", f"{dice.randrange(1000, 95_999):05d}"),
                ),
            ),
        )
        for number in range(count)
    )


def run(counts: list[int], processes: int | None, tell: Callable[[str], None]) -> dict[str, Any]:
    known = replace(facts(random.Random(1)), passages=Passages())
    rivals = {WEB: Rivals(known, replace(known, profile=TRIED))}
    rows = []
    for count in counts:
        tell(f"{count} orders")
        ready = Prepared(orders(count), rivals, NOW)
        begun, cpu = time.perf_counter(), sum(os.times()[:4])
        found = comparison(ready, processes, lambda _count: None)
        seconds, used = time.perf_counter() - begun, sum(os.times()[:4]) - cpu
        rows.append(
            {
                "orders": count,
                "seconds": round(seconds, 1),
                "cpu_seconds": round(used, 1),
                "cpu_ms_per_order": round(used * 1000 / count, 2),
                "sourced": found.held.orders,
                "cost_difference": str(found.tried.cost - found.held.cost),
            }
        )
    return {"load": [round(each, 2) for each in os.getloadavg()], "processes": processes or os.cpu_count(), "rows": rows}


def table(figures: dict[str, Any]) -> str:
    head = f"{figures['processes']} processes, load {figures['load'][0]}; two profiles an order, 55 places"
    return "\n".join(
        [
            head,
            " orders  seconds  CPU s  CPU ms an order",
            *(f"{row['orders']:>7} {row['seconds']:>8} {row['cpu_seconds']:>6} {row['cpu_ms_per_order']:>16}" for row in figures["rows"]),
        ]
    )
