"""What a caller left out: the same as null."""

from typing import TypeVar

from strawberry import UNSET

T = TypeVar("T")


def given(value: T | None) -> T | None:
    return None if value is UNSET else value
