"""Enums of the contract: text of the same name in the domain, described value by value."""

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

import strawberry

E = TypeVar("E", bound=type[StrEnum])


def described(description: str, **description_by_value: str) -> Callable[[E], E]:
    """Make an enum of the contract, its values described where their names do not say it."""

    def decorated(kind: E) -> E:
        enum = strawberry.enum(kind, description=description)
        for value in enum.__strawberry_definition__.values:  # type: ignore[attr-defined]
            value.description = description_by_value.get(value.name)
        return enum

    return decorated
