"""Effort counted in calls, which is the same on every machine and at any load; the benchmarks measure seconds."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

Answer = TypeVar("Answer")


def calls_made_by(work: Callable[[], Answer]) -> tuple[Answer, int]:
    """Return what `work` answers, and how many functions of Python and of C it called."""
    made = 0

    def count(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal made
        made += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        answer = work()
    finally:
        sys.setprofile(before)
    return answer, made
