"""Hand-overs: messages to the systems behind the gateway."""

from datetime import datetime
from enum import StrEnum

import strawberry
from strawberry import UNSET, Private

from gateway.domain.ids import SourceCode
from gateway.ports.order_book import HandOverQuery
from resolvers.questions import hand_overs as questions
from schema.ids import global_id
from schema.types.enums import described
from schema.types.info import Info
from schema.types.node import Node
from schema.types.sources import Source, source_at


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
            id=global_id("HandOver", f"{message.rid}/{entry.n}"),
            order_number=message.order_number,
            what=f"{entry.kind} {entry.step or entry.leg}",
            state=HandOverState(entry.state),
            attempts=entry.attempts,
            next_attempt_at=entry.next_at if entry.state in {"WAITING", "SENDING"} else None,
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
