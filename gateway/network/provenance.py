"""What holds for places and who said so, gathered: places for which the same holds by the same word share a line."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from gateway.domain.calendar import WorkingCalendar
from gateway.network.overrides import Held

SAID_BY_NOBODY, BY_SOURCE, AS_TOLD = "default", "source ", "as it tells"
UNTOLD = frozenset({"code", "source"})
"""What the lines say anyhow."""
Line = tuple[str, str, str, tuple[str, ...]]
"""Field, what holds, who said so, and the codes of the places."""


def lines_of(places: Iterable[Held]) -> list[Line]:
    """Return the lines of all that somebody said, what the network file says first."""
    found: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for held in places:
        for field, origin in held.origin_by_field.items():
            if origin != SAID_BY_NOBODY and field not in UNTOLD:
                value = AS_TOLD if origin.startswith(BY_SOURCE) else told(getattr(held.location, field, None))
                found[field, value, origin].append(held.location.code)
    lines = [(*key, tuple(codes)) for key, codes in found.items()]
    return sorted(lines, key=lambda line: (line[2].startswith(BY_SOURCE), line[2], line[0], line[3]))


def told(value: Any) -> str:
    """Return a value in a few words."""
    if isinstance(value, WorkingCalendar):
        return f"{sum(map(len, value.weekly.values()))} periods a week, {len(value.exceptions)} special days"
    if isinstance(value, tuple | frozenset | list):
        return ", ".join(sorted(map(told, value))) or "none"
    return "closed then" if value is None else str(getattr(value, "code", None) or getattr(value, "postal_code", None) or value)
