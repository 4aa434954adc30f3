"""Fields that call a resolver, typed and described."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import strawberry

F = TypeVar("F", bound=Callable[..., Any])


def resolved(description: str | None = None, *, name: str | None = None) -> Callable[[F], F]:
    """Make a method a field; the type checker goes on seeing the method."""

    def decorated(resolver: F) -> F:
        return cast("F", strawberry.field(resolver, description=description, name=name))

    return decorated


def watched(description: str) -> Callable[[F], F]:
    """Make a method a subscription; the type checker goes on seeing the method."""

    def decorated(resolver: F) -> F:
        return cast("F", strawberry.subscription(resolver, description=description))

    return decorated
