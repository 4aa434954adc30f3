"""Where postcodes lie: a public postcode file, read once into the mean position of each code."""

import csv
import gzip
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.domain.errors import ConfigurationInvalid
from gateway.domain.quantities import GeoPosition

LARGEST_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class PostcodeColumns:
    """Where the file says what. The defaults are La Poste's "base officielle des codes postaux" (hexasmal).

    `position` holds "latitude,longitude"; without it `latitude` and `longitude` are columns. `country` is a column, or None where all
    codes are of `default_country`.
    """

    postcode: str = "Code_postal"
    position: str | None = "coordonnees_gps"
    latitude: str = "latitude"
    longitude: str = "longitude"
    country: str | None = None
    default_country: str = "FR"
    delimiter: str = ";"
    encoding: str = "utf-8-sig"


class Postcodes:
    """Mean positions by (country, postcode); None for a code that the file lacks."""

    def __init__(self, positions: Mapping[tuple[str, str], GeoPosition]) -> None:
        self._positions = dict(positions)

    def __len__(self) -> int:
        return len(self._positions)

    def __call__(self, country: str, postcode: str) -> GeoPosition | None:
        return self._positions.get((country.upper(), postcode.replace(" ", "").upper()))


def load_postcodes(path: Path, columns: PostcodeColumns | None = None) -> Postcodes:
    """Raise ConfigurationInvalid for a file that cannot be read or holds no position."""
    columns = columns or PostcodeColumns()
    sums: dict[tuple[str, str], list[float]] = {}
    for key, latitude, longitude in _rows(path, columns):
        total = sums.setdefault(key, [0.0, 0.0, 0.0])
        total[0] += latitude
        total[1] += longitude
        total[2] += 1
    if not sums:
        raise ConfigurationInvalid(str(path), ["holds no usable position; check the columns and the separator"])
    return Postcodes({key: GeoPosition(lat / count, lon / count) for key, (lat, lon, count) in sums.items()})


def _rows(path: Path, columns: PostcodeColumns) -> Iterator[tuple[tuple[str, str], float, float]]:
    rows = csv.DictReader(io.StringIO(text_of(path, columns.encoding)), delimiter=columns.delimiter)
    needed = {columns.postcode, *([columns.position] if columns.position else [columns.latitude, columns.longitude])}
    if absent := sorted(needed - set(rows.fieldnames or ())):
        raise ConfigurationInvalid(str(path), [f"has no column {', '.join(absent)}; it has {', '.join(rows.fieldnames or ())}"])
    for row in rows:
        found = _position(row, columns)
        if found and row[columns.postcode]:
            country = row[columns.country] if columns.country else columns.default_country
            yield (country.upper(), row[columns.postcode].replace(" ", "").upper()), *found


def _position(row: Mapping[str, str], columns: PostcodeColumns) -> tuple[float, float] | None:
    """Return latitude and longitude; None for a row without a position on the globe (the file has such)."""
    texts = row[columns.position].split(",") if columns.position else [row[columns.latitude], row[columns.longitude]]
    try:
        latitude, longitude = (float(text) for text in texts)
    except ValueError:
        return None
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None  # noqa: PLR2004 - degrees


def text_of(path: Path, encoding: str = "utf-8-sig") -> str:
    """Return the text of a file, unpacked when its name ends in .gz; raise ConfigurationInvalid when it cannot be read."""
    try:
        content = path.read_bytes()[:LARGEST_BYTES]
        return (gzip.decompress(content) if path.suffix == ".gz" else content).decode(encoding)
    except OSError as error:
        raise ConfigurationInvalid(str(path), [f"cannot be read: {error.strerror or error}"]) from error
    except UnicodeDecodeError as error:
        raise ConfigurationInvalid(str(path), [f"byte {error.start} is not {encoding}; name the file's encoding"]) from error
