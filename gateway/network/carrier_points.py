"""Carriers' parcel shops and lockers, as the network file and the files that it names state them."""

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path

from gateway.domain.errors import ConfigurationInvalid
from gateway.domain.location import Address, CarrierPoint
from gateway.domain.network import Carrier, Network
from gateway.domain.opening_hours import joined, special, weekly
from gateway.domain.promise.points import Points
from gateway.domain.quantities import GeoPosition
from gateway.network.codes import holidays_problems
from gateway.network.postcodes import text_of

HOURS: dict[str, Callable[[CarrierPoint], object]] = {
    "opening": lambda point: weekly(joined(point.opening)),
    "exceptions": lambda point: special(point.exceptions),
}
COLUMNS = ("code", "name", "line1", "postal_code", "city", "country_code")


def points_of(network: Network) -> Points:
    """Raise ConfigurationInvalid for a file that cannot be read, or says what no point can be."""
    return Points({carrier.code: every_point(carrier) for carrier in network.carriers})


def every_point(carrier: Carrier) -> tuple[CarrierPoint, ...]:
    points = (*carrier.points, *(_read(Path(carrier.points_file)) if carrier.points_file else ()))
    problems = list(problems_of(points))
    if problems:
        raise ConfigurationInvalid(f"carriers.{carrier.code}", problems)
    return points


def problems_of(points: tuple[CarrierPoint, ...]) -> Iterator[str]:
    seen: set[str] = set()
    for point in points:
        if point.code in seen:
            yield f"points: {point.code} is named twice; name each point once"
        seen.add(point.code)
        for name, read in HOURS.items():
            try:
                read(point)
            except ValueError as error:
                yield f"points.{point.code}.{name}: {error}"
        yield from holidays_problems(f"points.{point.code}.holidays", point.holidays)


def _read(path: Path) -> Iterator[CarrierPoint]:
    rows = csv.DictReader(io.StringIO(text_of(path)))
    if absent := [name for name in COLUMNS if name not in (rows.fieldnames or ())]:
        raise ConfigurationInvalid(str(path), [f"has no column {', '.join(absent)}; it has {', '.join(rows.fieldnames or ())}"])
    for row in rows:
        place = f"line {rows.line_num}"
        if not row["code"] or not row["country_code"]:
            raise ConfigurationInvalid(str(path), [f"{place}: code and country_code are needed"])
        address = Address(row["country_code"], line1=row["line1"] or None, postal_code=row["postal_code"] or None, city=row["city"] or None)
        hours = (row["opening"],) if row.get("opening") else ()
        yield CarrierPoint(
            row["code"],
            row["name"] or row["code"],
            address,
            _position(path, place, row),
            hours,
            tuple(text.strip() for text in (row.get("exceptions") or "").split(";") if text.strip()),
            row.get("holidays") or None,
        )


def _position(path: Path, place: str, row: dict[str, str]) -> GeoPosition | None:
    texts = (row.get("latitude") or "", row.get("longitude") or "")
    if not any(texts):
        return None
    try:
        latitude, longitude = map(float, texts)
    except ValueError as error:
        raise ConfigurationInvalid(
            str(path), [f"{place}: {', '.join(texts)} is no position; write degrees, or leave both empty"]
        ) from error
    return GeoPosition(latitude, longitude)
