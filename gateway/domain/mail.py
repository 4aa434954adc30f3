"""Files that a partner put into its mailbox: what became of each, and what was wrong with it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

MailVerdict = Literal["TAKEN", "WARNED", "QUARANTINED", "DUPLICATE", "UNREAD"]
"""WARNED: taken, though something was wrong. QUARANTINED and DUPLICATE: put aside as it came. UNREAD: a file of ours of which its partner
has not said in time that it could read it."""


@dataclass(frozen=True, slots=True)
class MailFault:
    """One thing that is wrong, in plain words. `position`: of the segment or line, from 1; 0: of the file as a whole."""

    position: int
    segment: str
    reason: str

    def __str__(self) -> str:
        return f"segment {self.position} {self.segment}: {self.reason}" if self.position else self.reason


@dataclass(frozen=True, slots=True)
class MailReport:
    """What became of one file. `file`: the name it is kept under, by which it is replayed; `came_as`: its partner's name for it."""

    source: str
    file: str
    came_as: str
    partner: str
    control: str
    at: datetime
    verdict: MailVerdict
    faults: tuple[MailFault, ...] = ()
