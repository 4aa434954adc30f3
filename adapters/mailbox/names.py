"""Names of kept files: when they were taken, their control number, what they hold, and the name they came under, in one that sorts."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

STAMP = "%Y%m%dT%H%M%S.%fZ"
BETWEEN = "~"
NOTHING = "-"
LONGEST, LONGEST_CONTROL, LONGEST_NAME, LONGEST_KINDS = 120, 50, 60, 110
"""Characters of a part of a name; all of them together are shorter than what file systems bear, a report's ending included."""
APART_US = 1_000
_OTHERS = re.compile(r"[^A-Za-z0-9._+-]")


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept file, known by its name alone: `stamp~control~kinds~name`. `stamp` is unique in its mailbox, and later for later files."""

    stamp: str
    control: str
    kinds: tuple[str, ...]
    name: str

    @property
    def day(self) -> str:
        return self.stamp[:8]

    @property
    def taken_at(self) -> datetime:
        return datetime.strptime(self.stamp, STAMP).replace(tzinfo=UTC)

    def __str__(self) -> str:
        return BETWEEN.join([self.stamp, self.control or NOTHING, "+".join(self.kinds) or NOTHING, self.name])


def kept(text: str) -> Kept | None:
    """Return what a name says; None for a file that somebody else has put there."""
    try:
        stamp, control, kinds, name = text.split(BETWEEN)
        datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
    if "/" in text:
        return None
    return Kept(stamp, "" if control == NOTHING else control, () if kinds == NOTHING else tuple(kinds.split("+")), name)


def plain(text: str, longest: int = LONGEST) -> str:
    """Return a text, whoever wrote it, as a part of a file's name."""
    return _OTHERS.sub("-", text)[-longest:] or NOTHING


def plain_kinds(kinds: Sequence[str]) -> tuple[str, ...]:
    """Return kinds as a part of a file's name; raises ValueError for more of them than it holds."""
    found = tuple(dict.fromkeys(plain(one).replace("+", "-") for one in kinds if one))
    if len("+".join(found)) > LONGEST_KINDS:
        raise ValueError(f"holds messages of {len(found)} kinds; they are too many for one file")
    return found


class Stamps:
    """Gives moments of which each is later than the one before, whatever the clock does; of two processes hardly ever the same."""

    def __init__(self) -> None:
        self._last = datetime.min.replace(tzinfo=UTC)

    def next(self, now: datetime) -> str:
        apart = timedelta(microseconds=secrets.randbelow(APART_US))
        self._last = max(now.astimezone(UTC) + apart, self._last + timedelta(microseconds=1))
        return self._last.strftime(STAMP)
