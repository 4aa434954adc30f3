"""Reads a file's envelopes exactly: every count, every control number, every end segment; what is wrong is told with its place."""

import re
from dataclasses import dataclass, field

from adapters.edi import edifact, x12
from adapters.edi.interchange import Document, EdiMessage, Fault, FaultKind, Group, Interchange
from adapters.edi.segments import FILLED, Segment, Tokens, Unreadable

BYTE_ORDER_MARK = "\ufeff"
START = re.compile(r"UNA|UNB|ISA")


def read(text: str) -> Document:
    """Return what a text holds; raises Unreadable when it is no EDI."""
    text = text.lstrip(BYTE_ORDER_MARK + FILLED)
    if edifact.is_edifact(text):
        return _interchanges(edifact.tokens(text), Edifact)
    if x12.is_x12(text):
        return _interchanges(x12.tokens(text), X12)
    begins = START.search(text[:200])
    where = f"; {begins.group()} stands at character {begins.start() + 1}" if begins else ""
    raise Unreadable(f"begins with {text[:20]!r}, not with UNA, UNB or ISA{where}")


def _interchanges(tokens: Tokens, reader: "type[Reader]") -> Document:
    reading = reader(tokens)
    for segment in tokens.segments:
        reading.take(segment)
    reading.end()
    return Document(reading.done, reading.faults)


@dataclass
class Reader:
    """Walks over segments; `current`, `group` and `message` are those that are open."""

    tokens: Tokens
    done: list[Interchange] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    current: Interchange | None = None
    group: Group | None = None
    message: EdiMessage | None = None
    messages_in_group: int = 0

    def take(self, segment: Segment) -> None:
        raise NotImplementedError

    def add(self, kind: FaultKind, segment: Segment, reason: str) -> None:
        """Note a fault of the file, of the interchange, or of the message that is open."""
        fault = Fault(kind, segment.position, segment.tag, reason)
        (self.message.faults if self.message else self.current.faults if self.current else self.faults).append(fault)

    def inside(self, segment: Segment, what: str) -> bool:
        """Tell whether an interchange is open; note it where none is."""
        if self.current is None:
            self.add("STRUCTURE", segment, f"{what} outside of an interchange")
        return self.current is not None

    def begin(self, interchange: Interchange, segment: Segment) -> None:
        self.close("begins, and the interchange before it has no end", segment)
        self.current = interchange
        self.done.append(interchange)

    def open_message(self, message: EdiMessage, segment: Segment) -> None:
        self.close_message("begins, and the message before it has no end", segment)
        self.message, self.messages_in_group = message, self.messages_in_group + 1
        if self.current:
            self.current.messages.append(message)

    def close_message(self, reason: str, segment: Segment) -> None:
        """Note that the open message has no end, if one is open."""
        if self.message:
            self.add("TRUNCATED", segment, reason)
        self.message = None

    def close(self, reason: str, segment: Segment) -> None:
        """Note that what is open has no end."""
        self.close_message(reason, segment)
        if self.current:
            self.add("TRUNCATED", segment, reason)
        self.current = self.group = None
        self.messages_in_group = 0

    def end(self) -> None:
        """Note what the file leaves open, and a last segment without a terminator."""
        last = self.tokens.segments[-1] if self.tokens.segments else Segment("file")
        if self.tokens.rest:
            after = Segment(self.tokens.rest[:3], position=last.position + 1)
            self.add("TRUNCATED", after, f"breaks off: {self.tokens.rest[:30]!r} has no terminator")
        self.close(f"is the last segment, and {self.wanted} is missing", last)

    @property
    def wanted(self) -> str:
        raise NotImplementedError

    def check_count(self, segment: Segment, actual: int, what: str) -> None:
        stated = segment.at(1)
        if not stated.isdigit() or int(stated) != actual:
            self.add("COUNT", segment, f"says {stated or 'nothing'}, there are {actual} {what}")

    def check_reference(self, segment: Segment, stated: str, begun: str, what: str) -> None:
        if stated != begun:
            self.add("REFERENCE", segment, f"ends {what} {stated or '(nothing)'}, and {begun} was begun")


