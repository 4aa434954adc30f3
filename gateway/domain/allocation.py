"""Which places' stock a hold takes when nobody has planned a delivery yet: by the same engine that plans one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from gateway.domain.awaited import Awaited
from gateway.domain.ids import LocationCode, Sku, StockKey, stock_key
from gateway.domain.location import Location, LocationKind
from gateway.domain.network import Channel
from gateway.domain.quantities import SkuQuantity
from gateway.domain.scope import channel_scope
from gateway.domain.sourcing.plan import NoPlan, Plan, cheapest_plan
from gateway.domain.sourcing.problem import Candidate, Problem, Way
from gateway.domain.sourcing.strategy import source
from gateway.domain.sourcing_terms import DEFAULT_PROFILE, SourcingProfile, SplitPolicy
from gateway.domain.stock import StockPosition, available_to_sell

KIND_RANK: dict[LocationKind, int] = {"WAREHOUSE": 0, "STORE": 1, "SUPPLIER": 2}
"""Without a destination: of places that cost the same, which is drawn on first."""
_SOME_DAY = datetime(1, 1, 1, tzinfo=UTC)
_ANYHOW = (Way(None, _SOME_DAY, _SOME_DAY, _SOME_DAY),)
"""No destination, so no carrier: only handling and the kind of place cost something."""


@dataclass(frozen=True, slots=True)
class Need:
    """Units of a sku, from a place that the caller named or from anywhere."""

    sku: Sku
    units: int
    location: LocationCode | None = None
    awaits: Awaited | None = None
    """The supply to come that its units are of, at the named place."""


@dataclass(frozen=True, slots=True)
class Pick:
    """Units for the need of this number (from 0), from one place."""

    need: int
    sku: Sku
    location: LocationCode
    units: int

    @property
    def key(self) -> StockKey:
        return stock_key(self.sku, self.location)


@dataclass(frozen=True, slots=True)
class ShortNeed:
    """A need that cannot be met, and how many of its units could be."""

    need: int
    sku: Sku
    location: LocationCode | None
    requested: int
    available: int


@dataclass(frozen=True, slots=True)
class Shortage:
    needs: tuple[ShortNeed, ...]


def allocate(
    lines: Sequence[Need],
    positions_by_sku: Mapping[Sku, Sequence[StockPosition]],
    locations: Mapping[LocationCode, Location],
    channel: Channel,
    excluded: frozenset[StockKey] = frozenset(),
    profile: SourcingProfile = DEFAULT_PROFILE,
    *,
    allow_partial: bool = False,
) -> tuple[Pick, ...] | Shortage:
    """Return the picks that meet every need, or what is short; with `allow_partial` the picks of what there is, a Shortage of nothing.

    Named places are served first. `excluded` are stock documents that were found short meanwhile. The profile's policy is kept to where
    that is possible: a hold may become several delivery groups.
    """
    floor = _Floor(lines, positions_by_sku, locations, channel, excluded, profile)
    picks = floor.named_picks()
    short = floor.short()
    if short and not allow_partial:
        return Shortage(short)
    picks += floor.free_picks()
    return tuple(sorted(picks, key=lambda pick: (pick.need, pick.location))) if picks else Shortage(short)


class _Floor:
    """What is left to give while needs are served."""

    def __init__(
        self,
        lines: Sequence[Need],
        positions_by_sku: Mapping[Sku, Sequence[StockPosition]],
        locations: Mapping[LocationCode, Location],
        channel: Channel,
        excluded: frozenset[StockKey],
        profile: SourcingProfile,
    ) -> None:
        self._lines, self._locations, self._profile = lines, locations, profile
        scope = channel_scope(channel, locations.values())
        self._left: dict[LocationCode, dict[Sku, int]] = {}
        for sku in {need.sku for need in lines}:
            for position in positions_by_sku.get(sku, ()):
                units = available_to_sell(position)
                usable = position.sellable and position.location in scope and stock_key(sku, position.location) not in excluded
                if usable and units > 0:
                    self._left.setdefault(position.location, {})[sku] = units
        self._open = [need.units for need in lines]

    def named_picks(self) -> list[Pick]:
        """Serve the needs that name their place."""
        picks = []
        for number, need in enumerate(self._lines):
            shelf = self._left.get(need.location, {}) if need.location is not None else {}
            units = min(need.units, shelf.get(need.sku, 0))
            if need.location is not None and units:
                shelf[need.sku] -= units
                self._open[number] -= units
                picks.append(Pick(number, need.sku, need.location, units))
        return picks

    def short(self) -> tuple[ShortNeed, ...]:
        """Return the needs that what is left cannot meet, each sku dealt out in the order of its needs."""
        totals: dict[Sku, int] = {}
        for shelf in self._left.values():
            for sku, units in shelf.items():
                totals[sku] = totals.get(sku, 0) + units
        found = []
        for number, need in enumerate(self._lines):
            left = self._open[number]
            if need.location is None:
                given = min(left, totals.get(need.sku, 0))
                totals[need.sku] = totals.get(need.sku, 0) - given
                left -= given
            if left:
                found.append(ShortNeed(number, need.sku, need.location, need.units, need.units - left))
        return tuple(found)

    def free_picks(self) -> list[Pick]:
        """Serve the needs that name no place, as far as there is stock, by the cheapest plan."""
        wanted: dict[Sku, int] = {}
        for need, units in zip(self._lines, self._open, strict=True):
            if need.location is None:
                wanted[need.sku] = wanted.get(need.sku, 0) + units
        lines = [SkuQuantity(sku, min(units, self._total(sku))) for sku, units in wanted.items()]
        plan = self._plan(tuple(line for line in lines if line.quantity))
        return [] if plan is None else self._dealt(plan)

    def _total(self, sku: Sku) -> int:
        return sum(shelf.get(sku, 0) for shelf in self._left.values())

    def _plan(self, lines: tuple[SkuQuantity, ...]) -> Plan | None:
        if not lines:
            return None
        candidates = sorted((Candidate(self._locations[code], shelf, _ANYHOW) for code, shelf in self._left.items()), key=_preference)
        problem = Problem(lines, tuple(candidates), self._profile.costs, search=self._profile.search)
        sourced = source(problem, self._profile)
        if not isinstance(sourced, NoPlan) and not sourced.plan.short:
            return sourced.plan
        plan = cheapest_plan(replace(problem, policy=SplitPolicy(max_shipments=len(candidates))))
        return None if isinstance(plan, NoPlan) else plan

    def _dealt(self, plan: Plan) -> list[Pick]:
        """Deal the planned units out to the needs of their sku, in order."""
        picks = []
        for shipment in plan.shipments:
            for line in shipment.lines:
                left = line.quantity
                for number, need in enumerate(self._lines):
                    units = min(left, self._open[number]) if need.sku == line.sku and need.location is None else 0
                    if units:
                        picks.append(Pick(number, need.sku, shipment.candidate.location.code, units))
                        self._open[number] -= units
                        left -= units
        return picks


def _preference(candidate: Candidate) -> tuple[int, int, str]:
    """Warehouses first, then the fuller shelf, which other buyers empty less soon."""
    return KIND_RANK[candidate.location.kind], -sum(candidate.units.values()), candidate.location.code
