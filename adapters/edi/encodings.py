"""The bytes of a file as text: by the syntax that EDIFACT names, else by the partner's profile; never guessed."""

import re

from adapters.edi.segments import Unreadable

ENCODINGS = {
    "UNOA": "ascii",
    "UNOB": "ascii",
    "UNOC": "latin-1",
    "UNOD": "iso8859-2",
    "UNOE": "iso8859-5",
    "UNOF": "iso8859-7",
    "UNOG": "iso8859-3",
    "UNOH": "iso8859-4",
    "UNOI": "iso8859-6",
    "UNOJ": "iso8859-8",
    "UNOK": "iso8859-9",
    "UNOW": "utf-8",
    "UNOX": "iso2022-jp",
    "UNOY": "utf-8",
}
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", ""), (b"\xfe\xff", ""))
_SYNTAX = re.compile(rb"UNB.(UNO[A-Z])")
HEAD = 200


def encoding_of(stated: str, version: str) -> str:
    """Return the encoding of a profile, where it states none that of its syntax."""
    return stated or ENCODINGS.get(version[:4], "ascii")


def decoded(content: bytes, stated: str) -> str:
    """Return a file's text; raises Unreadable that names the first byte which is not of its encoding."""
    for mark, encoding in MARKS:
        if content.startswith(mark):
            if not encoding:
                raise Unreadable("is UTF-16; the partner must send it in another encoding")
            stated = encoding
    syntax = _SYNTAX.search(content[:HEAD])
    named = ENCODINGS.get(syntax[1].decode(), "") if syntax else ""
    encoding, why = (stated, "as the profile says") if stated else (named or "ascii", f"as {syntax[1].decode() if syntax else 'X12'} says")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(
            f"byte {error.start + 1} (0x{content[error.start]:02x}) is not {encoding}, {why}; state the partner's encoding"
        ) from error
