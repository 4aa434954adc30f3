"""What a campaign is: it counts what it did and what really went wrong on the way, and names every violation."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Tell = Callable[[str], None]
"""Shows progress of a long trial, a line at a time."""


@dataclass
class Findings:
    """`counts`: states, kills, orders, units …; `fired`: faults by kind, as often as they really fired; `violations`: what must not be."""

    counts: Counter[str] = field(default_factory=Counter)
    fired: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)
    """Tables for the report, by title: rows of equal length, the first of them the heads."""

    def check(self, holds: bool, violation: str) -> None:  # noqa: FBT001 - a truth is what it takes
        if not holds:
            self.violations.append(violation)

    def must_fire(self, *kinds: str) -> None:
        """A fault that never fired proves nothing."""
        for kind in kinds:
            self.check(self.fired[kind] > 0, f"the fault {kind!r} never fired")


Campaign = Callable[[bool, Tell], Findings]
"""Runs a trial; the first argument asks for its full form."""
