"""What can go wrong, as facts with their data; nothing here knows of HTTP or GraphQL.

GatewayError
├── DomainError                an expected refusal: told to the caller as a user error
│   ├── InvalidInput           a value that cannot be used, with the field and the remedy
│   ├── NotFound               a name that nothing has
│   ├── InsufficientStock      fewer units can be promised than were asked for
│   ├── PromiseChanged         the option that was shown cannot be kept
│   ├── IllegalTransition      a step that the state does not allow
│   ├── IdempotencyConflict    the key was used for another input
│   ├── Refused                any other refusal, by its code
│   └── Refusals               several of them: a command reports all that is wrong
├── SourceError                a system behind the gateway failed us
│   ├── SourceUnavailable      refused, reset, 5xx: a retry may help
│   ├── SourceTimeout          no answer in time: what it did is unknown
│   ├── SourceBusy             it, or our share of it, is full: a retry may help, nothing was done
│   ├── SourceRejected         it understood and refused: a retry cannot help
│   └── SourceGarbage          its answer cannot be read
├── Unavailable                our own database is away, or time ran out: repeat with the same key
├── Throttled                  more waits at one place than may: repeat with the same key, a moment later
├── Unauthenticated            no caller could be told from the request
├── Forbidden                  the caller may not do this
├── ConfigurationInvalid       a network file, or an adapter's part of it, that cannot be used
└── BadInput                   a query's argument cannot be used (a mutation refuses by InvalidInput instead)
"""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Literal

Field = tuple[str, ...]
"""Where in `input` a refusal belongs, as in ("lines", "2", "quantity")."""

RefusalCode = Literal[
    "INVALID",
    "REQUIRED",
    "OUT_OF_RANGE",
    "TOO_MANY",
    "NOT_FOUND",
    "DUPLICATE",
    "INSUFFICIENT_STOCK",
    "NOT_DELIVERABLE",
    "NOT_SOLD",
    "PRICE_CHANGED",
    "PAYMENT_MISMATCH",
    "CURRENCY_MISMATCH",
    "PROMISE_EXPIRED",
    "PROMISE_CHANGED",
    "TOKEN_INVALID",
    "RESERVATION_EXPIRED",
    "RESERVATION_MISMATCH",
    "ILLEGAL_TRANSITION",
    "IDEMPOTENCY_KEY_INVALID",
    "IDEMPOTENCY_CONFLICT",
    "ALREADY_CLAIMED",
    "LOCATION_PAUSED",
    "CAPACITY_FULL",
    "NOT_ALLOWED_HERE",
    "CHANGED_MEANWHILE",
    "LIMIT_REACHED",
]


class GatewayError(Exception):
    """Root of every error that the gateway raises itself; `code` is from the contract's closed list."""

    code: ClassVar[str] = "INTERNAL_SERVER_ERROR"