class Edifact(Reader):
    """UNB, perhaps UNG, UNH … UNT, UNE, UNZ."""

    @property
    def wanted(self) -> str:
        return "UNT" if self.message else "UNZ"

    def take(self, segment: Segment) -> None:
        match segment.tag:
            case "UNB":
                self.begin(self._interchange(segment), segment)
            case "UNG" if self.inside(segment, "a group"):
                self.close_message("begins, and the message before it has no end", segment)
                self._open_group(Group(segment.at(5), segment.at(1), segment.at(7), segment.position))
            case "UNH" if self.inside(segment, "a message"):
                version = ":".join(segment.at(2, component) for component in range(2, 6)).rstrip(":")
                group = self.group or self._whole()
                self.open_message(EdiMessage(segment.at(2), segment.at(1), version, segment.position, group), segment)
            case "UNT" if self.message:
                self.check_count(segment, segment.position - self.message.position + 1, "segments from UNH to UNT")
                self.check_reference(segment, segment.at(2), self.message.reference, "message")
                self.message.ended, self.message = True, None
            case "UNE" if self.group:
                self.close_message("comes before the end of its message", segment)
                self.check_count(segment, self.messages_in_group, "messages")
                self.check_reference(segment, segment.at(2), self.group.control, "group")
                self.group = None
            case "UNZ" if self.current:
                self._finish(segment, self.current)
            case _:
                self._content(segment)

    def _open_group(self, group: Group) -> None:
        self.group, self.messages_in_group = group, 0
        if self.current:
            self.current.groups.append(group)

    def _content(self, segment: Segment) -> None:
        if self.message:
            self.message.body.append(segment)
        elif self.inside(segment, "stands"):
            self.add("STRUCTURE", segment, "stands outside of a message")

    def _whole(self) -> Group:
        """Return the interchange as the group that its messages are in."""
        return Group(self.current.control if self.current else "", version="")

    def _finish(self, segment: Segment, interchange: Interchange) -> None:
        self.close_message("comes before the end of its message", segment)
        grouped = bool(interchange.groups)
        actual, what = (len(interchange.groups), "groups") if grouped else (len(interchange.messages), "messages")
        self.check_count(segment, actual, what)
        self.check_reference(segment, segment.at(2), interchange.control, "interchange")
        interchange.ended = True
        self.current = self.group = None
        self.messages_in_group = 0

    def _interchange(self, segment: Segment) -> Interchange:
        return Interchange(
            standard="EDIFACT",
            separators=self.tokens.separators,
            sender=(segment.at(2), segment.at(2, 2)),
            receiver=(segment.at(3), segment.at(3, 2)),
            control=segment.at(5),
            prepared=segment.at(4) + segment.at(4, 2),
            position=segment.position,
            version=f"{segment.at(1)}:{segment.at(1, 2)}",
            test=segment.at(11) == "1",
            asks_receipt=segment.at(9) == "1",
        )


class X12(Reader):
    """ISA, perhaps TA1, GS, ST … SE, GE, IEA."""

    @property
    def wanted(self) -> str:
        return "SE" if self.message else "GE" if self.group else "IEA"

    def take(self, segment: Segment) -> None:
        match segment.tag:
            case "ISA":
                self.begin(self._interchange(segment), segment)
            case "GS" if self.inside(segment, "a group"):
                self._leave_group("begins, and the group before it has no end", segment)
                self.group = Group(segment.at(6), segment.at(1), segment.at(8), segment.position)
                self.messages_in_group = 0
                if self.current:
                    self.current.groups.append(self.group)
            case "ST" if self.group:
                version = segment.at(3) or self.group.version
                self.open_message(EdiMessage(segment.at(1), segment.at(2), version, segment.position, self.group), segment)
            case "SE" if self.message:
                self.check_count(segment, segment.position - self.message.position + 1, "segments from ST to SE")
                self.check_reference(segment, segment.at(2), self.message.reference, "message")
                self.message.ended, self.message = True, None
            case "GE" if self.group:
                self.close_message("comes before the end of its message", segment)
                self.check_count(segment, self.messages_in_group, "messages")
                self.check_reference(segment, segment.at(2), self.group.control, "group")
                self.group = None
            case "IEA" if self.current:
                self._finish(segment, self.current)
            case _:
                self._content(segment)

    def _content(self, segment: Segment) -> None:
        if self.message:
            self.message.body.append(segment)
        elif self.inside(segment, "stands"):
            if segment.tag == "TA1" and self.current:
                self.current.messages.append(receipt(segment))
            else:
                self.add("STRUCTURE", segment, "stands outside of a message")

    def _leave_group(self, reason: str, segment: Segment) -> None:
        self.close_message(reason, segment)
        if self.group:
            self.add("TRUNCATED", segment, reason)
        self.group = None

    def _finish(self, segment: Segment, interchange: Interchange) -> None:
        self._leave_group("comes before the end of its group", segment)
        self.check_count(segment, len(interchange.groups), "groups")
        self.check_reference(segment, segment.at(2), interchange.control, "interchange")
        interchange.ended = True
        self.current = None

    def _interchange(self, segment: Segment) -> Interchange:
        return Interchange(
            standard="X12",
            separators=self.tokens.separators,
            sender=(segment.at(6), segment.at(5)),
            receiver=(segment.at(8), segment.at(7)),
            control=segment.at(13),
            prepared=segment.at(9) + segment.at(10),
            position=segment.position,
            version=segment.at(12),
            test=segment.at(15) == "T",
            asks_receipt=segment.at(14) == "1",
        )


def receipt(segment: Segment) -> EdiMessage:
    """Return a TA1, which stands in the envelope itself, as the message that it is."""
    control = segment.at(1)
    return EdiMessage("TA1", control, "", segment.position, Group(control, "TA1"), [segment], ended=True)
