"""Domain dataclasses as documents and back: JSON-shaped, so that a document reads as the domain speaks."""

from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def dump(value: Any) -> Any:
    """Return a dataclass as plain JSON data: decimals and moments as text."""
    kind: Any = type(value)
    return adapter(kind).dump_python(value, mode="json")


def load(kind: type[T], data: Any) -> T:
    """Return the dataclass that was dumped."""
    hashable: Any = kind
    value: T = adapter(hashable).validate_python(data)
    return value
