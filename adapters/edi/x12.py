"""X12 texts: cut into segments and put together again, with the separators that ISA states."""

from collections.abc import Iterable

from adapters.edi.segments import Elements, Segment, Separators, Tokens, Unreadable, cut, numbered

HEADER = "ISA"
ISA_ELEMENTS = 16
REPETITION = 11
"""The element of ISA that names the repetition separator, from version 00402 on; a "U" before."""
BLANK = "\r\n \t"


def is_x12(text: str) -> bool:
    return text.startswith(HEADER)


def tokens(text: str) -> Tokens:
    """Cut a text that begins with ISA; raises Unreadable for separators that cannot be told."""
    separators = separators_of(text)
    whole, rest = cut(text.split(separators.terminator), separators.terminator)
    found = (segment for one in whole if (segment := one.strip(BLANK.replace(separators.terminator, ""))))
    return Tokens(tuple(numbered(_split(one, separators) for one in found)), separators, rest)


def separators_of(text: str) -> Separators:
    """Return the separators: the character after the tag, ISA16, and the one behind it. The widths of ISA are not relied upon."""
    element = text[3:4]
    head = text.split(element, ISA_ELEMENTS) if element else []
    if len(head) <= ISA_ELEMENTS or len(head[ISA_ELEMENTS]) < 2:  # noqa: PLR2004 - ISA16 and the terminator
        raise Unreadable("its ISA segment breaks off: it has no 16 elements and a terminator")
    stated = head[REPETITION].strip()
    repetition = stated if len(stated) == 1 and not stated.isalnum() else ""
    separators = Separators(head[ISA_ELEMENTS][0], element, head[ISA_ELEMENTS][1], repetition=repetition)
    if problem := separators.problem():
        raise Unreadable(f"its ISA segment {problem}")
    return separators


def _split(text: str, separators: Separators) -> tuple[str, Elements]:
    tag, *elements = text.split(separators.element)
    if tag == HEADER:
        return tag, tuple((one,) for one in elements)
    return tag, tuple(tuple(one.split(separators.component)) for one in elements)


def written(segments: Iterable[Segment], separators: Separators, line_end: str = "") -> str:
    """Return the text of segments. X12 has no release character: raises ValueError for a value that holds a separator."""
    return "".join(_text(one, separators) + separators.terminator + line_end for one in segments)


def _text(segment: Segment, separators: Separators) -> str:
    if segment.tag != HEADER:
        for value in (component for one in segment.elements for component in one):
            if found := next((one for one in value if one in special(separators)), None):
                raise ValueError(f"a value of {segment.tag} holds the separator {found!r}")
    return separators.element.join([segment.tag, *(separators.component.join(one) for one in segment.elements)])


def special(separators: Separators) -> str:
    return separators.component + separators.element + separators.terminator + separators.repetition


def plain(value: str, separators: Separators) -> str:
    """Return a value whose separators have become spaces: what an address may hold must not end a segment."""
    return value.translate({ord(one): " " for one in special(separators)})
