"""INVRPT and 846: what a supplier has, line by line and place by place."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from adapters.edi.config import StockMessage
from adapters.edi.reading import NO_NAME, Letter, LineFault, LineRefused, Piece, item, pieces, units
from adapters.edi.segments import Segment
from adapters.edi.selectors import value_of
from adapters.mapping.places import location_code
from adapters.mapping.rows import RowRefused
from gateway.domain.feeds import Item, StockRow
from gateway.domain.ids import LocationCode

QUANTITY_TAG = "QTY"


@dataclass(frozen=True, slots=True)
class StockReport:
    """One message as rows. `whole`: it tells everything at the places that it names, so that what it leaves out is not there."""

    rows: tuple[StockRow, ...]
    rejected: tuple[LineFault, ...]
    at: datetime
    whole: bool
    places: frozenset[LocationCode]


@dataclass
class Quantities:
    """Quantities that hold for one place of a line, by their qualifiers."""

    place: str
    by_qualifier: dict[str, str] = field(default_factory=dict)


def stock_report(letter: Letter, stated: StockMessage) -> StockReport:
    """Read a message; raises LineRefused where it has no line, or no time that can be read."""
    return _Reading(letter, stated, letter.at(stated.at)).report()


@dataclass
class _Reading:
    letter: Letter
    stated: StockMessage
    at: datetime
    rows: list[StockRow] = field(default_factory=list)
    rejected: list[LineFault] = field(default_factory=list)
    told: set[tuple[LocationCode, str]] = field(default_factory=set)
    lines: int = 0

    def report(self) -> StockReport:
        place = ""
        for piece in pieces(self.letter.message.body, self.stated):
            if piece.is_line:
                self.line(piece, place)
            else:
                place = value_of(self.stated.place, piece.head) or place
        if not self.lines:
            raise LineRefused("it has no lines: a supplier without any article is a broken report, and nothing is set to zero")
        unnamed = any(one.item == NO_NAME for one in self.rejected)
        whole = self.stated.tells == "WHOLE" and not self.letter.is_doubtful and not unnamed
        places = frozenset(row.location for row in self.rows)
        return StockReport(tuple(self.rows), tuple(self.rejected), self.at, whole, places)

    def line(self, piece: Piece, place: str) -> None:
        self.lines += 1
        name = NO_NAME
        try:
            found = item(piece.segments, self.stated, self.letter.standard)
            name = str(found)
            for told in self.by_place(piece, place):
                self.add(found, told, piece.head)
        except (LineRefused, RowRefused) as error:
            self.refuse(name, piece.head, str(error))

    def by_place(self, piece: Piece, place: str) -> Iterator[Quantities]:
        """Yield the quantities of a line by place: a place stands after those that it holds for, or before them."""
        after = self.stated.place_stands == "AFTER"
        current, any_yielded = Quantities(place), False
        for segment in piece.segments:
            named = value_of(self.stated.place, segment)
            if segment.tag == QUANTITY_TAG:
                qualifier, number = _quantity(segment, self.letter)
                current.by_qualifier[qualifier] = number
            elif named and after:
                current.place = named
                yield current
                current, any_yielded = Quantities(place), True
            elif named:
                if current.by_qualifier:
                    yield current
                    any_yielded = True
                current = Quantities(named)
        if current.by_qualifier or not any_yielded:
            yield current

    def add(self, found: Item, told: Quantities, segment: Segment) -> None:
        text = next((told.by_qualifier[one] for one in self.stated.quantity if one in told.by_qualifier), None)
        if text is None:
            said = ", ".join(told.by_qualifier) or "none"
            raise LineRefused(f"has no quantity of {', '.join(self.stated.quantity)} (stock.quantity); it has {said}")
        location = self.location(told.place)
        number, aside = units(text), sum(units(told.by_qualifier[one]) for one in self.stated.unavailable if one in told.by_qualifier)
        if number < 0 and self.stated.negative == "REJECT":
            raise LineRefused(f"quantity {number} is negative")
        if (location, str(found)) in self.told:
            self.refuse(str(found), segment, "is named twice in one report; the first line was taken", location)
            return
        self.told.add((location, str(found)))
        number = max(0, number) if self.stated.negative == "ZERO" else number
        self.rows.append(StockRow(location, found, number, min(aside, max(0, number)), as_of=self.at))

    def location(self, name: str) -> LocationCode:
        if not name:
            if not self.stated.location:
                raise LineRefused("no place is named before it (stock.place), and the profile has no stock.location")
            return location_code(self.stated.location)
        if not self.stated.places:
            return location_code(self.stated.location or name)
        ours = self.stated.places.get(name, self.stated.places.get("*"))
        if ours is None:
            raise LineRefused(f"the place {name!r} is none of stock.places; add it, with our location")
        return location_code(ours)

    def refuse(self, name: str, segment: Segment, reason: str, location: LocationCode | None = None) -> None:
        self.rejected.append(LineFault(name, segment, reason, location))


def _quantity(segment: Segment, letter: Letter) -> tuple[str, str]:
    """Return qualifier and number of a QTY."""
    return (segment.at(1), segment.at(1, 2)) if letter.standard == "EDIFACT" else (segment.at(1), segment.at(2))
