"""A promise that could not be kept is the answer to its key for ever: the same refusal, with the same option instead."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.domain.claims.documents import OrderDoc
from gateway.domain.claims.keys import refuse
from gateway.domain.claims.programs import Conflict
from gateway.domain.errors import DomainError, PromiseChanged, Refusals, Unavailable
from gateway.domain.promise.options import Quote
from gateway.domain.promise.refused import RefusedPromise
from gateway.ports.order_book import Record, record_of
from resolvers.commands.request import RequestMark, conflict
from resolvers.context import Context


async def kept_refusal(context: Context, mark: RequestMark, error: DomainError) -> Record:
    """Keep a changed promise and raise it, as it was told first; return the order where a twin of the call has placed it meanwhile.

    What is wrong with the input decides nothing.
    """
    changed = [one for one in error.each if isinstance(one, PromiseChanged)]
    if len(changed) < len(error.each):
        raise error
    answer = await context.world.claims.run(refuse(mark.by, mark.fp, tuple(map(as_refused, changed))))
    if isinstance(answer, Conflict):
        raise conflict(answer.first_used_ms)
    if isinstance(answer, OrderDoc) and answer.st == "PLACED":
        return record_of(answer)
    if isinstance(answer, OrderDoc) and answer.refused:
        raise refusal(answer.refused)
    raise Unavailable("The order could not be decided in time; repeat the call with the same idempotencyKey.")


def as_refused(error: PromiseChanged) -> RefusedPromise:
    quote = error.option if isinstance(error.option, Quote) else None
    instead = replace(quote, option=replace(quote.option, sourced=None)) if quote else None
    return RefusedPromise(error.message, error.reason, tuple(map(str, error.field or ())), instead)


def refusal(refused: Sequence[RefusedPromise]) -> DomainError:
    """Return the refusal as it was told."""
    errors = [PromiseChanged(one.message, reason=one.reason, option=one.instead, field=one.field) for one in refused]
    return errors[0] if len(errors) == 1 else Refusals(errors)
