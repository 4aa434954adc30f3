"""Keys of calls: one key, one input, one document, and one answer also where that is a refusal."""

from collections.abc import Callable
from typing import TypeVar

from gateway.domain.claims.carrying import Program, finish, recover
from gateway.domain.claims.documents import KeyDoc, OrderDoc
from gateway.domain.claims.programs import TRIES, Answer, Conflict, Gone
from gateway.domain.claims.steps import InsertKey, ReadOrder, Refuse
from gateway.domain.ids import Rid
from gateway.domain.promise.refused import RefusedPromise

T = TypeVar("T")


def keyed(by: Rid, fp: str, rid: Rid, program: Callable[[], Program[T]]) -> Program[T | Conflict]:
    """Run a program under the key `by`: with another input, or on another document, it is a Conflict and has no effect."""
    key: KeyDoc = yield InsertKey(by, fp, rid)
    if key.fp != fp or key.hold != rid:
        return Conflict(key.created_ms)
    return (yield from program())


def refuse(rid: Rid, fp: str, refused: tuple[RefusedPromise, ...]) -> Program[Answer]:
    """Make a refusal the answer of its key for ever; another document than such a one was decided, or is at work, under the key before."""
    order: OrderDoc | None = None
    for _ in range(TRIES):
        order = yield Refuse(rid, fp, refused)
        if order:
            yield from finish(order)
            return order
        order = yield ReadOrder(rid)
        if order and order.fp != fp:
            return Conflict(order.created_ms)
        if order and order.st != "NEW":
            break
        yield from recover(rid)
    return order or Gone()
