"""Programs that work on a document under the key of a call: one key, one input, one document."""

from collections.abc import Callable
from typing import TypeVar

from gateway.domain.claims.carrying import Program
from gateway.domain.claims.documents import KeyDoc
from gateway.domain.claims.programs import Conflict
from gateway.domain.claims.steps import InsertKey
from gateway.domain.ids import Rid

T = TypeVar("T")


def keyed(by: Rid, fp: str, rid: Rid, program: Callable[[], Program[T]]) -> Program[T | Conflict]:
    """Run a program under the key `by`: with another input, or on another document, it is a Conflict and has no effect."""
    key: KeyDoc = yield InsertKey(by, fp, rid)
    if key.fp != fp or key.hold != rid:
        return Conflict(key.created_ms)
    return (yield from program())
