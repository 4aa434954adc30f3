"""Every fault of an envelope is told with its place."""

import pytest

from adapters.edi.encodings import decoded
from adapters.edi.envelopes import read
from adapters.edi.segments import Unreadable
from tests.adapters.edi.samples import INVRPT, X12_846


def told(text: str) -> list[str]:
    return [f"{fault.kind} {fault}" for fault in read(text).every_fault]


@pytest.mark.parametrize("text", [INVRPT, X12_846], ids=["EDIFACT", "X12"])
def test_a_whole_interchange_has_no_fault(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (INVRPT.replace("UNT+9", "UNT+12"), "COUNT segment 10 UNT: says 12, there are 9 segments from UNH to UNT"),
        (INVRPT.replace("UNT+9+1", "UNT+9+2"), "REFERENCE segment 10 UNT: ends message 2, and 1 was begun"),
        (INVRPT.replace("UNZ+1", "UNZ+2"), "COUNT segment 11 UNZ: says 2, there are 1 messages"),
        (INVRPT.replace("UNZ+1+42", "UNZ+1+43"), "REFERENCE segment 11 UNZ: ends interchange 43, and 42 was begun"),
        (INVRPT.replace("UNT+9+1'", ""), "TRUNCATED segment 10 UNZ: comes before the end of its message"),
        (INVRPT.removesuffix("UNZ+1+42'"), "TRUNCATED segment 10 UNT: is the last segment, and UNZ is missing"),
        (INVRPT.replace("UNH+1+INVRPT:D:96A:UN'", ""), "STRUCTURE segment 2 BGM: stands outside of a message"),
        (X12_846.replace("SE*7", "SE*8"), "COUNT segment 9 SE: says 8, there are 7 segments from ST to SE"),
        (X12_846.replace("SE*7*0001", "SE*7*0002"), "REFERENCE segment 9 SE: ends message 0002, and 0001 was begun"),
        (X12_846.replace("GE*1*42", "GE*2*42"), "COUNT segment 10 GE: says 2, there are 1 messages"),
        (X12_846.replace("GE*1*42", "GE*1*43"), "REFERENCE segment 10 GE: ends group 43, and 42 was begun"),
        (X12_846.replace("IEA*1*", "IEA*3*"), "COUNT segment 11 IEA: says 3, there are 1 groups"),
        (
            X12_846.replace("IEA*1*000000042", "IEA*1*000000041"),
            "REFERENCE segment 11 IEA: ends interchange 000000041, and 000000042 was begun",
        ),
        (X12_846.replace("SE*7*0001~", ""), "TRUNCATED segment 9 GE: comes before the end of its message"),
        (X12_846.replace("GE*1*42~", ""), "TRUNCATED segment 10 IEA: comes before the end of its group"),
        (X12_846.replace("SE*7*0001~", "SE*x*0001~"), "COUNT segment 9 SE: says x, there are 7 segments from ST to SE"),
    ],
)
def test_a_fault_is_told_with_its_segment(text: str, fault: str) -> None:
    assert fault in told(text)


@pytest.mark.parametrize("text", [INVRPT, X12_846], ids=["EDIFACT", "X12"])
def test_a_file_that_breaks_off_anywhere_is_never_taken_for_a_whole_one(text: str) -> None:
    for length in range(120, len(text)):
        assert any(fault.kind == "TRUNCATED" for fault in read(text[:length]).every_fault), text[length - 10 : length]


def test_a_file_may_hold_several_interchanges_and_one_that_is_not_ended_is_told() -> None:
    assert [one.control for one in read(INVRPT + "\r\n" + INVRPT.removeprefix("UNA:+.? '")).interchanges] == ["42", "42"]
    assert [one.control for one in read(X12_846 + X12_846).interchanges] == ["000000042", "000000042"]
    cut_off = INVRPT.removesuffix("UNZ+1+42'") + INVRPT.removeprefix("UNA:+.? '")
    assert told(cut_off) == ["TRUNCATED segment 11 UNB: begins, and the interchange before it has no end"]


def test_a_file_of_lines_needs_no_end_of_its_last_one() -> None:
    lines = X12_846.replace("~", "\n").removesuffix("\n")
    assert (told(lines), len(read(lines).interchanges[0].messages[0].body)) == ([], 5)
    assert told(X12_846.replace("~", "~\r\n")) == []
    assert told("\n \r\n" + INVRPT.replace("'", "'\r\n").replace("? '\r\n", "? '", 1) + "\x1a") == []


def test_groups_of_edifact_are_counted_instead_of_messages() -> None:
    body = "UNG+INVRPT+ATLAS+BRUME+261128:0800+7+UN+D:96A'UNH+1+INVRPT:D:96A:UN'BGM+35+R-1+9'UNT+3+1'UNE+1+7'"
    assert told(f"UNB+UNOC:3+ATLAS+BRUME+261128:0800+42'{body}UNZ+1+42'") == []
    assert told(f"UNB+UNOC:3+ATLAS+BRUME+261128:0800+42'{body}{body}UNZ+1+42'") == ["COUNT segment 12 UNZ: says 1, there are 2 groups"]


def test_an_interchange_that_is_a_test_says_so() -> None:
    assert not read(INVRPT).interchanges[0].test
    assert read(INVRPT.replace("0800+42'UNH", "0800+42++++++1'UNH")).interchanges[0].test
    assert read(X12_846.replace("*0*P*>", "*0*T*>")).interchanges[0].test


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "begins with ''"),
        ("<html>", "begins with '<html>', not with UNA, UNB or ISA"),
        ("\n##UNB+UNOC:3", r"; UNB stands at character 3"),
    ],
)
def test_what_is_no_edi_is_told(text: str, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read(text)


CYRILLIC = "UNB+UNOE:3+Ж+B'"


@pytest.mark.parametrize(
    ("content", "stated", "text"),
    [
        (b"UNB+UNOC:3+\xe9'", "", "UNB+UNOC:3+é'"),
        (b"UNB+UNOD:3+\xb1'", "", "UNB+UNOD:3+ą'"),
        (CYRILLIC.encode("iso8859-5"), "", CYRILLIC),
        ("UNB+UNOY:4+é'".encode(), "", "UNB+UNOY:4+é'"),
        (b"UNB+UNOA:2+\xe9'", "latin-1", "UNB+UNOA:2+é'"),
        (b"\xef\xbb\xbfISA*\xc3\xa9", "latin-1", "ISA*é"),
    ],
)
def test_a_text_is_read_in_the_encoding_that_it_names(content: bytes, stated: str, text: str) -> None:
    assert decoded(content, stated) == text


@pytest.mark.parametrize(
    ("content", "stated", "words"),
    [
        (b"UNB+UNOA:2+\xe9'", "", r"byte 12 \(0xe9\) is not ascii, as UNOA says; state the partner's encoding"),
        (b"ISA*00*\xe9", "utf-8", r"byte 8 \(0xe9\) is not utf-8, as the profile says"),
        ("ISA*00".encode("utf-16"), "utf-8", "is UTF-16"),
    ],
)
def test_a_wrong_encoding_is_told_with_its_byte(content: bytes, stated: str, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        decoded(content, stated)
