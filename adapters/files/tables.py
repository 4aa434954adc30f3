"""Reads files with separated columns row by row, strictly: what cannot be read is told with its line."""

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Literal, cast

from adapters.files.config import Form
from gateway.domain.errors import SourceGarbage, SourceUnavailable

UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
UTF_8_NAMES = frozenset({"utf-8", "utf8", "utf_8", "utf-8-sig"})
GZIP_MARK = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its line in the file, and its columns, or why it has none."""

    number: int
    columns: dict[str, str]
    problem: str | None = None
    is_short: bool = False
    """It has fewer columns than the file."""


class File:
    """One file as it lies there now. Raises SourceUnavailable when it is not there, SourceGarbage when it cannot be read."""

    def __init__(self, source: str, path: Path, form: Form) -> None:
        self._source, self.path, self._form = source, path, form

    def stamp(self) -> tuple[int, int]:
        """Return when it was written (ns since 1970) and its size."""
        try:
            status = self.path.stat()
        except OSError as error:
            raise SourceUnavailable(self._source, f"{self.path.name} cannot be read: {error.strerror or error}") from error
        return status.st_mtime_ns, status.st_size

    def lines(self) -> Iterator[Line]:
        before = self.stamp()
        self._check_start()
        for line in self._parsed():
            if line.problem and line.is_short and self._breaks_off(line.number):
                raise SourceGarbage(
                    self._source, f"{self.path.name} breaks off within its last line, {line.number}: it is a part of a file"
                )
            yield line
        if self.stamp() != before:
            raise SourceUnavailable(self._source, f"{self.path.name} was changed while it was read")

    def _parsed(self) -> Iterator[Line]:
        quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if self._form.quote else csv.QUOTE_NONE
        names: list[str] = list(self._form.columns)
        with self._opened() as stream:
            rows = csv.reader(
                _decoded(stream, self._encoding()), delimiter=self._form.delimiter, quotechar=self._form.quote or None, quoting=quoting
            )
            try:
                for row in rows:
                    if not names:
                        names = self._checked_names(row)
                    elif row:
                        yield _line(rows.line_num, names, row)
            except UnicodeDecodeError as error:
                raise self._undecodable() from error
            except (csv.Error, EOFError, gzip.BadGzipFile) as error:
                raise SourceGarbage(self._source, f"{self.path.name}, line {rows.line_num}: {error}") from error
        if not names:
            raise SourceGarbage(self._source, f"{self.path.name} is empty: it needs a first line with the names of its columns")

    def _checked_names(self, row: list[str]) -> list[str]:
        names = [name.strip() for name in row]
        twice = sorted({name for name in names if names.count(name) > 1 and name})
        if twice:
            raise SourceGarbage(self._source, f"{self.path.name} has two columns of the name {', '.join(twice)}")
        if len(names) == 1 and any(other in names[0] for other in ",;\t|"):
            raise SourceGarbage(self._source, f"{self.path.name} has a single column {names[0][:40]!r}; state its delimiter")
        return names

    def _opened(self) -> IO[bytes]:
        plain = self.path.open("rb")
        if plain.read(2) == GZIP_MARK:
            plain.close()
            return cast("IO[bytes]", gzip.open(self.path, "rb"))
        plain.seek(0)
        return plain

    def _breaks_off(self, number: int) -> bool:
        """Tell whether a line is the last one and has no end."""
        with self._opened() as stream:
            last = None
            for last in islice(stream, number - 1, number + 1):  # noqa: B007 - the last one counts
                pass
        return last is not None and not last.endswith((b"\n", b"\r"))

    def _encoding(self) -> str:
        name = self._form.encoding.lower()
        return "utf-8-sig" if name in UTF_8_NAMES else name

    def _check_start(self) -> None:
        with self._opened() as stream:
            if stream.read(2) in UTF_16_MARKS:
                raise SourceGarbage(self._source, f"{self.path.name} is UTF-16; save it as UTF-8")

    def _undecodable(self) -> SourceGarbage:
        """Return the error that names the first byte which is not of the stated encoding."""
        encoding, offset = self._form.encoding, 0
        with self._opened() as stream:
            for number, line in enumerate(stream, 1):
                try:
                    line.decode(encoding)
                except UnicodeDecodeError as error:
                    place = f"line {number}, byte {offset + error.start + 1} (0x{line[error.start]:02x})"
                    return SourceGarbage(
                        self._source, f"{self.path.name}, {place}: is not {encoding}; state the file's encoding, as latin-1"
                    )
                offset += len(line)
        return SourceGarbage(self._source, f"{self.path.name} is not {encoding}; state the file's encoding")


def _decoded(stream: IO[bytes], encoding: str) -> Iterator[str]:
    """Yield lines as text; the encodings that may be stated split no character at a line end."""
    for number, line in enumerate(stream):
        yield line.decode(encoding if number == 0 else encoding.removesuffix("-sig"))


def _line(number: int, names: list[str], row: list[str]) -> Line:
    if len(row) != len(names):
        return Line(number, dict(zip(names, row, strict=False)), f"has {len(row)} columns, not {len(names)}", len(row) < len(names))
    return Line(number, dict(zip(names, row, strict=True)))
