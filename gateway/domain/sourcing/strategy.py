"""A channel's profile at work: its strategies in order and in steps of tolerance, then what is left to fall back on."""

from dataclasses import dataclass, replace

from gateway.domain.ids import LocationCode
from gateway.domain.sourcing.plan import NoPlan, Plan, cheapest_part, cheapest_plan
from gateway.domain.sourcing.problem import Candidate, Columns, Problem
from gateway.domain.sourcing_terms import SourcingProfile, Strategy


@dataclass(frozen=True, slots=True)
class Sourced:
    """A plan, and the problem as the strategy saw it: candidates that it does not ask are fenced out there.

    `late_days`: the tolerance at which it was found; None: without limit. `first`: of a plan that is late, one that meets the first date,
    which is so many days after the one that the problem counts from.
    """

    plan: Plan
    problem: Problem
    strategy: Strategy
    profile: SourcingProfile
    late_days: int | None = None
    first: tuple[int, Plan] | None = None


def source(problem: Problem, profile: SourcingProfile, *, in_part: bool = False) -> Sourced | NoPlan:
    """Return the plan of the first strategy that sources everything; else what the first fallback finds, which may be a part of it.

    `in_part`: the caller takes less than everything too, where no fallback has anything: the most that a strategy of the profile finds.
    When there is none, the answer of the first strategy's widest search is told.
    """
    steps: tuple[int | None, ...] = profile.tolerance_days or (None,)
    first = [each for each in profile.strategies if not each.fallback]
    tries = [(each, days) for days in steps for each in first]
    tries += [(each, steps[-1]) for each in profile.strategies if each.fallback]
    told = NoPlan("NOT_OFFERED", tuple(line.sku for line in problem.lines))
    for strategy, late_days in tries:
        found = _by(problem, profile, strategy, late_days)
        if isinstance(found, Sourced):
            return found
        told = found if strategy is profile.strategies[0] else told
    return (_most(problem, profile, steps[-1]) if in_part else None) or told


def source_from_first_date(problem: Problem, profile: SourcingProfile, *, in_part: bool = False) -> Sourced | NoPlan:
    """Return the same with lateness counted from the first date at which a strategy sources everything.

    The problem may count it from any date before that.
    """
    found = source(problem, profile, in_part=in_part)
    if _is_in_time(found, profile):
        return found
    first = first_plan(problem, profile)
    days = first[0] if first else 0
    found = source(counted_from(problem, days), profile, in_part=in_part) if days else found
    return replace(found, first=first) if isinstance(found, Sourced) else found


def outlasts_first_date(sourced: Sourced, problem: Problem) -> bool:
    """Tell whether the plan is chosen too when the first date is any later, up to its own; `problem`: that it was sourced from."""
    if sourced.first is None:
        return True
    ahead = range(1, 1 + max(shipment.way.late_days for shipment in sourced.plan.shipments))
    later = (source(counted_from(problem, sourced.first[0] + days), sourced.profile) for days in ahead)
    return all(isinstance(found, Sourced) and _sent(found.plan) == _sent(sourced.plan) for found in later)


def _sent(plan: Plan) -> dict[LocationCode, object]:
    """Return by place what it sends, and how."""
    ways = ((each, each.way) for each in plan.shipments)
    return {each.candidate.location.code: (each.lines, way.carrier_service, way.ships_by, way.most_units, way.most) for each, way in ways}


def _is_in_time(found: Sourced | NoPlan, profile: SourcingProfile) -> bool:
    """Tell whether an answer shows that everything can be there on the first day, or that nothing changes what it is."""
    if isinstance(found, NoPlan):
        return not profile.tolerance_days
    return not found.plan.short and not any(shipment.way.late_days for shipment in found.plan.shipments)


