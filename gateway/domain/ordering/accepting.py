"""A location's answer to its work: all of it, part of it, part of it later, or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.errors import DomainError, Field, InvalidInput, NotFound, Refusals
from gateway.domain.lifecycle import check_step
from gateway.domain.order import Fulfillment, Order
from gateway.domain.order_terms import RejectionReason
from gateway.domain.ordering.history import told
from gateway.domain.ordering.postponing import Later, postponed, with_moved_promise
from gateway.domain.ordering.refusing import Refusal, refused
from gateway.domain.ordering.units import units_of
from gateway.domain.ordering.working import Word, advanced, work_named


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """What a place says of one line of its work, by the line's id: units now, units later, and why not the rest."""

    line: str
    quantity: int
    later: tuple[Later, ...] = ()
    reason: RejectionReason | None = None

    @property
    def total(self) -> int:
        return self.quantity + sum(later.quantity for later in self.later)


def accepted(order: Order, number: str, answers: Sequence[LineAnswer] | None, word: Word) -> Order:
    """Accept all (answers None), or what the answers say; what they leave over, or do not name, is refused.

    Raises IllegalTransition, and Refusals for answers that do not fit the work.
    """
    before, work = order, work_named(order, number)
    check_step(work.task, work.state, "ACCEPTED")
    taken = checked(order, work, answers, word.at) if answers is not None else everything(order, work)
    if any(answer.total for answer in taken.values()):
        order = advanced(order, number, "ACCEPTED", word)
        order = told(order, "FULFILLMENT_ACCEPTED", "The order is being prepared.", word.at, word.actor, number)
    for line in work.lines:
        order = postponed(order, work, line, taken[line.id].later)
    rest = [Refusal(line, units_of(order, work, line) - taken[line.id].total, taken[line.id].reason or "OTHER") for line in work.lines]
    return refused(with_moved_promise(before, order, number, word), work, rest, word)


def everything(order: Order, work: Fulfillment) -> dict[str, LineAnswer]:
    return {line.id: LineAnswer(line.id, units_of(order, work, line)) for line in work.lines}


def checked(order: Order, work: Fulfillment, answers: Sequence[LineAnswer], now: datetime) -> dict[str, LineAnswer]:
    """Return the answer of each line (of those not named: nothing); raises Refusals, and InvalidInput for none at all."""
    if not answers:
        message = "No line is named; name those that are done, or leave lines out for all of them."
        raise InvalidInput(message, field=("lines",), refusal="REQUIRED")
    line_by_id = {line.id: line for line in work.lines}
    errors: list[DomainError] = []
    named: dict[str, LineAnswer] = {line: LineAnswer(line, 0) for line in line_by_id}
    seen: set[str] = set()
    for index, answer in enumerate(answers):
        at: Field = ("lines", str(index))
        if answer.line not in line_by_id:
            errors.append(NotFound("line of this fulfillment", answer.line, field=(*at, "lineId")))
            continue
        if answer.line in seen:
            errors.append(InvalidInput("The line is named twice; name it once.", field=(*at, "lineId"), refusal="DUPLICATE"))
        seen.add(answer.line)
        errors.extend(faults(answer, units_of(order, work, line_by_id[answer.line]), at, now))
        named[answer.line] = answer
    if errors:
        raise Refusals(errors)
    return named


def faults(answer: LineAnswer, asked: int, at: Field, now: datetime) -> list[DomainError]:
    errors: list[DomainError] = []
    if answer.quantity < 0:
        errors.append(InvalidInput("quantity must be 0 or more.", field=(*at, "quantity"), refusal="OUT_OF_RANGE"))
    for index, later in enumerate(answer.later):
        place = (*at, "later", str(index))
        if later.quantity < 1:
            errors.append(InvalidInput("quantity must be 1 or more.", field=(*place, "quantity"), refusal="OUT_OF_RANGE"))
        if later.expected_at <= now:
            errors.append(InvalidInput("expectedAt must be in the future.", field=(*place, "expectedAt"), refusal="OUT_OF_RANGE"))
    if not errors and answer.total > asked:
        message = f"{answer.total} units are more than the {asked} that were asked for; send at most {asked}."
        errors.append(InvalidInput(message, field=(*at, "quantity"), refusal="OUT_OF_RANGE"))
    return errors
