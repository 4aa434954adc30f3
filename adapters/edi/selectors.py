"""Where a value stands in a message: `NAD+WH:2` is the second element of a NAD whose first is WH, `LIN:3.1` a component of one.

`BIA:4&5` is an element with the digits of another one behind it, as X12 writes a day and its hour.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from adapters.edi.segments import Segment

_FORM = re.compile(r"^([A-Z][A-Z0-9]{1,2})(?:\+([^:+]+))?:([1-9]\d?)(?:\.([1-9]\d?))?(?:&([1-9]\d?))?$")


class Selector:
    """TAG, perhaps +QUALIFIER (the first value of its first element), :ELEMENT or :ELEMENT.COMPONENT, perhaps &ELEMENT; counted from 1."""

    __slots__ = ("component", "element", "joined", "qualifier", "tag", "text")

    def __init__(self, text: str) -> None:
        found = _FORM.match(text)
        if not found:
            raise ValueError(
                f"{text!r} is no place in a segment; write TAG:ELEMENT, TAG:ELEMENT.COMPONENT, TAG:ELEMENT&ELEMENT or TAG+QUALIFIER:ELEMENT"
            )
        self.text, self.tag, self.qualifier = text, found[1], found[2] or ""
        self.element, self.component = int(found[3]), int(found[4] or 1)
        self.joined = int(found[5] or 0)

    def __call__(self, segment: Segment) -> str:
        """Return the value in a segment, "" where it has none or is another one."""
        if segment.tag != self.tag or (self.qualifier and segment.at(1) != self.qualifier):
            return ""
        value = segment.at(self.element, self.component)
        beside = segment.at(self.joined) if value and self.joined else ""
        return value + beside if beside.isdigit() else value

    def __repr__(self) -> str:
        return f"Selector({self.text!r})"

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(cls, core_schema.str_schema(strict=True))


def first(selectors: Sequence[Selector], segments: Iterable[Segment]) -> str:
    """Return the first value that any selector finds; earlier selectors are preferred."""
    kept = list(segments)
    return next((value for one in selectors for segment in kept if (value := one(segment))), "")


def value_of(selectors: Sequence[Selector], segment: Segment) -> str:
    return next((value for one in selectors if (value := one(segment))), "")
