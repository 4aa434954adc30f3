"""Whole interchanges of ours: envelopes around messages, with counts and control numbers that are right."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from adapters.edi import edifact, x12
from adapters.edi.config import EdiOptions
from adapters.edi.encodings import encoding_of
from adapters.edi.segments import Segment, trimmed

ISA_WIDTHS = {6: 15, 8: 15}
SET = "0001"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message as it is to be written. `group`: GS01."""

    kind: str
    version: str
    group: str
    body: Sequence[Segment]


class Unwritable(ValueError):
    """A value that cannot be written in the partner's encoding or with its separators."""


def interchange(options: EdiOptions, message: Outgoing, number: int, now: datetime) -> bytes:
    """Return a file of one message; `now`: in the partner's zone. Raises Unwritable."""
    line_end = "\r\n" if options.lines else ""
    try:
        if options.standard == "X12":
            body = [Segment(one.tag, _plain(one, options)) for one in message.body]
            text = x12.written(_x12(options, message, body, number, now), options.written_with, line_end)
        else:
            text = edifact.written(_edifact(options, message, number, now), options.written_with, line_end)
    except ValueError as error:
        raise Unwritable(str(error)) from None
    return encoded(text, encoding_of(options.encoding, options.version))


def encoded(text: str, encoding: str) -> bytes:
    """Return text in an encoding; letters that it lacks lose their accents. Raises Unwritable for those that are none without."""
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        bare = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    try:
        return bare.encode(encoding)
    except UnicodeEncodeError as error:
        letter = f"U+{ord(bare[error.start]):04X}"  # more of it may be a person's name
    raise Unwritable(f"{letter} cannot be written in {encoding}; set the partner's encoding, as utf-8")


def _x12(options: EdiOptions, message: Outgoing, body: Sequence[Segment], number: int, now: datetime) -> list[Segment]:
    own, partner, separators = options.own, options.partner, options.written_with
    repetition = separators.repetition or "U"
    isa = [
        *("00", " " * 10, "00", " " * 10, f"{own.qualifier or 'ZZ':2.2}", f"{own.id:15.15}", f"{partner.qualifier or 'ZZ':2.2}"),
        *(f"{partner.id:15.15}", f"{now:%y%m%d}", f"{now:%H%M}", repetition, options.version, f"{number:09d}", "0"),
        *("T" if options.test else "P", separators.component),
    ]
    control = str(number)
    gs = [message.group, own.group_id or own.id, partner.group_id or partner.id, f"{now:%Y%m%d}", f"{now:%H%M}", control, "X"]
    return [
        Segment("ISA", tuple((one,) for one in isa)),
        _segment("GS", *gs, message.version),
        _segment("ST", message.kind, SET),
        *body,
        _segment("SE", str(len(body) + 2), SET),
        _segment("GE", "1", control),
        _segment("IEA", "1", f"{number:09d}"),
    ]


def _edifact(options: EdiOptions, message: Outgoing, number: int, now: datetime) -> list[Segment]:
    own, partner, control = options.own, options.partner, str(number)
    syntax, _, release = options.version.partition(":")
    header = [[syntax, release], [own.id, own.qualifier], [partner.id, partner.qualifier], [f"{now:%y%m%d}", f"{now:%H%M}"], [control]]
    test = [[""], [""], [""], [""], [""], ["1"]] if options.test else []
    return [
        Segment("UNB", trimmed([*header, *test])),
        Segment("UNH", trimmed([[SET], [message.kind, *message.version.split(":")]])),
        *message.body,
        Segment("UNT", trimmed([[str(len(message.body) + 2)], [SET]])),
        Segment("UNZ", trimmed([["1"], [control]])),
    ]


def _plain(segment: Segment, options: EdiOptions) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(x12.plain(value, options.written_with) for value in one) for one in segment.elements)


def _segment(tag: str, *values: str) -> Segment:
    return Segment(tag, trimmed([[value] for value in values]))
