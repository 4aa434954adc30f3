"""A call that a system turns down, and the checks of what callers send; each dialect words it in its own way."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

_MAX_BODY_BYTES = 4_000_000
_MAX_DEPTH = 64


class Refused(Exception):
    """`code` is an UPPER_CASE fact, `field` the path of what is wrong."""

    def __init__(self, status: int, code: str, text: str, field: str | None = None, value: object = None) -> None:
        super().__init__(text)
        self.status, self.code, self.text, self.field, self.value = status, code, text, field, value


class Json(Response):
    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content)


def invalid(field: str, text: str, value: object = None) -> Refused:
    return Refused(422, "INVALID", f"{field}: {text}", field, value)


async def json_object(request: Request) -> dict[str, Any]:
    raw = await request.body()
    if len(raw) > _MAX_BODY_BYTES:
        raise Refused(413, "TOO_LARGE", "the body is larger than 4 MB")
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Refused(400, "MALFORMED", f"the body is no JSON: {error}") from error
    if not isinstance(body, dict):
        raise Refused(400, "MALFORMED", "the body must be a JSON object")
    if _is_deep(raw):
        raise Refused(400, "MALFORMED", f"the body is nested deeper than {_MAX_DEPTH}")
    return body


def _is_deep(raw: bytes) -> bool:
    """Tell whether brackets nest too deeply to be kept; those inside texts count too, which only a hostile body reaches."""
    if raw.count(b"{") + raw.count(b"[") <= _MAX_DEPTH:
        return False
    depth = deepest = 0
    for letter in raw:
        if letter in b"{[":
            depth += 1
            deepest = max(deepest, depth)
        elif letter in b"}]":
            depth -= 1
    return deepest > _MAX_DEPTH


def text_in(body: Mapping[str, Any], field: str, *, most: int = 80, path: str = "") -> str:
    value = body.get(field)
    if not isinstance(value, str) or not 0 < len(value) <= most:
        raise invalid(path + field, f"a text of 1 to {most} characters is needed", value)
    return value


def object_in(body: Mapping[str, Any], field: str, *, path: str = "") -> dict[str, Any]:
    value = body.get(field)
    if not isinstance(value, dict):
        raise invalid(path + field, "an object is needed", value)
    return value


def whole_in(body: Mapping[str, Any], field: str, *, least: int, most: int, path: str = "") -> int:
    value = body.get(field)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise invalid(path + field, f"a whole number from {least} to {most} is needed", value)
    return value


def list_in(body: Mapping[str, Any], field: str, *, most: int, path: str = "") -> list[Any]:
    value = body.get(field)
    if not isinstance(value, list) or not 0 < len(value) <= most:
        raise invalid(path + field, f"a list of 1 to {most} entries is needed")
    return value


def objects_in(body: Mapping[str, Any], field: str, *, most: int, path: str = "") -> list[dict[str, Any]]:
    values = list_in(body, field, most=most, path=path)
    for place, value in enumerate(values):
        if not isinstance(value, dict):
            raise invalid(f"{path}{field}[{place}]", "an object is needed", value)
    return values


def texts_in(body: Mapping[str, Any], field: str, *, most: int, path: str = "") -> list[str]:
    values = list_in(body, field, most=most, path=path)
    for place, value in enumerate(values):
        if not isinstance(value, str):
            raise invalid(f"{path}{field}[{place}]", "a text is needed", value)
    return values


def bounded(request: Request, name: str, default: int, least: int, most: int) -> int:
    """Return a whole number of the query string; past its bounds it is refused, not cut."""
    raw = request.query_params.get(name)
    if raw is None:
        return default
    try:
        value = int(raw)
    except ValueError:
        raise invalid(name, "a whole number is needed", raw) from None
    if not least <= value <= most:
        raise invalid(name, f"must lie from {least} to {most}", value)
    return value


def listed(request: Request, name: str, most: int) -> list[str] | None:
    """Return the comma-separated values of a query parameter, None when it is absent."""
    raw = request.query_params.get(name)
    if raw is None:
        return None
    values = [value for value in raw.split(",") if value]
    if len(values) > most:
        raise Refused(422, "TOO_MANY_ITEMS", f"{name}: at most {most} at once", name, len(values))
    return values


def page_of(rows: Sequence[Any], offset: int, limit: int) -> Sequence[Any]:
    return rows[offset : offset + limit]
