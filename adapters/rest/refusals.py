"""Refusals that come with a good status: what an answer's own error codes mean as errors of ours."""

import re
from typing import Any

from adapters.rest.endpoints import Refusals
from gateway.domain.errors import SourceBusy, SourceError, SourceGarbage, SourceRejected, SourceUnavailable

BUSY = frozenset({"THROTTLED", "RATE_LIMITED", "RATE_LIMIT_EXCEEDED", "TOO_MANY_REQUESTS", "OVERLOADED", "SERVICE_BUSY"})
UNAVAILABLE = frozenset(
    {
        "UNAUTHENTICATED",
        "UNAUTHORIZED",
        "FORBIDDEN",
        "ACCESS_DENIED",
        "SERVICE_UNAVAILABLE",
        "TIMEOUT",
        "INTERNAL_SERVER_ERROR",
        "INTERNAL_ERROR",
    }
)
REJECTED = frozenset(
    {"GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT", "BAD_REQUEST", "USER_INPUT_ERROR", "NOT_FOUND"}
)
NOTHING_DONE = frozenset({"UNAUTHENTICATED", "UNAUTHORIZED", "FORBIDDEN", "ACCESS_DENIED"})
_CODE = re.compile(r"^[A-Za-z0-9_.:-]{1,64}$")


def graphql_refusal(source: str, stated: Refusals, content: Any, *, mutation: bool) -> SourceError | None:
    """Return what a GraphQL answer's errors mean, None where it has none.

    Data beside errors is not taken: what is missing from it would count as nothing there.
    """
    if not isinstance(content, dict) or not ({"data", "errors"} & set(content)):
        return SourceGarbage(source, "the answer is none of GraphQL", unknown_effect=mutation)
    errors = content.get("errors")
    if not errors:
        return None
    code = next(filter(None, (_code(error) for error in errors)), None) if isinstance(errors, list) else None
    if known := _known(source, stated, code, mutation=mutation):
        return known
    told = f"answered with errors ({code or 'without a code'})"
    return SourceGarbage(source, told, unknown_effect=mutation) if _was_begun(content) else SourceRejected(source, told)


def stated_refusal(source: str, stated: Refusals, code: Any, *, mutation: bool) -> SourceError | None:
    """Return what the value of a `refusal` expression means; None where it gives nothing."""
    if code in (None, "", False):
        return None
    shown = str(code) if _CODE.match(str(code)) else None
    return _known(source, stated, shown, mutation=mutation) or SourceRejected(source, f"refused it ({shown or 'without a code'})")


def _known(source: str, stated: Refusals, code: str | None, *, mutation: bool) -> SourceError | None:
    told = f"answered with errors ({code})"
    if code in stated.rejected:
        return SourceRejected(source, told)
    if code in stated.busy:
        return SourceBusy(source, told)
    if code in stated.unavailable:
        return SourceUnavailable(source, told, unknown_effect=mutation)
    if code in BUSY:
        return SourceBusy(source, told)
    if code in UNAVAILABLE:
        return SourceUnavailable(source, told, unknown_effect=mutation and code not in NOTHING_DONE)
    return SourceRejected(source, told) if code in REJECTED else None


def _was_begun(content: dict[str, Any]) -> bool:
    """Tell whether anything was done: the error of a document that cannot be carried out names no place in the answer."""
    errors = content["errors"] if isinstance(content["errors"], list) else []
    return content.get("data") is not None or any(not isinstance(error, dict) or error.get("path") for error in errors)


def _code(error: Any) -> str | None:
    """Return an error's code where it is a word; a source's own text is never told on."""
    extensions = error.get("extensions") if isinstance(error, dict) else None
    code = extensions.get("code") if isinstance(extensions, dict) else None
    return code if isinstance(code, str) and _CODE.match(code) else None