def first_plan(problem: Problem, profile: SourcingProfile) -> tuple[int, Plan] | None:
    """Return how late everything is at the least, whichever strategy sources it, and a plan that shows it; None: none does."""
    for days in problem.late_days:
        counted = counted_from(problem, days) if days else problem
        for strategy in profile.strategies:
            plan = cheapest_plan(as_seen(counted, strategy, 0))
            if isinstance(plan, Plan):
                return days, plan
    return None


def counted_from(problem: Problem, days: int) -> Problem:
    """Return the problem with lateness counted from so many days later on."""
    candidates = problem.candidates
    if isinstance(candidates, Columns):
        return replace(problem, candidates=candidates.changed(lambda each: _later(each, days), days))
    return replace(problem, candidates=tuple(_later(each, days) for each in candidates))


def _later(candidate: Candidate, days: int) -> Candidate:
    return replace(candidate, ways=tuple(replace(way, late_days=max(0, way.late_days - days)) for way in candidate.ways))


def _most(problem: Problem, profile: SourcingProfile, late_days: int | None) -> Sourced | None:
    """Return the part with the most units that a strategy finds whose policy lets a part go, the first of equal ones."""
    best: Sourced | None = None
    for strategy in profile.strategies:
        seen = as_seen(problem, strategy, late_days)
        plan = NoPlan("NO_STOCK", ()) if strategy.split.ship_complete else cheapest_part(seen)
        if not isinstance(plan, NoPlan) and (best is None or _units(plan) > _units(best.plan)):
            best = Sourced(plan, seen, strategy, profile, late_days)
    return best


def _units(plan: Plan) -> int:
    return sum(line.quantity for shipment in plan.shipments for line in shipment.lines)


def _by(problem: Problem, profile: SourcingProfile, strategy: Strategy, late_days: int | None) -> Sourced | NoPlan:
    seen = as_seen(problem, strategy, late_days)
    plan = planned_by(seen, strategy)
    return plan if isinstance(plan, NoPlan) else Sourced(plan, seen, strategy, profile, late_days)


def planned_by(seen: Problem, strategy: Strategy) -> Plan | NoPlan:
    """Return the strategy's plan of a problem as it sees it: a fallback may send a part."""
    split = strategy.split
    in_part = strategy.fallback and split.on_shortage != "REFUSE" and not split.ship_complete
    return cheapest_part(seen) if in_part else cheapest_plan(seen)


def as_seen(problem: Problem, strategy: Strategy, late_days: int | None) -> Problem:
    """Return the problem under a strategy's policy, what it does not ask and what comes too late for it fenced out."""
    if late_days is None and not strategy.kinds and not strategy.locations and strategy.max_distance_m is None:
        return replace(problem, policy=strategy.split)
    candidates = tuple(_fenced(each, strategy, late_days) if each.excluded_by is None else each for each in problem.candidates)
    return replace(problem, policy=strategy.split, candidates=candidates)


def _fenced(candidate: Candidate, strategy: Strategy, late_days: int | None) -> Candidate:
    place = candidate.location
    if (strategy.kinds and place.kind not in strategy.kinds) or (strategy.locations and place.code not in strategy.locations):
        return replace(candidate, excluded_by="NOT_OFFERED", detail=f"The strategy {strategy.name!r} does not ask {place.name}.")
    if strategy.max_distance_m is not None and (candidate.distance_m is None or candidate.distance_m > strategy.max_distance_m):
        return replace(candidate, excluded_by="OUT_OF_AREA", detail=f"{place.name} is farther away than {strategy.name!r} asks.")
    if late_days is None or all(way.late_days <= late_days for way in candidate.ways):
        return candidate
    ways = tuple(way for way in candidate.ways if way.late_days <= late_days)
    if ways:
        return replace(candidate, ways=ways)
    least = min(way.late_days for way in candidate.ways)
    return replace(
        candidate,
        ways=(),
        excluded_by="TOO_LATE",
        detail=f"{place.name} would come {least} days after the first date, {late_days} are tolerated.",
    )
