"""Where a hold takes its units: by the goods and places asked for, planned again without the places that turn out to be short."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.domain.allocation import Need, Shortage, ShortNeed, allocate
from gateway.domain.availability_rule import next_available_at
from gateway.domain.awaited import Awaited
from gateway.domain.claims.documents import Peg
from gateway.domain.claims.programs import Pick, Planned
from gateway.domain.claims.supply import milliseconds
from gateway.domain.delivery_group import Plan
from gateway.domain.errors import DomainError, InsufficientStock, Refused
from gateway.domain.ids import LocationCode, Sku, StockKey, sku_and_location, stock_key
from gateway.domain.location import Location
from gateway.domain.network import Channel
from gateway.domain.reservation import ReservedLine
from gateway.domain.scope import kept_back
from gateway.domain.sourcing_terms import DEFAULT_PROFILE, SourcingProfile
from gateway.domain.stock import StockPosition, available_to_sell
from resolvers.commands.goods import positions_asked
from resolvers.commands.problems import Problems
from resolvers.context import Context
from resolvers.questions.stock import is_told


@dataclass(frozen=True, slots=True)
class Shelves:
    """What a channel can take from where, as this process sees it."""

    channel: Channel
    locations: Mapping[LocationCode, Location]
    positions: Mapping[Sku, Sequence[StockPosition]]
    profile: SourcingProfile = DEFAULT_PROFILE

    def picked(self, needs: Sequence[Need], *, partly: bool, tried: frozenset[StockKey] = frozenset()) -> tuple[Pick, ...] | Shortage:
        """Return one pick per stock document, and one for each lot of supply to come."""
        shelf = [need for need in needs if need.awaits is None]
        found = allocate(shelf, self.positions, self.locations, self.channel, tried, self.profile, allow_partial=partly) if shelf else ()
        if isinstance(found, Shortage):
            return found
        units: dict[StockKey, int] = {}
        for pick in found:
            units[pick.key] = units.get(pick.key, 0) + pick.units
        waiting = (waiting_pick(need, need.awaits) for need in needs if need.awaits is not None)
        return (*(self.pick(key, quantity) for key, quantity in units.items()), *waiting)

    def pick(self, key: StockKey, units: int) -> Pick:
        sku, code = sku_and_location(key)
        place = self.locations.get(code)
        return Pick(key, units, kept_back(self.channel.safety_stock, sku, place) if place else 0)


def waiting_pick(need: Need, awaits: Awaited) -> Pick:
    key = stock_key(need.sku, need.location or LocationCode(""))
    return Pick(key, need.units, awaits.kept, peg=Peg(awaits.lot, milliseconds(awaits.expected_at)))


def shelves_of(context: Context, channel: Channel, skus: Sequence[Sku]) -> Shelves:
    found = positions_asked(context, channel, skus)
    return Shelves(channel, context.surroundings.locations, found, context.surroundings.profile(channel.code))


class HoldPlanner:
    """Plans the short part of a hold again; units whose place was named stay there or, where less is welcome, are done without."""

    def __init__(self, shelves: Shelves, needs: Sequence[Need], planned: Sequence[Pick], *, partly: bool) -> None:
        self._shelves, self._partly = shelves, partly
        self._planned = {pick.key: pick.units for pick in planned if pick.peg is None}
        self._fixed: dict[StockKey, int] = {}
        for need in needs:
            if need.location is not None and need.awaits is None:
                key = StockKey(f"{need.sku}|{need.location}")
                self._fixed[key] = self._fixed.get(key, 0) + need.units

    def again(self, short: Sequence[Pick], tried: frozenset[StockKey], free: int, plan: Plan) -> Planned | None:  # noqa: ARG002 - a Planner
        found: list[Pick] = []
        for pick in short:
            if pick.peg is not None:
                if not self._partly:
                    return None
                continue
            left = max(0, free - pick.safety)
            fixed = min(pick.units, self._fixed.get(pick.key, 0))
            if fixed > left and not self._partly:
                return None
            kept = min(fixed, left)
            elsewhere = self._elsewhere(pick, pick.units - fixed, tried)
            if elsewhere is None:
                return None
            found.extend([self._shelves.pick(pick.key, kept)] if kept else [])
            found.extend(elsewhere)
        return Planned(found)

    def _elsewhere(self, pick: Pick, units: int, tried: frozenset[StockKey]) -> Sequence[Pick] | None:
        if not units:
            return ()
        sku, _ = sku_and_location(pick.key)
        taken = [Need(sku, planned, sku_and_location(key)[1]) for key, planned in self._planned.items() if self._holds(key, sku, tried)]
        found = self._shelves.picked([*taken, Need(sku, units)], partly=True, tried=tried)
        if isinstance(found, Shortage):
            return () if self._partly else None
        fresh = [Pick(one.key, one.units - self._planned.get(one.key, 0), one.safety) for one in found]
        fresh = [one for one in fresh if one.units > 0]
        return fresh if self._partly or sum(one.units for one in fresh) >= units else None

    @staticmethod
    def _holds(key: StockKey, sku: Sku, tried: frozenset[StockKey]) -> bool:
        return key not in tried and sku_and_location(key)[0] == sku


def refuse_short(context: Context, shelves: Shelves, short: Sequence[ShortNeed], problems: Problems) -> None:
    """Note each need that cannot be met."""
    for need in short:
        problems.add(shortage(context, shelves, need))


def shortage(context: Context, shelves: Shelves, need: ShortNeed) -> DomainError:
    field = ("lines", str(need.need), "quantity")
    unsure = what_is_unsure(context, shelves, need)
    if unsure:
        return Refused(f"{unsure} Try again shortly.", refusal="INSUFFICIENT_STOCK", field=field)
    return InsufficientStock(
        need.sku,
        requested=need.requested,
        available=need.available,
        location=need.location,
        next_available_at=next_available_at(shelves.positions.get(need.sku, ()), context.now),
        field=field,
    )


def what_is_unsure(context: Context, shelves: Shelves, need: ShortNeed) -> str | None:
    """Return what an outage keeps from being known; None: the shelf is empty."""
    found = [at for at in shelves.positions.get(need.sku, ()) if need.location in {None, at.location}]
    if any(not at.sellable and available_to_sell(at) > 0 for at in found):
        return f"The figures of {need.sku} are too old to promise its stock."
    if not need.available and not is_told(context, shelves.channel, need.sku):
        return f"It cannot be told now whether {need.sku} is in stock: a system that may hold it is away."
    return None


def short_place(key: StockKey | None, free: int, lines: Sequence[ReservedLine]) -> InsufficientStock:
    """Return the refusal of a hold that the ledger found short at a place."""
    sku = sku_and_location(key)[0] if key else lines[0].sku
    index = next((n for n, line in enumerate(lines) if line.sku == sku), 0)
    line = lines[index]
    available = min(max(0, free), line.requested - 1) if line.location else 0
    field = ("lines", str(index), "quantity")
    return InsufficientStock(sku, requested=line.requested, available=available, location=line.location, field=field)
