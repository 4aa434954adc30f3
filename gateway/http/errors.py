"""What callers are told of an error: a code of the closed list, a trace id, and a message that gives nothing of ours away."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import structlog
from graphql import GraphQLError

from gateway.domain.errors import DomainError, SourceError, Throttled, Unavailable

log = structlog.get_logger("gateway.http")

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
BAD_USER_INPUT = "BAD_USER_INPUT"
RESOLUTION_FAILURE = "OPERATION_RESOLUTION_FAILURE"
UNAUTHENTICATED = "UNAUTHENTICATED"
FORBIDDEN = "FORBIDDEN"
INTERNAL = "INTERNAL_SERVER_ERROR"

CODES = frozenset(
    {
        PARSE_FAILED,
        VALIDATION_FAILED,
        BAD_USER_INPUT,
        RESOLUTION_FAILURE,
        "PERSISTED_QUERY_NOT_FOUND",
        "DOCUMENT_NOT_TRUSTED",
        UNAUTHENTICATED,
        FORBIDDEN,
        "THROTTLED",
        "MAX_COST_EXCEEDED",
        "SOURCE_UNAVAILABLE",
        "SOURCE_TIMEOUT",
        "SOURCE_BUSY",
        "SOURCE_GARBAGE",
        "UNAVAILABLE",
        INTERNAL,
    }
)
"""The contract's closed list."""

STATUS_BY_CODE = {UNAUTHENTICATED: 401, FORBIDDEN: 403, "THROTTLED": 429, "UNAVAILABLE": 503, INTERNAL: 500}
"""HTTP status of a request that is refused by such an error; 400 for the rest."""

HEADERS_BY_CODE = {UNAUTHENTICATED: {"www-authenticate": "Bearer"}, "UNAVAILABLE": {"retry-after": "1"}}

SOURCE_MESSAGES = {
    "SOURCE_UNAVAILABLE": "The source {} is not available.",
    "SOURCE_TIMEOUT": "The source {} did not answer in time.",
    "SOURCE_BUSY": "The source {} is busy.",
    "SOURCE_GARBAGE": "The source {} gave an answer that cannot be read.",
}
"""Said instead of the source's own text, which may hold anything."""

INTERNAL_MESSAGE = "Something went wrong on our side; it was logged under this trace id."
UNAVAILABLE_MESSAGE = "This cannot be answered right now; repeat it, a mutation with the same idempotencyKey."

PYTHON_HINT = re.compile(
    r"Expected value of type '[^']*', found null\. (?P<what>Field|Argument)(?P<name> '\w+')? of type 'Maybe\[.*?\]'"
    r" cannot be explicitly set to null\. Use 'Maybe\[.*?\]' if you need to allow null values\."
)
"""The library's message for a null, which speaks to who wrote the schema."""


class RequestRefused(Exception):
    """A request that is answered by errors alone, with an HTTP status and perhaps headers."""

    def __init__(self, errors: Sequence[GraphQLError], *, status: int = 400, headers: Mapping[str, str] | None = None) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors, self.status, self.headers = errors, status, dict(headers or {})


def refused(code: str, message: str, *, status: int = 400, headers: Mapping[str, str] | None = None) -> RequestRefused:
    return RequestRefused([GraphQLError(message, extensions={"code": code})], status=status, headers=headers)


def cause(error: GraphQLError) -> BaseException:
    """Return what was raised at first, below the wrappings that executing adds."""
    inner: BaseException = error
    while isinstance(inner, GraphQLError) and inner.original_error is not None:
        inner = inner.original_error
    return inner


