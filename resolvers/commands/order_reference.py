"""The caller's own reference of an order: no two orders of one caller have the same, however they are placed at once."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from gateway.domain.claims.carrying import Program
from gateway.domain.claims.documents import OrderDoc
from gateway.domain.claims.limits import Crowded
from gateway.domain.claims.programs import Answer, Conflict, Gone, Short
from gateway.domain.claims.references import Reference, Referred
from gateway.domain.errors import InvalidInput, Unavailable
from gateway.domain.ids import Rid, rid_of
from gateway.domain.order import Order
from resolvers.commands.inputs import PlaceOrder
from resolvers.commands.problems import Problems
from resolvers.commands.request import RequestMark
from resolvers.context import Context

PAUSES_S = (0.05, 0.1, 0.2, 0.4, 0.8)
"""How long an order is waited for that is being placed with the same reference at this moment."""


def reference_key(context: Context, command: PlaceOrder, mark: RequestMark) -> Reference | None:
    if command.reference is None:
        return None
    return Reference(rid_of(context.principal.identity, "reference", command.reference), command.reference, mark.fp)


async def check_reference(context: Context, command: PlaceOrder, rid: Rid, problems: Problems) -> None:
    """Note a reference that an order has already; one that is being placed only shows when the reference is taken."""
    if command.reference is None:
        return
    known = await context.world.orders.by_reference(context.principal.identity, command.reference)
    if known is not None and known.rid != rid:
        problems.add(is_taken(known.order))


def is_taken(order: Order | None) -> InvalidInput:
    number = order.number if order else ""
    message = f"Your order {number} has this reference already; use another one."
    return InvalidInput(message, field=("reference",), refusal="DUPLICATE")


async def referring(
    context: Context, reference: Reference | None, program: Callable[[Reference | None], Program[Answer]]
) -> OrderDoc | Conflict | Short | Gone:
    """Run a placing program once its reference is free; raises what stands against it."""
    for pause_s in PAUSES_S if reference else ():
        answer = await context.world.claims.run(program(reference))
        if not isinstance(answer, Referred) or answer.order:
            return free_to_place(answer)
        await asyncio.sleep(pause_s)
    return free_to_place(await context.world.claims.run(program(replace(reference, insistent=True) if reference else None)))


def free_to_place(answer: Answer) -> OrderDoc | Conflict | Short | Gone:
    if not isinstance(answer, Referred | Crowded):
        return answer
    if isinstance(answer, Referred) and answer.order:
        raise is_taken(answer.order.order)
    raise Unavailable("Another order with this reference is being placed; repeat the call with the same idempotencyKey.")
