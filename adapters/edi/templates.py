"""Segments with blanks, as `BEG*00*SA*{reference}**{date}`: how a partner wants what we write."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from adapters.edi import edifact
from adapters.edi.segments import Elements, Segment, trimmed

_BLANK = re.compile(r"\{([a-z_0-9]+)(?:/(\d+))?\}")
NAMES = (
    *("reference", "order_number", "source_reference", "date", "time", "currency", "lines", "units", "buyer", "supplier", "location"),
    *("ship_name", "ship_line1", "ship_line2", "ship_city", "ship_region", "ship_postal_code", "ship_country", "ship_phone"),
    *("ships_by", "latest", "line", "quantity", "price", "gtin", "gtin8", "gtin12", "gtin13", "gtin14", "code", "sku", "name", "service"),
)
"""What may stand in a blank; `{name/35}` takes its first 35 characters."""


class SegmentTemplate:
    """One segment. It is cut at its separators before its blanks are filled, so that no value can add an element to it."""

    __slots__ = ("_element", "_tag", "_values", "has_blanks", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._element = next((char for char in text if char in "+*"), "+")
        self._tag, *elements = edifact.parts(text, self._element, "?")
        if not re.fullmatch(r"[A-Z][A-Z0-9]{1,2}", self._tag):
            raise ValueError(f"{text!r} is no segment: it begins with its tag and + (EDIFACT) or * (X12)")
        self._values = tuple(tuple(edifact.parts(one, ":", "?")) for one in elements)
        blanks = [name for name, _ in _BLANK.findall(text)]
        self.has_blanks = bool(blanks)
        if unknown := [name for name in blanks if name not in NAMES]:
            raise ValueError(f"{text!r} has the blank {{{unknown[0]}}}; possible: {', '.join(NAMES)}")

    def __call__(self, scope: Mapping[str, str]) -> tuple[str, Elements] | None:
        """Return the segment; None: it has blanks and none of them a value."""
        if self.has_blanks and not _has_value(self.text, scope):
            return None
        if self._element == "*":
            bound = [one for one in self._values if len(one) == 1 or _has_value(":".join(one), scope)]
            return self._tag, trimmed([[component] for one in bound for component in _composite(one, scope)])
        return self._tag, trimmed([_composite(one, scope) for one in self._values])

    def __repr__(self) -> str:
        return f"SegmentTemplate({self.text!r})"

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(cls, core_schema.str_schema(strict=True))


def filled(templates: Iterable[SegmentTemplate], scope: Mapping[str, str]) -> Iterator[Segment]:
    for one in templates:
        if made := one(scope):
            yield Segment(*made)


def _has_value(text: str, scope: Mapping[str, str]) -> bool:
    """Tell whether a text has no blank, or one that is filled."""
    blanks = _BLANK.findall(text)
    return not blanks or any(scope.get(name) for name, _ in blanks)


def _composite(components: Sequence[str], scope: Mapping[str, str]) -> list[str]:
    """Return components filled; those of one whose blanks are all empty stand for nothing, a qualifier beside them neither."""
    if not _has_value(":".join(components), scope):
        return [""] * len(components)
    return [_filled(one, scope) for one in components]


def _filled(value: str, scope: Mapping[str, str]) -> str:
    """Return a value with its blanks filled; a release character of the template goes before what a scope says comes in."""

    def text(found: "re.Match[str]") -> str:
        known = scope.get(found[1], "")
        return known[: int(found[2])].strip() if found[2] else known

    return _BLANK.sub(text, edifact.released(value, "?"))
