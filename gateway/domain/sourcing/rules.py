"""The split policy as it binds one basket: what a plan may look like, whoever makes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from gateway.domain.ids import Sku
from gateway.domain.sourcing.loads import Shape
from gateway.domain.sourcing.millionths import micros
from gateway.domain.sourcing.prices import Offers
from gateway.domain.sourcing_terms import SplitPolicy

Loads = dict[int, tuple[int, ...]]
"""Units by line, by candidate."""


@dataclass(frozen=True, slots=True)
class Rules:
    """`splits`: which lines may go in parts, `most_places`: from how many places. `partial`: what can be had, then the cheapest."""

    quantities: tuple[int, ...]
    splits: tuple[bool, ...]
    most_shipments: int
    most_places: tuple[int | None, ...]
    least_value: int
    """In micros, of each shipment of a plan that has several."""
    values: tuple[int, ...]
    partial: bool = False

    @property
    def shape(self) -> Shape:
        places = tuple(None if each is None or each >= self.most_shipments else each for each in self.most_places)
        return Shape(self.quantities, self.splits, places)

    @property
    def most_parts(self) -> int:
        """Into how many shipments the lines can fall at all: one that may not be split goes with one of them."""
        return sum(units if splits else 1 for units, splits in zip(self.quantities, self.splits, strict=True))

    def kept_by(self, loads: Loads) -> bool:
        """Tell whether a plan of these loads keeps all of them."""
        sent = [sum(load[number] for load in loads.values()) for number in range(len(self.quantities))]
        places = [sum(load[number] > 0 for load in loads.values()) for number in range(len(self.quantities))]
        enough = all(units <= want if self.partial else units == want for units, want in zip(sent, self.quantities, strict=True))
        whole = all(
            splits or {load[number] for load in loads.values()} <= {0, self.quantities[number]} for number, splits in enumerate(self.splits)
        )
        few = len(loads) <= self.most_shipments and all(
            most is None or used <= most for used, most in zip(places, self.most_places, strict=True)
        )
        worth = len(loads) == 1 or all(self.value(load) >= self.least_value for load in loads.values())
        return enough and whole and few and worth

    def value(self, load: Sequence[int]) -> int:
        return sum(units * value for units, value in zip(load, self.values, strict=True))


def rules(offers: Offers, policy: SplitPolicy, *, partial: bool = False) -> Rules:
    """Return what a policy means for a basket: where a line is split only when needed, no place has it whole.

    Of what is sent in part, a line that may not be split comes from one place.
    """
    quantities, lines = offers.quantities, offers.problem.lines
    splits = _may_split(offers, policy)
    values = tuple(micros(offers.problem.value_by_sku.get(line.sku, Decimal(0))) for line in lines)
    return Rules(
        quantities=quantities,
        splits=tuple(units > 1 for units in quantities) if partial else splits,
        most_shipments=policy.max_shipments,
        most_places=tuple(1 if partial and not each else policy.max_locations_per_line for each in splits),
        least_value=micros(policy.min_value_per_shipment),
        values=values,
        partial=partial,
    )


def splittable(offers: Offers, policy: SplitPolicy) -> frozenset[Sku]:
    """Return the lines that may go in parts."""
    return frozenset(line.sku for line, may in zip(offers.problem.lines, _may_split(offers, policy), strict=True) if may)


def _may_split(offers: Offers, policy: SplitPolicy) -> tuple[bool, ...]:
    """Tell of each line whether it may go in parts."""
    known = offers.problem.splittable
    if known is not None:
        return tuple(line.sku in known for line in offers.problem.lines)
    if policy.allow_line_split == "WHEN_NEEDED":
        allowed = (~offers.has_whole).tolist()
    else:
        allowed = [policy.allow_line_split == "FREELY"] * len(offers.quantities)
    return tuple(may and units > 1 for may, units in zip(allowed, offers.quantities, strict=True))
