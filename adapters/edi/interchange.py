"""An interchange as it was read: who sent it, its groups and messages, and every fault of its envelope with its place."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from adapters.edi.segments import Segment, Separators

Standard = Literal["EDIFACT", "X12"]
FaultKind = Literal["COUNT", "REFERENCE", "TRUNCATED", "STRUCTURE"]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with an envelope. `position`: of the segment, from 1; 0: of the file as a whole.

    COUNT: a count that is not right. REFERENCE: an end that names another beginning. TRUNCATED: an end that is missing.
    """

    kind: FaultKind
    position: int
    tag: str
    reason: str

    def __str__(self) -> str:
        return f"segment {self.position} {self.tag}: {self.reason}" if self.position else self.reason


@dataclass
class Group:
    """A functional group (GS, UNG); the whole interchange where EDIFACT uses none."""

    control: str
    kind: str = ""
    """GS01, as PR or IB."""
    version: str = ""
    position: int = 0


@dataclass
class EdiMessage:
    """One message (UNH to UNT, ST to SE) without these two. `faults`: what is wrong with its own end."""

    kind: str
    """INVRPT, 846 …"""
    reference: str
    version: str
    position: int
    group: Group
    body: list[Segment] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    ended: bool = False


@dataclass
class Interchange:
    """What stands between UNB and UNZ, ISA and IEA. `sender` and `receiver` are (identifier, qualifier)."""

    standard: Standard
    separators: Separators
    sender: tuple[str, str]
    receiver: tuple[str, str]
    control: str
    prepared: str
    """When it was made, as it is written: yymmddhhmm or ccyymmddhhmm, of no zone."""
    position: int
    version: str = ""
    test: bool = False
    asks_receipt: bool = False
    messages: list[EdiMessage] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    """Of the interchange and its groups."""
    ended: bool = False

    @property
    def every_fault(self) -> list[Fault]:
        found = [*self.faults, *(fault for message in self.messages for fault in message.faults)]
        return sorted(found, key=lambda fault: fault.position)

    def is_doubtful(self, message: EdiMessage) -> bool:
        """Tell whether a message may be a part of one: a count or reference around it is wrong."""
        return bool(self.faults or message.faults)


@dataclass(frozen=True, slots=True)
class Document:
    """One file: its interchanges, and what is wrong outside of them."""

    interchanges: Sequence[Interchange] = ()
    faults: Sequence[Fault] = ()

    @property
    def every_fault(self) -> list[Fault]:
        return [*self.faults, *(fault for one in self.interchanges for fault in one.every_fault)]


def prepared_at(text: str) -> datetime:
    """Return a moment without its zone; raises ValueError."""
    digits = "".join(char for char in text if char.isdigit())
    form = {10: "%y%m%d%H%M", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}.get(len(digits))
    if form is None:
        raise ValueError(f"{text!r} is no time of preparation")
    return datetime.strptime(digits, form)  # noqa: DTZ007 - a partner's profile tells the zone
