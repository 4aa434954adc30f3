"""Handing work over to the customer who comes for it, or not."""

from collections.abc import Sequence

from gateway.domain.errors import DomainError, InvalidInput, NotFound, Refusals
from gateway.domain.lifecycle import check_step
from gateway.domain.order import Fulfillment, Order
from gateway.domain.ordering.history import told
from gateway.domain.ordering.units import moved, units_of
from gateway.domain.ordering.working import Word, advanced, concluded, in_state, work_named


def collected(order: Order, number: str, taken: Sequence[tuple[str, int]] | None, word: Word) -> Order:
    """Hand over all, or units by line id; what the customer leaves is CANCELED. Raises IllegalTransition and Refusals."""
    work = work_named(order, number)
    check_step(work.task, work.state, "COLLECTED")
    units = checked(order, work, taken) if taken is not None else {line.id: units_of(order, work, line) for line in work.lines}
    return handed_over(order, work, units, word)


def handed_over(order: Order, work: Fulfillment, units: dict[str, int], word: Word) -> Order:
    before = order
    for line in work.lines:
        left = units_of(order, work, line) - units[line.id]
        order = moved(order, work, line, left, "CANCELED")
        order = moved(order, work, line, units[line.id], "COLLECTED")
    order = in_state(order, work.number, "COLLECTED", word)
    whole = not any(units_of(before, work, line) - units[line.id] for line in work.lines)
    sentence = "The order was collected." if whole else "Part of the order was collected; the rest goes back."
    order = told(order, "FULFILLMENT_COLLECTED", sentence, word.at, word.actor, work.number)
    return concluded(before, order, work.group, word)


def not_collected(order: Order, number: str, word: Word) -> Order:
    """End the wait for a customer who did not come."""
    work = work_named(order, number)
    after = advanced(order, number, "NOT_COLLECTED", word)
    after = told(after, "FULFILLMENT_NOT_COLLECTED", "The order was not collected in time.", word.at, word.actor, number)
    return concluded(order, after, work.group, word)


def checked(order: Order, work: Fulfillment, taken: Sequence[tuple[str, int]]) -> dict[str, int]:
    units = {line.id: 0 for line in work.lines}
    asked = {line.id: units_of(order, work, line) for line in work.lines}
    errors: list[DomainError] = []
    seen: set[str] = set()
    for index, (line, quantity) in enumerate(taken):
        at = ("lines", str(index))
        if line not in units:
            errors.append(NotFound("line of this fulfillment", line, field=(*at, "lineId")))
        elif line in seen:
            errors.append(InvalidInput("The line is named twice; name it once.", field=(*at, "lineId"), refusal="DUPLICATE"))
        elif not 0 <= quantity <= asked[line]:
            errors.append(InvalidInput(f"quantity must be 0 to {asked[line]}.", field=(*at, "quantity"), refusal="OUT_OF_RANGE"))
        else:
            units[line] = quantity
        seen.add(line)
    if not errors and not any(units.values()):
        message = "Nothing is taken; name what is, or leave the order waiting for its customer."
        errors.append(InvalidInput(message, field=("lines",), refusal="OUT_OF_RANGE" if taken else "REQUIRED"))
    if errors:
        raise Refusals(errors)
    return units
