"""Refusals of the domain as user errors of the contract: the one place where they are translated."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from gateway.domain import errors
from gateway.domain.promise.options import Quote
from schema.types.info import Info
from schema.types.promise_kinds import ExclusionReason
from schema.types.promises import DeliveryOption
from schema.types.user_errors import (
    IdempotencyConflict,
    IllegalTransition,
    InsufficientStock,
    PromiseChanged,
    Refusal,
    UserError,
    UserErrorCode,
)

T = TypeVar("T")


async def answered(info: Info, command: Callable[[], Awaitable[T]]) -> tuple[T | None, list[UserError]]:
    """Run a command; return its answer, or all that is wrong with what was asked. What was loaded before it is forgotten."""
    try:
        answer = await command()
    except errors.DomainError as refused:
        return None, [user_error(info, one) for one in refused.each]
    finally:
        info.context.forget()
    return answer, []


def user_error(info: Info, refused: errors.DomainError) -> UserError:
    """Return the refusal as callers are told it, its data included."""
    code, field = UserErrorCode(refused.refusal), list(refused.field) if refused.field is not None else None
    match refused:
        case errors.InsufficientStock():
            return InsufficientStock(
                code=code,
                message=refused.message,
                field=field,
                sku=refused.sku,
                location_code=refused.location,
                requested=refused.requested,
                available=refused.available,
                next_available_at=refused.next_available_at,
            )
        case errors.PromiseChanged():
            best = DeliveryOption.of(refused.option, costs=may_see_costs(info)) if isinstance(refused.option, Quote) else None
            return PromiseChanged(code=code, message=refused.message, field=field, reason=ExclusionReason(refused.reason), option=best)
        case errors.IllegalTransition():
            return IllegalTransition(
                code=code,
                message=refused.message,
                field=field,
                from_=refused.state,
                attempted=refused.attempted,
                allowed=list(refused.allowed),
            )
        case errors.IdempotencyConflict():
            return IdempotencyConflict(code=code, message=refused.message, field=field, first_used_at=refused.first_used_at)
        case _:
            return Refusal(code=code, message=refused.message, field=field)


def may_see_costs(info: Info) -> bool:
    return info.context.principal.may("insights:read")
