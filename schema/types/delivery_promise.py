"""What was promised, and what came of it."""

from datetime import datetime

import strawberry

from gateway.domain import delivery_group
from schema.types.order_kinds import PromiseCause, PromiseState
from schema.types.promise_kinds import WindowPrecision


@strawberry.type(description="A window that was promised before.")
class PromiseRevision:
    earliest: datetime
    latest: datetime
    replaced_at: datetime
    cause: PromiseCause

    @classmethod
    def of(cls, revision: delivery_group.PromiseRevision) -> "PromiseRevision":
        return cls(earliest=revision.earliest, latest=revision.latest, replaced_at=revision.replaced_at, cause=PromiseCause(revision.cause))


@strawberry.type(description="What was promised, and what came of it.")
class DeliveryPromise:
    earliest: datetime
    latest: datetime
    precision: WindowPrecision
    time_zone: str
    promised_at: datetime
    earlier: list[PromiseRevision] = strawberry.field(description="Earlier windows, oldest first, when it had to be moved.")
    state: PromiseState
    fulfilled_at: datetime | None

    @classmethod
    def of(cls, promise: delivery_group.DeliveryPromise) -> "DeliveryPromise":
        return cls(
            earliest=promise.earliest,
            latest=promise.latest,
            precision=WindowPrecision(promise.precision),
            time_zone=promise.time_zone,
            promised_at=promise.promised_at,
            earlier=[PromiseRevision.of(revision) for revision in promise.earlier],
            state=PromiseState(promise.state),
            fulfilled_at=promise.fulfilled_at,
        )
