"""DESADV and 856: what has left a supplier, by order, with its parcels."""

from dataclasses import dataclass, field

from adapters.edi.config import DespatchMessage
from adapters.edi.reading import NO_NAME, Letter, LineFault, LineRefused, Piece, item, pieces, quantity
from adapters.edi.segments import Segment
from adapters.edi.selectors import first, value_of
from gateway.domain.feeds import Item, NewsLine, NewsParcel, WorkNews


@dataclass
class Leaving:
    """What leaves for one order."""

    units: dict[Item, int] = field(default_factory=dict)
    parcels: dict[str, dict[Item, int]] = field(default_factory=dict)
    tracking: dict[str, str] = field(default_factory=dict)


@dataclass
class _Reading:
    letter: Letter
    stated: DespatchMessage
    by_reference: dict[str, Leaving] = field(default_factory=dict)
    rejected: list[LineFault] = field(default_factory=list)
    reference: str = ""
    parcel: str = ""
    tracking: str = ""
    carrier: str = ""

    def between(self, segment: Segment) -> None:
        self.reference = value_of(self.stated.reference, segment) or self.reference
        self.parcel = value_of(self.stated.parcel, segment) or self.parcel
        self.tracking = value_of(self.stated.tracking, segment) or self.tracking
        self.carrier = value_of(self.stated.carrier, segment) or self.carrier

    def line(self, piece: Piece) -> None:
        name = NO_NAME
        try:
            found = item(piece.segments, self.stated, self.letter.standard)
            name = str(found)
            reference, number = self.about(piece)
        except LineRefused as error:
            self.rejected.append(LineFault(name, piece.head, str(error)))
            return
        if number:
            self.add(reference, found, number, first(self.stated.parcel, piece.segments) or self.parcel)

    def about(self, piece: Piece) -> tuple[str, int]:
        """Return the order that a line is of, and its units; raises LineRefused."""
        number = quantity(self.stated.quantity, piece.segments)
        reference = first(self.stated.reference, piece.segments) or self.reference
        if number is None or number < 0:
            raise LineRefused("has no quantity that can be read (despatch.quantity)")
        if not reference:
            raise LineRefused("no order of ours is named for it (despatch.reference)")
        return reference, number

    def add(self, reference: str, found: Item, number: int, parcel: str) -> None:
        leaving = self.by_reference.setdefault(reference, Leaving())
        leaving.units[found] = leaving.units.get(found, 0) + number
        if parcel:
            inside = leaving.parcels.setdefault(parcel, {})
            inside[found] = inside.get(found, 0) + number
            leaving.tracking.setdefault(parcel, self.tracking)


def despatch_news(letter: Letter, stated: DespatchMessage, event: str) -> tuple[list[WorkNews], list[LineFault]]:
    """Return news for each order of which something has left, and the lines that cannot be used.

    Of an order of which a line cannot be read nothing is told: units that a despatch leaves out count as not found.
    """
    reading = _Reading(letter, stated)
    for piece in pieces(letter.message.body, stated):
        if piece.is_line:
            reading.line(piece)
        else:
            reading.between(piece.head)
    if reading.rejected:
        return [], reading.rejected
    if not reading.by_reference:
        return [], [LineFault(stated.kind, letter.start, "tells of nothing that has left")]
    body = letter.message.body
    source_reference, at = first(stated.source_reference, body) or None, letter.at(stated.at)
    news = [
        WorkNews(
            event=f"{event}:SHIPPED:{reference}",
            reference=reference,
            step="SHIPPED",
            at=at,
            source_reference=source_reference,
            lines=tuple(NewsLine(found, number) for found, number in leaving.units.items()),
            parcels=_parcels(leaving, reading),
        )
        for reference, leaving in reading.by_reference.items()
    ]
    return news, []


def _parcels(leaving: Leaving, reading: _Reading) -> tuple[NewsParcel, ...]:
    carrier = reading.carrier or None
    if leaving.parcels:
        return tuple(
            NewsParcel(number, carrier, leaving.tracking[number] or None, lines=tuple(NewsLine(*one) for one in inside.items()))
            for number, inside in leaving.parcels.items()
        )
    return (NewsParcel(reading.tracking, carrier, reading.tracking),) if reading.tracking else ()
