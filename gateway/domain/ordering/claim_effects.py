"""What a step of an order means for the claims that hold its stock: which hold nothing any more, and whether their units can be sold."""

from dataclasses import dataclass, field

from gateway.domain.order import Order
from gateway.domain.ordering.refusing import GIVING_BACK
from gateway.domain.ordering.units import held


@dataclass(frozen=True, slots=True)
class Freed:
    """`mids` hold nothing any more, `left` holds fewer units than before (by mid).

    `at_once`: their owner says that the units are there to be sold; else they stay subtracted until its next figure.
    """

    mids: frozenset[str] = frozenset()
    left: dict[str, int] = field(default_factory=dict)
    at_once: bool = False
    let_go: bool = False
    """Their owner has let go of the work: where its figures count what it takes, they say themselves when the units are there again."""


def freed(before: Order, after: Order, number: str) -> Freed:
    """Compare an order before and after a step of one fulfillment."""
    had, has = held(before), held(after)
    return Freed(
        frozenset(had.keys() - has.keys()),
        {mid: units for mid, units in has.items() if units < had.get(mid, 0)},
        given_back(before, after, number),
        let_go(before, after, number),
    )


def let_go(before: Order, after: Order, number: str) -> bool:
    """Tell whether the step is the owner's word that it does not do this work any more."""
    states = [next((work.state for work in order.fulfillments if work.number == number), None) for order in (before, after)]
    return states[0] != states[1] and states[1] in {"CANCELED", "LAPSED"}


def given_back(before: Order, after: Order, number: str) -> bool:
    """Tell whether every reason of the step leaves the stock good; a mixture waits for the owner's next figure."""
    old = next((work for work in before.fulfillments if work.number == number), None)
    new = next((work for work in after.fulfillments if work.number == number), None)
    if old is None or new is None:
        return False
    if let_go(before, after, number):
        return True
    fresh = new.rejections[len(old.rejections) :]
    if not fresh and old.cancellation is not None and new.cancellation is None:
        return True  # the place has let go of what it was asked for
    return bool(fresh) and all(rejection.reason in GIVING_BACK for rejection in fresh)
