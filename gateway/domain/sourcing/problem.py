"""What has to be decided: the units asked for, who could send them, by which ways, and at what terms."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from gateway.domain.exclusion import ExclusionReason
from gateway.domain.ids import LocationCode, Sku
from gateway.domain.location import Location
from gateway.domain.network import WeightBand
from gateway.domain.quantities import SkuQuantity
from gateway.domain.sourcing_terms import CostTerms, Search, SplitPolicy

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Way:
    """One way by which a location could send: what it takes, when it arrives, what the carrier asks per parcel.

    Without bands the carrier asks nothing. `late_days`: later than the earliest date that was feasible. A `transfer` ends in a store.
    `most_units`: what can be prepared in time for it, `most`: what is there by then of each line; None: without limit. `awaited`: supply
    to come goes by it.
    """

    carrier_service: str | None
    ships_by: datetime
    earliest: datetime
    latest: datetime
    bands: tuple[WeightBand, ...] = ()
    max_weight_g: int | None = None
    late_days: int = 0
    transfer: bool = False
    max_volume_cm3: int | None = None
    most_units: int | None = None
    most: tuple[int, ...] | None = None
    awaited: bool = False

    def most_of(self, number: int, wanted: int) -> int:
        """Return how many units of a line it takes at most, of so many that are wanted."""
        known = [wanted, *([] if self.most is None else [self.most[number]]), *([] if self.most_units is None else [self.most_units])]
        return max(0, min(known))

    def holds(self, load: Sequence[int]) -> bool:
        """Tell whether so many units of each line can be ready for it."""
        ready = self.most is None or all(units <= most for units, most in zip(load, self.most, strict=True))
        return ready and (self.most_units is None or sum(load) <= self.most_units)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A location that was looked at: what it can supply of the lines, or the fence that excluded it."""

    location: Location
    units: Mapping[Sku, int]
    ways: tuple[Way, ...] = ()
    excluded_by: ExclusionReason | None = None
    detail: str | None = None
    distance_m: int | None = None
    most_units: int | None = None
    """What it can still prepare; None: without limit."""
    most_of: tuple[Sku, int] | None = None
    """No more than so many units of one sku, whatever lies there: a plan is looked for beside another one."""


@dataclass(eq=False)
class Columns(Sequence[Candidate]):
    """Candidates that nothing fences out and that can prepare any number of units; each is made when it is looked at.

    `shelves`: candidates x lines, in units. Those of one group have the same ways and the same rates; `sample` names one of each group.
    """

    codes: list[LocationCode]
    shelves: Ints
    group: Ints
    sample: list[int]
    asks: Sequence[Hashable]
    """By group: what names its ways and rates among all that use the same `tariffs`."""
    make: Callable[[int], Candidate]
    tariffs: dict[Hashable, dict[Hashable, Any]] = field(default_factory=dict)
    """What groups came to at terms, kept from one problem to the next."""
    name: Hashable = None
    """All that decides which loads of them are the cheapest, beside what the problems of one `solved` share."""
    solved: dict[Hashable, Any] = field(default_factory=dict)
    """What such problems came to, by their names and policies."""
    _made: dict[int, Candidate] = field(default_factory=dict)

    def changed(self, change: Callable[[Candidate], Candidate], by: Hashable) -> "Columns":
        """Return them with each changed, when it is looked at, in what is the same for all of its group; `by`: what names the change."""
        name, asks = None if self.name is None else (self.name, by), [(key, by) for key in self.asks]
        alike = self.codes, self.shelves, self.group, self.sample, asks
        return Columns(*alike, lambda n: change(self[n]), self.tariffs, name, self.solved)

    def __len__(self) -> int:
        return len(self.codes)

    @overload
    def __getitem__(self, index: int) -> Candidate: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Candidate]: ...
    def __getitem__(self, index: int | slice) -> Candidate | Sequence[Candidate]:
        if isinstance(index, slice):
            return [self[n] for n in range(len(self))[index]]
        n = range(len(self))[index]
        if n not in self._made:
            self._made[n] = self.make(n)
        return self._made[n]

    def __iter__(self) -> Iterator[Candidate]:
        return (self[n] for n in range(len(self)))


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a sku's stock is expected to come to where it lies: sold over the counter, sold out, or marked down.

    Places without a velocity sell nothing over a counter: neither a stock-out nor a markdown is reckoned there.
    """

    per_day: Mapping[LocationCode, float] = field(default_factory=dict)
    """Units sold over the counter."""
    margin: Decimal = Decimal(0)
    """What a lost sale costs."""
    replenished_in_days: Mapping[LocationCode, float] = field(default_factory=dict)
    """Where supply is announced; elsewhere the terms' `replenished_after`."""
    markdown_in_days: float | None = None
    """None: no markdown is planned."""
    markdown_loss: Decimal = Decimal(0)
    """Price less what clearance is expected to bring, net."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Lines name each sku once. Of plans that cost the same, the one with the candidates that stand first wins."""

    lines: tuple[SkuQuantity, ...]
    candidates: Sequence[Candidate]
    terms: CostTerms
    weight_g_by_sku: Mapping[Sku, int] = field(default_factory=dict)
    policy: SplitPolicy = field(default_factory=SplitPolicy)
    value_by_sku: Mapping[Sku, Decimal] = field(default_factory=dict)
    outlook_by_sku: Mapping[Sku, Outlook] = field(default_factory=dict)
    search: Search = field(default_factory=Search)
    volume_cm3_by_sku: Mapping[Sku, int] = field(default_factory=dict)
    """Of packed units; a sku without one fills no parcel."""
    splittable: frozenset[Sku] | None = None
    """Lines that may go in parts, where that is known of the plan beside which another one is looked for; None: as the policy says."""

    @property
    def usable(self) -> Sequence[Candidate]:
        if isinstance(self.candidates, Columns):
            return self.candidates
        return tuple(candidate for candidate in self.candidates if candidate.excluded_by is None and candidate.ways)

    @property
    def units(self) -> list[int]:
        """What the usable candidates have of each line, all together."""
        usable = self.usable
        if isinstance(usable, Columns):
            return list(map(int, usable.shelves.sum(axis=0)))
        return [sum(candidate.units.get(line.sku, 0) for candidate in usable) for line in self.lines]

    @property
    def late_days(self) -> list[int]:
        """By how many days ways may be late, in order."""
        usable = self.usable
        few = [usable[n] for n in usable.sample] if isinstance(usable, Columns) else usable
        return sorted({way.late_days for candidate in few for way in candidate.ways})
