"""Hand-overs: messages to the systems behind the gateway."""

from datetime import datetime
from enum import StrEnum

import strawberry
from strawberry import UNSET, Private

from gateway.domain.ids import SourceCode
from gateway.ports.order_book import HandOverQuery
from resolvers.commands.inputs import ResolveHandOver
from resolvers.questions import hand_overs as questions
from schema.ids import global_id, key_of
from schema.scalars import IdempotencyKey
from schema.types.enums import described
from schema.types.info import Info
from schema.types.node import Node
from schema.types.sources import Source, source_at
from schema.types.user_errors import UserError


@described("How far a message is.", PARKED="Sent, and nobody can tell whether it arrived.")
class HandOverState(StrEnum):
    WAITING = "WAITING"
    SENDING = "SENDING"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    PARKED = "PARKED"
    DEAD = "DEAD"
    DROPPED = "DROPPED"


@strawberry.type(description="A message that gives work, or news of it, to a system behind the gateway.")
class HandOver(Node):
    order_number: str
    what: str
    state: HandOverState
    attempts: int
    next_attempt_at: datetime | None
    reference: str | None = strawberry.field(description="The source's own number for it.")
    last_error: str | None
    to: Private[SourceCode]

    @strawberry.field
    def source(self, info: Info) -> Source:
        return source_at(info, self.to)

    @classmethod
    def of(cls, message: questions.HandOver) -> "HandOver":
        entry = message.entry
        return cls(
            id=global_id("HandOver", message.key),
            order_number=message.order_number,
            what=message.what,
            state=HandOverState(entry.state),
            attempts=entry.attempts,
            next_attempt_at=message.next_attempt_at,
            reference=entry.reference,
            last_error=entry.last_error,
            to=entry.source,
        )


@strawberry.input(description="All given conditions hold.")
class HandOverFilter:
    source_codes: list[str] | None = UNSET
    states: list[HandOverState] | None = UNSET
    order_number: str | None = UNSET

    def query(self) -> HandOverQuery:
        return HandOverQuery(
            sources=tuple(SourceCode(code) for code in self.source_codes) if self.source_codes else None,
            states=tuple(state.value for state in self.states) if self.states else None,
            order_number=self.order_number or None,
        )


@described(
    "What a person decides about a message that is PARKED or DEAD.",
    RETRY="It is sent again under its key; of a PARKED one that means that it did not arrive.",
    CONFIRM="It has arrived.",
    DROP="It is given up; the work that it would give is done through this graph.",
)
class HandOverResolution(StrEnum):
    RETRY = "RETRY"
    CONFIRM = "CONFIRM"
    DROP = "DROP"


@strawberry.input(description="Decides about a message that waits for a person.")
class ResolveHandOverInput:
    idempotency_key: IdempotencyKey
    hand_over_id: strawberry.ID
    resolution: HandOverResolution
    reference: str | None = strawberry.field(default=UNSET, description="For CONFIRM: the source's number.")
    note: str | None = UNSET

    def asked(self) -> ResolveHandOver:
        named = key_of("HandOver", self.hand_over_id) or ""
        return ResolveHandOver(self.idempotency_key, named, self.resolution.value, self.reference or None, self.note or None)


@strawberry.type(description="What became of a decision about a message.")
class ResolveHandOverPayload:
    hand_over: HandOver | None
    user_errors: list[UserError]
