"""What the messages that are read have in common: lines, names of articles, quantities and moments."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from adapters.edi.config import Lines
from adapters.edi.interchange import EdiMessage, Interchange, Standard, prepared_at
from adapters.edi.segments import Segment
from adapters.edi.selectors import Selector, first, value_of
from adapters.mapping.articles import whole
from adapters.mapping.figures import MOST
from gateway.domain.feeds import Item, RejectedRow
from gateway.domain.ids import LocationCode
from gateway.domain.mail import MailFault

X12_PAIRS_FROM = {"LIN": 2, "PO1": 6, "POC": 8}
"""Where the pairs of qualifier and article number begin in a segment."""
EDIFACT_PAIRS_FROM = {"LIN": 3, "PIA": 2}
DAY_ENDS = time(18)
"""What a day without an hour means where goods are to come on it: its end of work, local time."""
DAY, SECONDS = 8, 14
"""How many digits tell a day, and a second; X12 may tell hundredths behind it."""
NO_NAME = "(no name)"
FORMS = {6: "%y%m%d", 8: "%Y%m%d", 10: "%y%m%d%H%M", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}


class LineRefused(ValueError):
    """A line that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class LineFault:
    """A line that was refused, with its segment."""

    item: str
    segment: Segment
    reason: str
    location: LocationCode | None = None

    def row(self, index: int, file: str) -> RejectedRow:
        """Return it as a row of a feed is refused, with the file and the place in it."""
        return RejectedRow(index, self.item, f"{file}, segment {self.segment.position} {self.segment.tag}: {self.reason}", self.location)

    def fault(self) -> MailFault:
        about = "" if self.item == NO_NAME else f"{self.item}: "
        return MailFault(self.segment.position, self.segment.tag, about + self.reason)


@dataclass(frozen=True, slots=True)
class Piece:
    """A line with its segments, or (`is_line` False) one segment between lines."""

    segments: tuple[Segment, ...]
    is_line: bool

    @property
    def head(self) -> Segment:
        return self.segments[0]


@dataclass(frozen=True, slots=True)
class Letter:
    """One message in the interchange that it came in, with the file's name and its partner's time zone."""

    file: str
    interchange: Interchange
    message: EdiMessage
    zone: ZoneInfo
    number: int = 0
    """Its place in the file, from 1."""

    @property
    def standard(self) -> Standard:
        return self.interchange.standard

    @property
    def is_doubtful(self) -> bool:
        return self.interchange.is_doubtful(self.message)

    @property
    def start(self) -> Segment:
        return self.message.body[0] if self.message.body else Segment(self.message.kind, position=self.message.position)

    def at(self, selectors: Sequence[Selector]) -> datetime:
        """Return when the message holds: its own time, with the hour of the interchange where it tells a day alone."""
        told = first(selectors, self.message.body)
        made = moment(self.interchange.prepared, self.zone)
        if not told or len(told) <= DAY:
            return made
        return moment(told, self.zone)


def pieces(body: Sequence[Segment], lines: Lines) -> Iterator[Piece]:
    """Cut a message into lines and what stands between them."""
    open_line: list[Segment] = []
    for segment in body:
        begins, ends = segment.tag in lines.line, segment.tag in lines.end
        if (begins or ends) and open_line:
            yield Piece(tuple(open_line), is_line=True)
            open_line = []
        if begins or open_line:
            open_line.append(segment)
        else:
            yield Piece((segment,), is_line=False)
    if open_line:
        yield Piece(tuple(open_line), is_line=True)


def names(segments: Sequence[Segment], lines: Lines, standard: Standard) -> Iterator[tuple[str, str]]:
    """Yield (qualifier, number) of every article number in a line."""
    usual = EDIFACT_PAIRS_FROM if standard == "EDIFACT" else X12_PAIRS_FROM
    named = (text.partition(":") for text in lines.id_tags)
    begins = {tag: int(stated) if stated else usual.get(tag, 2) for tag, _, stated in named}
    for segment in segments:
        if segment.tag not in begins:
            continue
        if standard == "EDIFACT":
            elements = range(begins[segment.tag], len(segment.elements) + 1)
            yield from ((segment.at(n, 2), segment.at(n, 1)) for n in elements)
        else:
            elements = range(begins[segment.tag], len(segment.elements), 2)
            yield from ((segment.at(n), segment.at(n + 1)) for n in elements)


def item(segments: Sequence[Segment], lines: Lines, standard: Standard) -> Item:
    """Return how a line names its article: of each kind of name the number whose qualifier is preferred. Raises LineRefused."""
    told = [(qualifier, number) for qualifier, number in names(segments, lines, standard) if number]
    found: dict[str, str] = {}
    for qualifier, kind in lines.ids.items():
        number = next((number for known, number in told if known == qualifier), None)
        if number and kind not in found:
            found[kind] = number
    if not found:
        said = ", ".join(f"{qualifier or '(none)'} {number}" for qualifier, number in told) or "no number"
        raise LineRefused(f"names its article by {said}; the profile's ids know {', '.join(lines.ids) or 'none'}")
    return Item(found.get("sku"), found.get("gtin"), found.get("code"))


def units(text: str) -> int:
    """Return a whole number of units; raises LineRefused."""
    try:
        number = whole(text)
    except ValueError as error:
        raise LineRefused(f"quantity {error}") from error
    if abs(number) > MOST:
        raise LineRefused(f"quantity {number} cannot be meant; at most {MOST}")
    return number


def quantity(selectors: Sequence[Selector], segments: Sequence[Segment]) -> int | None:
    """Return the units that the preferred place tells; None where none does."""
    told = first(selectors, segments)
    return units(told) if told else None


def moment(text: str, zone: ZoneInfo) -> datetime:
    """Return an instant of digits in a partner's zone, to the second; a day is its midnight. Raises LineRefused."""
    text = text[:SECONDS] if text.isdigit() else text
    try:
        form = FORMS[len(text)]
        read = prepared_at(text) if len(text) > DAY else datetime.strptime(text, form)  # noqa: DTZ007 - the zone is set below
    except (KeyError, ValueError) as error:
        raise LineRefused(f"{text!r} is no time") from error
    return read.replace(tzinfo=zone).astimezone(UTC)


def expected(selectors: Sequence[Selector], segments: Sequence[Segment], zone: ZoneInfo) -> datetime | None:
    """Return when goods come, None where nothing is told; a day without an hour is its end of work."""
    told = next((value for segment in segments if (value := value_of(selectors, segment))), "")
    if not told:
        return None
    if len(told) > DAY:
        return moment(told, zone)
    on: date = moment(told, zone).astimezone(zone).date()
    return datetime.combine(on, DAY_ENDS, tzinfo=zone).astimezone(UTC)
