"""Effort counted in calls, which is the same on every machine and at any load; the benchmarks measure seconds."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any, TypeVar

Answer = TypeVar("Answer")


@dataclass
class Effort:
    """Functions of Python and of C that were called."""

    calls: int = 0


@contextmanager
def effort() -> Iterator[Effort]:
    """Count the calls made in this thread while the block lasts, whoever awaits in it."""
    made = Effort()

    def count(_frame: FrameType, event: str, _argument: Any) -> None:
        made.calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield made
    finally:
        sys.setprofile(before)


def calls_made_by(work: Callable[[], Answer]) -> tuple[Answer, int]:
    """Return what `work` answers, and how many functions it called."""
    with effort() as made:
        answer = work()
    return answer, made.calls