class Masking:
    """Writes errors for callers. Unmasked (development), the text of a failure of ours is shown as well."""

    def __init__(self, *, mask: bool) -> None:
        self.mask = mask

    def before_execution(self, errors: Iterable[GraphQLError], code: str, trace_id: str) -> list[dict[str, Any]]:
        """Write errors of a request or its document; `code` stands for those that carry none of their own."""
        return [
            written(error, plain(error.message), {**(error.extensions or {}), "code": own_code(error) or code}, trace_id)
            for error in errors
        ]

    def while_executing(self, errors: Iterable[GraphQLError], trace_id: str) -> list[dict[str, Any]]:
        """Write errors of fields; each kind of failure of ours is logged once per answer, however many fields it took."""
        logged: set[type[BaseException]] = set()
        answer = []
        for error in errors:
            origin = cause(error)
            message, extensions = told(origin)
            if extensions["code"] == INTERNAL:
                if type(origin) not in logged:
                    logged.add(type(origin))
                    log.error("field failed", trace_id=trace_id, path=error.path, exc_info=origin)
                message = message if self.mask else f"{type(origin).__name__}: {origin}"
            answer.append(written(error, message, extensions, trace_id))
        return answer

    def refusal(self, errors: Iterable[GraphQLError], trace_id: str) -> RequestRefused:
        """Return the refusal for an operation that ended before any answer of it, masked as its fields would be."""
        answers = self.while_executing(errors, trace_id)
        return RequestRefused([GraphQLError(answer["message"], extensions=answer["extensions"]) for answer in answers])

    def failure(self, error: Exception, trace_id: str) -> RequestRefused:
        """Return the refusal for an exception that met no field, such as one of signing in."""
        message, extensions = told(error)
        code = extensions["code"]
        if code == INTERNAL:
            log.error("request failed", trace_id=trace_id, exc_info=error)
            message = message if self.mask else f"{type(error).__name__}: {error}"
        headers = HEADERS_BY_CODE.get(code)
        return RequestRefused([GraphQLError(message, extensions=extensions)], status=STATUS_BY_CODE.get(code, 400), headers=headers)


def own_code(error: BaseException) -> str | None:
    """Return the code of the closed list that an error carries, as an attribute or in its extensions."""
    code = (error.extensions or {}).get("code") if isinstance(error, GraphQLError) else getattr(error, "code", None)
    return code if isinstance(code, str) and code in CODES else None


def told(error: BaseException) -> tuple[str, dict[str, Any]]:
    """Return the message and the extensions that a caller may see of an exception."""
    if isinstance(error, SourceError):
        return SOURCE_MESSAGES[error.code].format(error.source), source_extensions(error)
    if isinstance(error, Unavailable):
        return UNAVAILABLE_MESSAGE, {"code": error.code}
    if isinstance(error, Throttled):
        return str(error), {"code": error.code, "retryAfterMs": error.retry_after_ms}
    if isinstance(error, DomainError):
        return str(error), {"code": BAD_USER_INPUT}
    code = own_code(error)
    if code is None and isinstance(error, GraphQLError) and (error.nodes or PYTHON_HINT.search(error.message)):
        code = BAD_USER_INPUT  # the library judging an argument: it names the node; what it says of our own results names none
    if code is None or code == INTERNAL:
        return INTERNAL_MESSAGE, {"code": INTERNAL}
    extensions = error.extensions if isinstance(error, GraphQLError) and error.extensions else {}
    return plain(error.message if isinstance(error, GraphQLError) else str(error)), {**extensions, "code": code}


def source_extensions(error: SourceError) -> dict[str, Any]:
    extensions: dict[str, Any] = {"code": error.code, "source": error.source, "retryable": error.retryable}
    if error.since is not None:
        extensions["since"] = error.since.isoformat().replace("+00:00", "Z")
    if error.retry_after_ms is not None:
        extensions["retryAfterMs"] = error.retry_after_ms
    return extensions


def plain(message: str) -> str:
    """Return a message in words of GraphQL, without hints for Python."""
    message = message.replace("not to be None", "not to be null")
    return PYTHON_HINT.sub(lambda hint: f"{hint['what']}{hint['name'] or ''} must not be null; leave it out instead.", message)


def written(error: GraphQLError, message: str, extensions: dict[str, Any], trace_id: str) -> dict[str, Any]:
    answer: dict[str, Any] = {"message": message}
    if error.locations:
        answer["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path is not None:
        answer["path"] = list(error.path)
    answer["extensions"] = {**extensions, "traceId": trace_id}
    return answer
