"""Domain dataclasses as documents and back: JSON-shaped, so that a document reads as the domain speaks."""

from functools import lru_cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


@lru_cache(maxsize=64)
def adapter(kind: type[T]) -> TypeAdapter[T]:
    return TypeAdapter(kind)


def dump(value: object) -> Any:
    """Return a dataclass as plain JSON data: decimals and moments as text."""
    return adapter(type(value)).dump_python(value, mode="json")


def load(kind: type[T], data: Any) -> T:
    """Return the dataclass that was dumped."""
    return adapter(kind).validate_python(data)
