"""EDIFACT texts: cut into segments and put together again, with any service characters (UNA) and the release character."""

import re
from collections.abc import Iterable, Iterator, Sequence

from adapters.edi.segments import LINE_ENDS, Elements, Segment, Separators, Tokens, Unreadable, cut, numbered

SERVICE = "UNA"
PLAIN = Separators(component=":", element="+", terminator="'", release="?")
"""What holds without a UNA segment."""
UNA_LENGTH = 9


def is_edifact(text: str) -> bool:
    return text.startswith((SERVICE, "UNB"))


def tokens(text: str) -> Tokens:
    """Cut a text that begins with UNA or UNB; raises Unreadable for separators that cannot be."""
    separators, body = service_characters(text)
    whole, rest = cut(parts(body, separators.terminator, separators.release), separators.terminator)
    found = (segment for one in whole if (segment := one.lstrip(LINE_ENDS)))
    return Tokens(tuple(numbered(split(one, separators) for one in found)), separators, rest)


def service_characters(text: str) -> tuple[Separators, str]:
    """Return the separators that a text states, or those that hold where it states none, and what follows them."""
    if not text.startswith(SERVICE):
        return PLAIN, text
    if len(text) < UNA_LENGTH:
        raise Unreadable("its UNA segment breaks off")
    component, element, decimal, release, reserved, terminator = tuple(text[3:UNA_LENGTH])
    separators = Separators(component, element, terminator, release.strip(" "), reserved.strip(" "), decimal)
    if problem := separators.problem():
        raise Unreadable(f"its UNA segment {problem}")
    return separators, text[UNA_LENGTH:]


def split(text: str, separators: Separators) -> tuple[str, Elements]:
    """Return a segment's tag and its elements."""
    tag, *elements = parts(text, separators.element, separators.release)
    values = (parts(one, separators.component, separators.release) for one in elements)
    plain = tuple(tuple(released(value, separators.release) for value in one) for one in values)
    return released(tag, separators.release).partition(separators.component)[0], plain


def parts(text: str, separator: str, release: str) -> list[str]:
    """Split where a separator stands for itself, not after the release character, which stays in the parts."""
    if not release or release not in text:
        return text.split(separator)
    found, start = [], 0
    for one in re.finditer(f"{re.escape(release)}.|{re.escape(separator)}", text, re.DOTALL):
        if one.group() == separator:
            found.append(text[start : one.start()])
            start = one.end()
    return [*found, text[start:]]


def released(text: str, release: str) -> str:
    """Return a value as it is meant, its release characters taken out."""
    return re.sub(f"{re.escape(release)}(.)", r"\1", text, flags=re.DOTALL) if release and release in text else text


def written(segments: Iterable[Segment], separators: Separators, line_end: str = "") -> str:
    """Return the text of segments; every separator within a value is released. With separators of its own it begins with UNA."""
    service = "" if separators == PLAIN else service_string(separators) + line_end
    return service + "".join(_text(one, separators) + separators.terminator + line_end for one in segments)


def service_string(separators: Separators) -> str:
    reserved, release = separators.repetition or " ", separators.release or " "
    return f"{SERVICE}{separators.component}{separators.element}{separators.decimal}{release}{reserved}{separators.terminator}"


def _text(segment: Segment, separators: Separators) -> str:
    return separators.element.join([segment.tag, *_elements(segment.elements, separators)])


def _elements(elements: Sequence[Sequence[str]], separators: Separators) -> Iterator[str]:
    for components in elements:
        yield separators.component.join(escaped(one, separators) for one in components)


def escaped(value: str, separators: Separators) -> str:
    """Return a value with its separators released; raises ValueError where there is no release character to do it."""
    special = [separators.release, separators.component, separators.element, separators.terminator, separators.repetition]
    found = [one for one in special if one and one in value]
    if found and not separators.release:
        raise ValueError(f"a value holds the separator {found[0]!r}, and there is no release character; choose other separators")
    for one in found:
        value = value.replace(one, separators.release + one)
    return value
