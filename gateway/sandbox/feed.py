"""The recent entries of a numbered feed, compact, oldest dropped first."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Any, NamedTuple


class Entry(NamedTuple):
    """`key` tells an event from all others; `row` is what the dialect words."""

    number: int
    at_ms: int
    key: str
    row: Any


class Feed:
    def __init__(self, keep: int = 50_000) -> None:
        self._entries: list[Entry] = []
        self._keep = keep
        self.dropped_to = 0

    def append(self, entry: Entry) -> None:
        self._entries.append(entry)
        if len(self._entries) > self._keep + self._keep // 4:
            surplus = len(self._entries) - self._keep
            self.dropped_to = self._entries[surplus - 1].number
            del self._entries[:surplus]

    def after(self, number: int, limit: int) -> Sequence[Entry]:
        start = bisect_right(self._entries, number, key=lambda entry: entry.number)
        return self._entries[start : start + limit]

    def stamped(self, since_ms: int, until_ms: int) -> Sequence[Entry]:
        """Return the entries stamped in a closed span, by stamp; a feed of late stamps is still searched whole."""
        found = [entry for entry in self._entries if since_ms <= entry.at_ms <= until_ms]
        return sorted(found, key=lambda entry: entry.at_ms)

    def first(self, number: int) -> Entry | None:
        place = bisect_left(self._entries, number, key=lambda entry: entry.number)
        return self._entries[place] if place < len(self._entries) else None
