"""The books of the systems behind: one file that outlives every process, written a whole line at a time."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.domain.feeds import Message, Receipt
from gateway.domain.ids import SourceCode, StockKey
from gateway.domain.network import HandOverClass


@dataclass(frozen=True, slots=True)
class Books:
    path: Path

    def note(self, **line: Any) -> None:
        with self.path.open("ab", buffering=0) as file:
            file.write(json.dumps(line).encode() + b"\n")

    def lines(self, what: str) -> Iterator[dict[str, Any]]:
        if self.path.exists():
            for text in self.path.read_text(encoding="utf-8").splitlines():
                line: dict[str, Any] = json.loads(text)
                if line["what"] == what:
                    yield line

    def issue(self, key: StockKey, units: int, reference: str) -> int:
        """Let goods leave, once; return the place in the owner's order."""
        issued = list(self.lines("issued"))
        for n, line in enumerate(issued, 1):
            if line["reference"] == reference:
                return FIRST_PLACE + n
        self.note(what="issued", key=key, units=units, reference=reference)
        return FIRST_PLACE + len(issued) + 1

    def place(self) -> int:
        return FIRST_PLACE + sum(1 for _ in self.lines("issued"))

    def left(self) -> Counter[str]:
        """Return the units that have left, by position."""
        gone = Counter[str]()
        for line in self.lines("issued"):
            gone[line["key"]] += line["units"]
        return gone

    def receipts(self) -> list[dict[str, Any]]:
        return list(self.lines("taken"))


FIRST_PLACE = 100
"""Where an owner's order stands when the shelves are filled."""


@dataclass(frozen=True, slots=True)
class BookedTarget:
    """A HandOverTarget of class A or B over the books."""

    books: Books
    source: SourceCode
    hand_over: HandOverClass

    def takes(self, message: Message) -> bool:
        return True

    async def send(self, message: Message) -> Receipt:
        known = self._receipt(message) if self.hand_over == "A" else None
        if known is None:
            self.books.note(
                what="taken", source=self.source, key=message.key, reference=message.reference, kind=message.kind, pid=os.getpid()
            )
        return known or Receipt(f"{self.source}:{message.key}", datetime.now(UTC))

    async def find(self, message: Message) -> Receipt | None:
        return self._receipt(message)

    def _receipt(self, message: Message) -> Receipt | None:
        taken = any((line["source"], line["key"]) == (self.source, message.key) for line in self.books.lines("taken"))
        return Receipt(f"{self.source}:{message.key}", datetime.now(UTC)) if taken else None
