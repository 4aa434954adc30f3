"""Which units of an order can be canceled: at once where nobody has begun, by asking their location where somebody has."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.domain.lifecycle import NOT_STARTED, UnitState
from gateway.domain.order import Fulfillment, FulfillmentLine, Order, UnitGroup

ORDER_OF_CANCELING: tuple[UnitState, ...] = (
    "UNSOURCED",
    "BACKORDERED",
    "ALLOCATED",
    "OFFERED",
    "ACCEPTED",
    "PICKED",
    "PACKED",
    "READY_FOR_PICKUP",
)
"""Those who have done the least are taken first; a unit in any other state cannot be canceled any more."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Some units of one group of a line."""

    line: str
    units: UnitGroup
    quantity: int


@dataclass(frozen=True, slots=True)
class Cut:
    """What a cancellation takes: units that go at once, and units whose location is asked."""

    at_once: tuple[Slice, ...] = ()
    asked: tuple[Slice, ...] = ()
    missing: Mapping[str, int] = field(default_factory=dict)
    """Units by line that were wanted and cannot be canceled."""

    def units_by_mid(self, units_held: Mapping[str, int], sent: Collection[str]) -> dict[str, int]:
        """Return to how many units each claim falls. What no place has any more (UNSOURCED) was given back before."""
        left: dict[str, int] = {}
        for part in self.at_once:
            mid = part.units.mid
            if mid is not None and mid in units_held and mid not in sent and part.units.state != "UNSOURCED":
                left[mid] = left.get(mid, units_held[mid]) - part.quantity
        return left


def cut(order: Order, sent: Collection[str], wanted: Mapping[str, int] | None = None) -> Cut:
    """Return what to cancel of the wanted units by line, or of all; `sent`: claims that were announced to their source."""
    at_once: list[Slice] = []
    asked: list[Slice] = []
    missing: dict[str, int] = {}
    for line in order.lines:
        left = line.quantity if wanted is None else wanted.get(line.id, 0)
        for units, most, begun in open_units(order, line.id, sent):
            part = min(left, most)
            left -= part
            if part:
                (asked if begun else at_once).append(Slice(line.id, units, part))
        if wanted is not None and left:
            missing[line.id] = left
    return Cut(tuple(at_once), tuple(asked), missing)


def open_units(order: Order, line: str, sent: Collection[str]) -> Iterator[tuple[UnitGroup, int, bool]]:
    """Yield the groups of a line that can be canceled, with how many units of each, and whether its location must be asked."""
    groups = next((one.units for one in order.lines if one.id == line), ())
    candidates = [units for units in groups if units.state in ORDER_OF_CANCELING]
    for units in sorted(candidates, key=lambda units: (begun(units, sent), ORDER_OF_CANCELING.index(units.state))):
        if begun(units, sent):
            yield units, units.quantity - asked_already(order, line, units), True
        else:
            yield units, units.quantity, False


def begun(units: UnitGroup, sent: Collection[str]) -> bool:
    """Tell whether work on units has started: accepted, or announced to a source that has not given it back."""
    return units.state not in NOT_STARTED or (units.state != "UNSOURCED" and units.mid in sent)


def asked_already(order: Order, line: str, units: UnitGroup) -> int:
    """Return how many units of a group their location was asked about; all of them when there is no work to ask about."""
    work = next((work for work in order.fulfillments if work.number == units.fulfillment), None)
    if work is None:
        return units.quantity
    return min(units.quantity, sum(part.cancel_requested for part in parts_of(work, line, units.mid)))


def parts_of(work: Fulfillment, line: str, mid: str | None) -> Sequence[FulfillmentLine]:
    """Return the work's lines of an order line, by their claim where they name one."""
    same = [part for part in work.lines if part.line == line]
    return [part for part in same if part.mid == mid] or same
