"""What has to be decided: the units asked for, who could send them, by which ways, and at what terms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gateway.domain.exclusion import ExclusionReason
from gateway.domain.ids import Sku
from gateway.domain.location import Location
from gateway.domain.network import CostTerms, WeightBand
from gateway.domain.quantities import SkuQuantity


@dataclass(frozen=True, slots=True)
class Way:
    """One way by which a location could send: what it takes, when it arrives, what the carrier asks per parcel.

    Without bands the carrier asks nothing. `late_days`: later than the earliest date that was feasible. A `transfer` ends in a store.
    """

    carrier_service: str | None
    ships_by: datetime
    earliest: datetime
    latest: datetime
    bands: tuple[WeightBand, ...] = ()
    max_weight_g: int | None = None
    late_days: int = 0
    transfer: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A location that was looked at: what it can supply of the lines, or the fence that excluded it."""

    location: Location
    units: Mapping[Sku, int]
    ways: tuple[Way, ...] = ()
    excluded_by: ExclusionReason | None = None
    detail: str | None = None
    distance_m: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Lines name each sku once. Of plans that cost the same, the one with the candidates that stand first wins."""

    lines: tuple[SkuQuantity, ...]
    candidates: tuple[Candidate, ...]
    terms: CostTerms
    weight_g_by_sku: Mapping[Sku, int] = field(default_factory=dict)

    @property
    def usable(self) -> tuple[Candidate, ...]:
        return tuple(candidate for candidate in self.candidates if candidate.excluded_by is None and candidate.ways)
