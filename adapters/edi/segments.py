"""Segments: what every EDI standard is made of, whatever characters stand between them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Elements = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Separators:
    """The characters of one interchange. `release` takes a separator's meaning from it ("": the standard has none)."""

    component: str
    element: str
    terminator: str
    release: str = ""
    repetition: str = ""
    decimal: str = "."

    def problem(self) -> str | None:
        """Return why these characters cannot stand beside each other, None when they can."""
        meant = [one for one in (self.component, self.element, self.terminator, self.release, self.repetition) if one]
        if len(set(meant)) < len(meant):
            return f"uses one character for two things: {' '.join(repr(one) for one in meant)}"
        plain = [one for one in meant if one.isalnum()]
        return f"uses {plain[0]!r} as a separator, which is a letter or a digit" if plain else None


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: its tag, its elements with their components, its place in the file, from 1."""

    tag: str
    elements: Elements = ()
    position: int = 0

    def at(self, element: int, component: int = 1) -> str:
        """Return a value by its place, both counted from 1; "" where there is none."""
        if element > len(self.elements) or component > len(self.elements[element - 1]):
            return ""
        return self.elements[element - 1][component - 1].strip()

    def __str__(self) -> str:
        """Return what a person recognizes it by."""
        return "+".join([self.tag, *(":".join(one) for one in self.elements)])[:60]


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text cut into segments; `rest` is what follows the last terminator: a segment that has no end."""

    segments: tuple[Segment, ...]
    separators: Separators
    rest: str = ""


LINE_ENDS = "\r\n"
FILLED = " \r\n\t\x00\x1a"
"""What lies around a text that means nothing: line ends, an end-of-file mark of old systems."""


def cut(parts: Sequence[str], terminator: str) -> tuple[Sequence[str], str]:
    """Return the segments of a text that was split at its terminators, and what follows the last one.

    Where lines are segments the last line needs no end, as in any text file.
    """
    *whole, rest = parts
    rest = rest.strip(FILLED)
    return ([*whole, rest], "") if rest and terminator in LINE_ENDS else (whole, rest)


class Unreadable(ValueError):
    """A text that is no EDI at all; the message says why."""


def trimmed(values: Sequence[Sequence[str]]) -> Elements:
    """Return elements without the empty ones at their ends, which standards tell to leave out."""
    parts = [_without_tail(one) for one in values]
    while parts and parts[-1] in {(), ("",)}:
        parts.pop()
    return tuple(part or ("",) for part in parts)


def _without_tail(components: Sequence[str]) -> tuple[str, ...]:
    kept = list(components)
    while len(kept) > 1 and not kept[-1]:
        kept.pop()
    return tuple(kept)


def numbered(tags_and_elements: Iterator[tuple[str, Elements]]) -> Iterator[Segment]:
    return (Segment(tag, elements, position) for position, (tag, elements) in enumerate(tags_and_elements, 1))
