"""997, CONTRL and TA1: that a file came and could be read, said by us and by the partner."""

from collections.abc import Iterator
from dataclasses import dataclass

from adapters.edi.interchange import EdiMessage, Group, Interchange
from adapters.edi.segments import Segment, trimmed

KINDS = frozenset({"997", "999", "CONTRL", "TA1"})
ACCEPTED_997 = frozenset({"A", "E"})
"""E: accepted, though something in it was wrong."""
REJECTED_CONTRL = "4"
ACCEPTED_CONTRL = "7"
REJECTED_TA1 = "R"


@dataclass(frozen=True, slots=True)
class Said:
    """What the partner's translator said of a group or an interchange of ours."""

    control: str
    accepted: bool
    segment: Segment
    codes: str


def said(message: EdiMessage) -> Iterator[Said]:
    """Yield what a 997, CONTRL or TA1 says of each group or interchange that it names."""
    if message.kind == "CONTRL":
        for segment in message.body:
            if segment.tag == "UCI":
                yield Said(segment.at(1), segment.at(4) != REJECTED_CONTRL, segment, f"{segment.at(4)} {segment.at(5)}".strip())
        return
    if message.kind == "TA1":
        for segment in message.body:
            yield Said(segment.at(1), segment.at(4) != REJECTED_TA1, segment, f"{segment.at(4)} {segment.at(5)}".strip())
        return
    control, rejected = "", False
    for segment in message.body:
        if segment.tag == "AK1":
            control, rejected = segment.at(2), False
        elif segment.tag in {"AK5", "IK5"}:
            rejected |= segment.at(1) not in ACCEPTED_997
        elif segment.tag == "AK9":
            yield Said(control, segment.at(1) in ACCEPTED_997 and not rejected, segment, segment.at(1))


def of_group(interchange: Interchange, group: Group, *, sound: bool) -> list[Segment]:
    """Return the body of a 997 for one group: each message by its own faults, all rejected when the file is put aside."""
    messages = [message for message in interchange.messages if message.group is group]
    verdicts = [_code(message, sound=sound) for message in messages]
    accepted = sum(one != "R" for one in verdicts)
    whole = "R" if not accepted else "A" if set(verdicts) == {"A"} else "P" if accepted < len(verdicts) else "E"
    body = [_segment("AK1", group.kind, group.control)]
    for message, verdict in zip(messages, verdicts, strict=True):
        body += [_segment("AK2", message.kind, message.reference), _segment("AK5", verdict)]
    return [*body, _segment("AK9", whole, str(len(messages)), str(len(messages)), str(accepted))]


def of_interchange(interchange: Interchange, *, sound: bool) -> list[Segment]:
    """Return the body of a CONTRL for a whole interchange."""
    action = ACCEPTED_CONTRL if sound else REJECTED_CONTRL
    return [Segment("UCI", trimmed([[interchange.control], list(interchange.sender), list(interchange.receiver), [action]]))]


def _code(message: EdiMessage, *, sound: bool) -> str:
    if not sound:
        return "R"
    return "E" if message.faults else "A"


def _segment(tag: str, *values: str) -> Segment:
    return Segment(tag, trimmed([[value] for value in values]))