class DomainError(GatewayError):
    """An expected refusal; `refusal` is its UserErrorCode, `field` its place in the input."""

    def __init__(self, message: str, *, refusal: RefusalCode, field: Field | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.refusal = refusal
        self.field = field

    @property
    def each(self) -> tuple["DomainError", ...]:
        """All that is refused: this alone, or the parts of Refusals."""
        return (self,)


class Refused(DomainError):
    """A refusal without data of its own."""


class InvalidInput(DomainError):
    """A value that cannot be used; the message names the remedy."""

    def __init__(self, message: str, *, field: Field | None, refusal: RefusalCode = "INVALID") -> None:
        super().__init__(message, refusal=refusal, field=field)


class NotFound(DomainError):
    """A name that nothing has."""

    def __init__(self, what: str, name: str, *, field: Field | None = None) -> None:
        super().__init__(f"There is no {what} {name!r}." if name else f"There is no {what} with this id.", refusal="NOT_FOUND", field=field)


class InsufficientStock(DomainError):
    """Fewer units can be promised than were asked for."""

    def __init__(
        self,
        sku: str,
        *,
        requested: int,
        available: int,
        location: str | None = None,
        next_available_at: datetime | None = None,
        field: Field | None = None,
    ) -> None:
        where = f" at {location}" if location else ""
        message = f"{available} of the {requested} units of {sku} asked for are available{where}; ask for fewer, or for another place."
        super().__init__(message, refusal="INSUFFICIENT_STOCK", field=field)
        self.sku, self.requested, self.available = sku, requested, available
        self.location, self.next_available_at = location, next_available_at


class PromiseChanged(DomainError):
    """The option that was shown cannot be kept; `option` is the best that can (a domain DeliveryOption, or None)."""

    def __init__(self, message: str, *, reason: str, option: object | None = None, field: Field | None = None) -> None:
        super().__init__(message, refusal="PROMISE_CHANGED", field=field)
        self.reason, self.option = reason, option


class IllegalTransition(DomainError):
    """A step that the state does not allow; nothing was changed."""

    def __init__(self, *, state: str, attempted: str, allowed: Sequence[str], field: Field | None = None) -> None:
        choices = ", ".join(allowed) or "nothing"
        super().__init__(f"{attempted} is not possible in state {state}; possible: {choices}.", refusal="ILLEGAL_TRANSITION", field=field)
        self.state, self.attempted, self.allowed = state, attempted, tuple(allowed)


class IdempotencyConflict(DomainError):
    """The key was used for another input before."""

    def __init__(self, *, first_used_at: datetime) -> None:
        message = "This idempotencyKey was used with another input; use a new key for a new request."
        super().__init__(message, refusal="IDEMPOTENCY_CONFLICT", field=("idempotencyKey",))
        self.first_used_at = first_used_at


class Refusals(DomainError):
    """Several refusals of one command, in the order of its input; at least one."""

    def __init__(self, errors: Sequence[DomainError]) -> None:
        super().__init__(" ".join(error.message for error in errors), refusal=errors[0].refusal, field=errors[0].field)
        self.errors = tuple(errors)

    @property
    def each(self) -> tuple[DomainError, ...]:
        return self.errors


class SourceError(GatewayError):
    """A system behind the gateway failed us. `unknown_effect`: the call may have done its work all the same; `unsent`: we never made it."""

    code: ClassVar[str] = "SOURCE_UNAVAILABLE"
    retryable: ClassVar[bool] = True

    def __init__(
        self,
        source: str,
        message: str,
        *,
        since: datetime | None = None,
        retry_after_ms: int | None = None,
        unknown_effect: bool = False,
        unsent: bool = False,
    ) -> None:
        super().__init__(f"{source}: {message}")
        self.source, self.message, self.since = source, message, since
        self.retry_after_ms, self.unknown_effect, self.unsent = retry_after_ms, unknown_effect, unsent


class SourceUnavailable(SourceError):
    """Refused, reset or a 5xx answer: a retry may help."""


class SourceTimeout(SourceError):
    """No answer in time."""

    code = "SOURCE_TIMEOUT"


class SourceBusy(SourceError):
    """The source, or our share of it, is full (429, 503): nothing was done."""

    code = "SOURCE_BUSY"


class SourceRejected(SourceError):
    """The source understood and refused (4xx): a retry cannot help."""

    code = "SOURCE_UNAVAILABLE"
    retryable = False


class SourceGarbage(SourceError):
    """An answer that cannot be read."""

    code = "SOURCE_GARBAGE"
    retryable = False


class Unavailable(GatewayError):
    """Our database is away, or an attempt ran out of time: repeat with the same key."""

    code = "UNAVAILABLE"


class Throttled(GatewayError):
    """More waits at one place than may; nothing was decided, and it is no want of stock. `retry_after_ms`: when to come back."""

    code = "THROTTLED"

    def __init__(self, message: str, *, retry_after_ms: int) -> None:
        super().__init__(message)
        self.retry_after_ms = retry_after_ms


class Unauthenticated(GatewayError):
    """No caller could be told from the request."""

    code = "UNAUTHENTICATED"


class Forbidden(GatewayError):
    """The caller may not do this."""

    code = "FORBIDDEN"


class BadInput(GatewayError):
    """An argument of a query that cannot be used; the message names it and the remedy."""

    code = "BAD_USER_INPUT"


class ConfigurationInvalid(GatewayError):
    """A network file, or an adapter's part of it, that cannot be used: each problem a line with its key and the remedy."""

    def __init__(self, what: str, problems: Sequence[str]) -> None:
        super().__init__("\n".join([f"{what} cannot be used:", *(f"  {problem}" for problem in problems)]))
        self.what, self.problems = what, tuple(problems)
