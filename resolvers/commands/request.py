"""What makes a call the same call again: its caller, operation and key, and the fingerprint of its input."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Protocol

import orjson

from gateway.domain.done import Done
from gateway.domain.errors import IdempotencyConflict, InvalidInput
from gateway.domain.ids import Rid, rid_of
from resolvers.context import Context

KEY_FORM = re.compile(r"[\x21-\x7e]{22,255}")


class Keyed(Protocol):
    """Any command: a dataclass with its caller's key."""

    @property
    def idempotency_key(self) -> str: ...


@dataclass(frozen=True, slots=True)
class RequestMark:
    """One request: `by` tells it from all others, `fp` its input from another one under the same key."""

    by: Rid
    fp: str


def request_mark(context: Context, operation: str, command: Keyed) -> RequestMark:
    """Return the identity of a call. `operation` is the mutation's name; raises InvalidInput for a key that cannot be one."""
    if not KEY_FORM.fullmatch(command.idempotency_key):
        raise InvalidInput(
            "idempotencyKey must be a UUID or 22 to 255 random characters without spaces, used for one call only.",
            field=("idempotencyKey",),
            refusal="IDEMPOTENCY_KEY_INVALID",
        )
    return RequestMark(rid_of(context.principal.identity, operation, command.idempotency_key), fingerprint(command))


def fingerprint(command: Keyed) -> str:
    """Return the same text for the same input, whatever its key; on every machine."""
    content = {name: value for name, value in asdict(command).items() if name != "idempotency_key"}  # type: ignore[call-overload]
    return hashlib.sha256(orjson.dumps(content, default=str, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def is_repeat(done: Iterable[Done], mark: RequestMark) -> bool:
    """Tell whether a request was answered already; raises IdempotencyConflict when its key was used for another input."""
    answered = next((one for one in done if one.by == mark.by), None)
    if answered is None:
        return False
    if answered.fp != mark.fp:
        raise IdempotencyConflict(first_used_at=answered.at)
    return True


def conflict(first_used_ms: int) -> IdempotencyConflict:
    return IdempotencyConflict(first_used_at=datetime.fromtimestamp(first_used_ms / 1000, UTC))
