"""A caller's own hold, and what is told when it can no longer be used."""

from gateway.domain.claims.documents import OrderDoc
from gateway.domain.claims.programs import Answer, Conflict, Gone
from gateway.domain.errors import DomainError, Field, InvalidInput, NotFound, Refused, Unavailable
from gateway.domain.ids import Rid
from gateway.ports.order_book import Record
from resolvers.commands.request import conflict
from resolvers.context import Context
from resolvers.questions.reservations import state
from resolvers.sight import is_own


async def own_hold(context: Context, rid: str, field: Field) -> Record:
    """Return the caller's own hold as it stands; another's cannot be told from none. Raises NotFound."""
    record = (await context.world.orders.records([Rid(rid)])).get(Rid(rid)) if rid else None
    if record is None or not is_own(context.principal, record):
        raise NotFound("reservation", "", field=field)
    return record


def check_held(context: Context, record: Record, field: Field) -> None:
    if state(record, context.now) != "HELD":
        raise no_longer_held(state(record, context.now), field)


def no_longer_held(told: str, field: Field) -> DomainError:
    what = {"COMMITTED": "became an order", "RELEASED": "was released"}.get(told, "has ended")
    return InvalidInput(f"This reservation {what}; reserve the goods again.", field=field, refusal="RESERVATION_EXPIRED")


def document(answer: Answer, field: Field) -> OrderDoc:
    """Return the document that a program answered; raises what stands against it."""
    if isinstance(answer, Conflict):
        raise conflict(answer.first_used_ms)
    if isinstance(answer, Gone):
        raise NotFound("reservation", "", field=field)
    if not isinstance(answer, OrderDoc):
        raise Unavailable("The reservation could not be changed in time; repeat the call with the same idempotencyKey.")
    return answer


def meanwhile(field: Field) -> Refused:
    return Refused("Another call is changing this reservation; read it and try again.", refusal="CHANGED_MEANWHILE", field=field)
