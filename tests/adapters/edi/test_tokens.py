"""What is written is read again unchanged, with any separators; what two other libraries read is what ours reads."""

import contextlib
import string
from io import StringIO
from typing import Any

import pytest
import pyx12.x12file
from hypothesis import given, settings
from hypothesis import strategies as st
from pydifact.segmentcollection import Interchange as OtherInterchange

from adapters.edi import edifact, x12
from adapters.edi.segments import Elements, Segment, Separators, Unreadable, trimmed
from tests.adapters.edi.samples import INVRPT, ORDRSP, X12_846

SPECIAL = ":+'?*|^~>;,!#%&/\n"
TAGS = st.text(string.ascii_uppercase, min_size=3, max_size=3).filter(lambda tag: tag not in {"UNA", "ISA"})
EXAMPLES = settings(max_examples=150, deadline=None)


def values(alphabet: str) -> st.SearchStrategy[str]:
    return st.text(st.sampled_from(alphabet), max_size=8)


def elements(alphabet: str) -> st.SearchStrategy[Elements]:
    composite = st.lists(values(alphabet), min_size=1, max_size=4)
    return st.lists(composite, max_size=5).map(trimmed)


def numbered(told: list[tuple[str, Elements]]) -> list[Segment]:
    return [Segment(tag, value, position) for position, (tag, value) in enumerate(told, 1)]


EDIFACT_SEPARATORS = (
    st.permutations(SPECIAL)
    .map(lambda chars: Separators(chars[0], chars[1], chars[2], chars[3], decimal="."))
    .filter(lambda one: "\n" not in one.component + one.element + one.release)
)


@EXAMPLES
@given(EDIFACT_SEPARATORS, st.lists(st.tuples(TAGS, elements("aZ9 é" + SPECIAL)), min_size=1, max_size=6))
def test_edifact_is_read_as_it_was_written_whatever_the_separators(separators: Separators, told: list[tuple[str, Elements]]) -> None:
    first = [("UNB", (("x",),)), *told]
    text = edifact.written([Segment(*one) for one in first], separators)
    text = text if text.startswith("UNA") else edifact.service_string(separators) + text
    read = edifact.tokens(text)
    assert (list(read.segments), read.rest, read.separators) == (numbered(first), "", separators)


X12_SEPARATORS = (
    st.permutations(SPECIAL)
    .map(lambda chars: Separators(chars[0], chars[1], chars[2], repetition=chars[3]))
    .filter(lambda one: "\n" not in one.component + one.element + one.repetition)
)


def isa(separators: Separators) -> Segment:
    fixed = ["00", " " * 10, "00", " " * 10, "ZZ", f"{'US':15}", "ZZ", f"{'THEM':15}", "261128", "0900", separators.repetition]
    return Segment("ISA", tuple((one,) for one in [*fixed, "00501", "000000001", "0", "P", separators.component]), 1)


@EXAMPLES
@given(X12_SEPARATORS, st.lists(st.tuples(TAGS, elements("aZ9é.-")), min_size=1, max_size=6))
def test_x12_is_read_as_it_was_written_whatever_the_separators(separators: Separators, told: list[tuple[str, Elements]]) -> None:
    text = x12.written([isa(separators), *(Segment(*one) for one in told)], separators)
    read = x12.tokens(text)
    assert (list(read.segments[1:]), read.rest) == ([Segment(tag, value, n) for n, (tag, value) in enumerate(told, 2)], "")
    assert read.separators == separators


@EXAMPLES
@given(st.text(st.sampled_from("UNAISBX+:'?*~> \n09"), max_size=60))
def test_no_text_makes_a_tokenizer_fail_otherwise_than_by_saying_so(text: str) -> None:
    for read, begin in ((edifact.tokens, "UNA"), (edifact.tokens, "UNB"), (x12.tokens, "ISA")):
        with contextlib.suppress(Unreadable):
            found = read(begin + text)
            assert [segment.position for segment in found.segments] == list(range(1, len(found.segments) + 1))


def test_a_released_separator_belongs_to_the_value() -> None:
    read = edifact.tokens("UNB+x'FTX+AAI+++O?'Neill ?+ Söhne?: 50??'")
    assert read.segments[1].at(4) == "O'Neill + Söhne: 50?"
    assert edifact.written(read.segments, read.separators) == "UNB+x'FTX+AAI+++O?'Neill ?+ Söhne?: 50??'"


def test_a_value_that_x12_cannot_escape_is_refused_and_made_plain_on_wish() -> None:
    separators = Separators(">", "*", "~")
    with pytest.raises(ValueError, match=r"a value of \w+ holds the separator '\*'"):
        x12.written([Segment("N1", (("ST",), ("A*B",)))], separators)
    assert x12.plain("A*B>C~", separators) == "A B C "


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("UNA:+.", "its UNA segment breaks off"),
        ("UNA::.? 'UNB", "uses one character for two things"),
        ("UNA:A.? 'UNB", "uses 'A' as a separator"),
    ],
)
def test_separators_that_cannot_be_are_told(text: str, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        edifact.tokens(text)


def test_an_isa_that_breaks_off_is_told() -> None:
    with pytest.raises(Unreadable, match="has no 16 elements and a terminator"):
        x12.tokens("ISA*00*          *00*")


@pytest.mark.filterwarnings("ignore::pydifact.exceptions.MissingImplementationWarning")
@pytest.mark.parametrize("text", [INVRPT, ORDRSP], ids=["INVRPT", "ORDRSP"])
def test_pydifact_reads_the_same_segments(text: str) -> None:
    other = OtherInterchange.from_str(text)
    ours = edifact.tokens(text)
    body = [segment for segment in ours.segments if segment.tag not in {"UNB", "UNZ"}]
    theirs = list(other.segments)
    assert [one.tag for one in theirs] == [one.tag for one in body]
    for their, our in zip(theirs, body, strict=True):
        assert trimmed([plain(one) for one in their.elements]) == our.elements


def plain(element: Any) -> list[str]:
    return [element] if isinstance(element, str) else list(element)


def test_pyx12_reads_the_same_segments_and_the_same_faults() -> None:
    reader = pyx12.x12file.X12Reader(StringIO(X12_846.replace("SE*7*", "SE*9*")))
    theirs = [(one.get_seg_id(), [value.format() for _, value in elements_of(one)]) for one in reader]
    wrong = [error[1] for error in reader.pop_errors()]
    ours = x12.tokens(X12_846.replace("SE*7*", "SE*9*")).segments
    assert [tag for tag, _ in theirs] == [one.tag for one in ours]
    assert [[">".join(one) for one in segment.elements] for segment in ours] == [found for _, found in theirs]
    assert wrong == ["4"]


def elements_of(segment: Any) -> list[tuple[int, Any]]:
    return [(n, segment.get(f"{n:02d}")) for n in range(1, len(segment) + 1)]
