"""The keys that the file may have at a place, read from the domain's own types."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from gateway.domain.network import Network


def keys_at(location: Sequence[int | str], root: Any = Network) -> tuple[str, ...]:
    """Return the names that may stand in the table at `location`; none where anything may."""
    here = root
    for step in location:
        here = _inside(here, step)
    return tuple(field.name for field in fields(here)) if is_dataclass(here) else ()


def _inside(kind: Any, step: int | str) -> Any:
    if is_dataclass(kind):
        return plain(get_type_hints(kind).get(str(step), NoneType)) if isinstance(step, str) else NoneType
    if get_origin(kind) is tuple:
        return plain(get_args(kind)[0])
    if get_origin(kind) in {dict, Mapping}:
        return plain(get_args(kind)[1])
    return NoneType


def plain(kind: Any) -> Any:
    """Return a type without its `| None`."""
    if get_origin(kind) in {Union, UnionType}:
        return next(part for part in get_args(kind) if part is not NoneType)
    return kind
