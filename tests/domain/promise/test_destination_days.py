"""Days are counted where the goods arrive: as a carrier's zone says, as all of the country keeps time, else as the channel does."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway.domain.network import Zone
from gateway.domain.promise.listing import earliest_deliveries
from gateway.domain.promise.options import Destination, PromiseFacts
from gateway.domain.promise.passages import Passages
from tests.domain.promise.asking import asked, option
from tests.domain.retailer import BANDS, BIKE, LYON, PARIS_TIME, PLACES, POST, THURSDAY_8, WAREHOUSE, WEB, A, B, facts

REUNION, LONDON, AUCKLAND = "Indian/Reunion", "Europe/London", "Pacific/Auckland"
ABROAD = (
    Zone("GB", transit_days=(2, 2), bands=BANDS),
    Zone("US", transit_days=(3, 3), bands=BANDS),
    Zone("NZ", transit_days=(4, 4), bands=BANDS, time_zone=AUCKLAND),
    Zone("FR", ("974",), (5, 5), bands=BANDS, time_zone=REUNION),
)


def known(**changes: object) -> PromiseFacts:
    parcel, *others = POST.services
    post = replace(POST, services=(replace(parcel, zones=(*parcel.zones, *ABROAD)), *others))
    stock = {(A, WAREHOUSE): 5, (B, LYON): 5}
    own = {"carriers": {"post": post, "bike": BIKE}, "country_time_zone": {"FR": PARIS_TIME, "GB": LONDON}, "passages": Passages()}
    return facts(stock, **own | changes)


@pytest.mark.parametrize(
    ("destination", "time_zone"),
    [
        (Destination("FR", "69003"), PARIS_TIME),
        (Destination("FR", "97400"), REUNION),
        (Destination("gb", "SW1A 1AA"), LONDON),
        (Destination("NZ", "1010"), AUCKLAND),
        (Destination("US", "90210"), PARIS_TIME),
    ],
)
def test_whole_days_are_promised_by_the_clock_of_the_destination(destination: Destination, time_zone: str) -> None:
    found = option("standard", asked(destination=destination), known())
    first, last = (moment.astimezone(ZoneInfo(time_zone)).strftime("%H:%M:%S") for moment in (found.earliest, found.latest))
    assert (found.time_zone, first, last) == (time_zone, "00:00:00", "23:59:59")
    (listed,) = earliest_deliveries([A], destination, known(), THURSDAY_8, ["standard"])
    assert (listed.earliest, listed.latest, listed.order_before) == (found.earliest, found.latest, found.order_before)


def test_what_is_late_is_counted_in_days_of_the_destination() -> None:
    """By the hour from one place and by days from another: one evening in Paris is the next day in Auckland."""
    parcel, slow = POST.services
    hourly = replace(parcel, zones=(Zone("NZ", transit_hours=50, bands=BANDS, time_zone=AUCKLAND),))  # type: ignore[arg-type]
    daily = replace(slow, zones=(Zone("NZ", transit_days=(3, 3), bands=BANDS),))
    both = replace(WEB.services[0], carrier_services=("post/parcel", "post/slow"))
    post = replace(POST, services=(hourly, daily))
    there = asked(destination=Destination("NZ", "1010"))
    found = option("standard", there, known(carriers={"post": post}, channel=replace(WEB, services=(both,))))
    assert found.sourced is not None
    (place,) = found.sourced.problem.usable
    days = {way.carrier_service: (way.latest.astimezone(ZoneInfo(AUCKLAND)).date(), way.late_days) for way in place.ways}
    (hours_day, hours_late), (whole_day, whole_late) = days["post/parcel"], days["post/slow"]
    assert whole_day - hours_day == timedelta(days=whole_late - hours_late)
    assert found.time_zone == AUCKLAND


def test_a_transfer_is_counted_by_the_clock_of_the_store_that_it_goes_to() -> None:
    store = replace(PLACES[LYON], time_zone=REUNION)
    found = option("to-store", asked(pickup_location=LYON), known(locations={**PLACES, LYON: store}))
    assert found.time_zone == REUNION
    (transfer,) = found.shipments
    hours = [moment.astimezone(ZoneInfo(REUNION)).strftime("%H:%M:%S") for moment in (transfer.earliest, transfer.latest)]
    assert hours == ["00:00:00", "23:59:59"]
