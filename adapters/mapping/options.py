"""Base of an adapter's options: strict tables, and problems told as lines with the nearest valid key."""

from collections.abc import Sequence
from difflib import get_close_matches
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from gateway.domain.errors import ConfigurationInvalid


class Options(BaseModel):
    """A table of options; an unknown key is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


O = TypeVar("O", bound=Options)  # noqa: E741 - a type variable by its bound's initial


def read_options(kind: type[O], source: str, stated: dict[str, Any]) -> O:
    """Return a source's options; raise ConfigurationInvalid with a line for each problem."""
    try:
        return kind.model_validate(stated)
    except ValidationError as error:
        lines = [_line(f"sources.{source}.options", finding, kind) for finding in error.errors(include_url=False)]
        raise ConfigurationInvalid(f"source {source}", list(dict.fromkeys(lines))) from error


def _line(prefix: str, finding: ErrorDetails, kind: type[Options]) -> str:
    path = ".".join([prefix, *(str(step) for step in finding["loc"])])
    if finding["type"] == "extra_forbidden":
        valid = _keys(kind, finding["loc"][:-1])
        close = get_close_matches(str(finding["loc"][-1]), valid, n=1)
        return f"{path}: unknown key; " + (f"did you mean {close[0]!r}?" if close else f"possible: {', '.join(valid)}")
    if finding["type"] == "missing":
        return f"{path}: is missing; add it"
    if finding["type"] == "value_error":
        return f"{path}: {finding['msg'].removeprefix('Value error, ')}"
    if finding["type"] == "literal_error":
        return f"{path}: {finding['input']!r} is not possible; use {finding.get('ctx', {}).get('expected')}"
    return f"{path}: {finding['msg'][:1].lower()}{finding['msg'][1:]}, not {str(finding['input'])[:60]!r}"


def _keys(kind: Any, location: Sequence[int | str]) -> list[str]:
    """Return the keys of the table at a place."""
    for step in location:
        kind = _inside(kind, step)
    return list(kind.model_fields) if isinstance(kind, type) and issubclass(kind, BaseModel) else []


def _inside(kind: Any, step: int | str) -> Any:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        field = kind.model_fields.get(str(step))
        return _plain(field.annotation) if field else NoneType
    arguments = get_args(kind)
    return _plain(arguments[1] if get_origin(kind) is dict else arguments[0]) if arguments else NoneType


def _plain(kind: Any) -> Any:
    """Return a type without its `| None` and its annotations."""
    if get_origin(kind) is Annotated:
        return _plain(get_args(kind)[0])
    if get_origin(kind) in {Union, UnionType}:
        return _plain(next(part for part in get_args(kind) if part is not NoneType))
    return kind
