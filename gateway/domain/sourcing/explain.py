"""Why a plan was chosen: each candidate's cost or fence, the plan that came second, and a sentence for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from gateway.domain.awaited import Awaited
from gateway.domain.calendar import zone
from gateway.domain.exclusion import ExclusionReason
from gateway.domain.ids import LocationCode, Rid
from gateway.domain.network import Channel
from gateway.domain.quantities import SkuQuantity, money
from gateway.domain.sourcing.cost import Cost, parcels
from gateway.domain.sourcing.decision import DecidedCandidate, DecidedShipment, Decision, RunnerUp, ShelfRisk, Trigger, decision_id
from gateway.domain.sourcing.outlook import expectation, risks
from gateway.domain.sourcing.plan import NoPlan, Plan, Shipment, judged
from gateway.domain.sourcing.prices import offers
from gateway.domain.sourcing.problem import Candidate, Problem
from gateway.domain.sourcing.rules import splittable
from gateway.domain.sourcing.strategy import Sourced, planned_by

MOST_CANDIDATES = 50
"""Kept with a decision: the chosen, the cheapest, then those behind a fence."""
MOST_NAMED = 3
WORDS = {
    "shipping": "shipping",
    "handling": "handling",
    "transfer": "transfer",
    "stock_out": "risk of a stock-out",
    "lateness": "lateness",
    "location_penalty": "the place's own charge",
}


@dataclass(frozen=True, slots=True)
class About:
    """What a decision was about; `attempt` tells decisions on one group apart, the same for whoever makes the same one."""

    rid: Rid
    group: str
    channel: Channel
    service: str
    trigger: Trigger
    attempt: str = ""
    awaits: Mapping[LocationCode, tuple[Awaited, ...]] = field(default_factory=dict)
    """What the chosen places send of supply that is still to come."""


def decision(sourced: Sourced, about: About, at: datetime) -> Decision:
    """Return a plan as a decision with its reasons; the plan that came second is searched for here, once for each chosen place."""
    candidates, second, plan, profile = _candidates(sourced), runner_up(sourced, about.channel.currency), sourced.plan, sourced.profile
    return Decision(
        id=decision_id(about.rid, about.group, about.trigger, about.attempt),
        rid=about.rid,
        group=about.group,
        channel=about.channel.code,
        service=about.service,
        currency=about.channel.currency,
        decided_at=at,
        trigger=about.trigger,
        profile=profile.name,
        profile_version=profile.version,
        strategy=sourced.strategy.name,
        method=plan.method,
        proven=plan.proven,
        bound=plan.bound,
        cost=plan.cost,
        shipments=tuple(
            replace(told(sourced.problem, each), awaits=about.awaits.get(each.candidate.location.code, ())) for each in plan.shipments
        ),
        candidates=candidates[:MOST_CANDIDATES],
        summary=summary(sourced, second, candidates, about),
        runner_up=second,
        short=plan.short,
        tolerated_late_days=sourced.late_days,
    )


def told(problem: Problem, shipment: Shipment) -> DecidedShipment:
    count, _ = parcels(shipment.way, shipment.weight_g, shipment.volume_cm3)
    return DecidedShipment(
        location=shipment.candidate.location.code,
        carrier_service=shipment.way.carrier_service,
        lines=shipment.lines,
        weight_g=shipment.weight_g,
        parcels=count,
        cost=shipment.cost,
        ships_by=shipment.way.ships_by,
        latest=shipment.way.latest,
        late_days=shipment.way.late_days,
        risks=tuple(risk for line in shipment.lines if (risk := _risk(problem, shipment, line)) is not None),
        volume_cm3=shipment.volume_cm3,
    )


def _risk(problem: Problem, shipment: Shipment, line: SkuQuantity) -> ShelfRisk | None:
    place, outlook = shipment.candidate.location.code, problem.outlook_by_sku.get(line.sku)
    expected = expectation(outlook, problem.terms, place) if outlook else None
    if outlook is None or expected is None:
        return None
    had = shipment.candidate.units[line.sku]
    out, markdown = risks(outlook, problem.terms, place, had, line.quantity)
    return ShelfRisk(
        line.sku,
        line.quantity,
        had,
        expected.per_day,
        expected.replenished_in_days,
        expected.markdown_in_days,
        expected.margin,
        expected.markdown_loss,
        out[line.quantity],
        markdown[line.quantity],
    )


def _candidates(sourced: Sourced) -> tuple[DecidedCandidate, ...]:
    """Return the chosen ones, then by cost, then what is behind a fence: places that have the goods before those that have none."""
    chosen = {shipment.candidate.location.code for shipment in sourced.plan.shipments}
    found = []
    for number, each in enumerate(judged(sourced.problem, MOST_CANDIDATES, chosen)):
        code = each.candidate.location.code
        reason, detail = each.candidate.excluded_by, each.candidate.detail
        if reason is None and not each.can_supply:
            reason, detail = "NO_STOCK", f"{each.candidate.location.name} has none of it."
        elif reason is None and each.cost is None:
            reason, detail = _unsendable(each.candidate)
        seen = DecidedCandidate(code, code in chosen, each.can_supply, None if reason else each.cost, reason, detail)
        total = each.cost.total if each.cost else Decimal(0)
        found.append(((not seen.chosen, seen.cost is None, reason == "NO_STOCK", total, number), seen))
    return tuple(seen for _, seen in sorted(found, key=lambda one: one[0]))


def _unsendable(candidate: Candidate) -> tuple[ExclusionReason, str]:
    """Return why a place sends nothing of what it has."""
    name = candidate.location.name
    if candidate.most_units is not None and candidate.most_units < 1:
        return "CAPACITY_FULL", f"{name} can prepare no more."
    return "TOO_HEAVY", f"What {name} has of it is heavier or larger than its carriers take in one parcel."


def runner_up(sourced: Sourced, currency: str) -> RunnerUp | None:
    """Return the cheapest plan of the same strategy that does without one of the chosen places; None without any.

    Beside a plan of a single parcel that may be split, plans count too in which its place sends fewer units. A line that goes whole, since
    some place has all of it, goes whole in them too: that it may fall apart without that place is no plan that was beaten.
    """
    problem = sourced.problem
    sourced = replace(sourced, problem=replace(problem, splittable=splittable(offers(problem), problem.policy)))
    shipments = sourced.plan.shipments
    tried = [_without(sourced, shipment) for shipment in shipments] + [_splitting(sourced, shipments[0])] * (len(shipments) == 1)
    plans = [plan for plan in tried if plan is not None]
    if not plans:
        return None
    second = min(plans, key=lambda plan: (sum(line.quantity for line in plan.short), plan.cost.total))
    difference = second.cost - sourced.plan.cost
    proven = all(plan.bound >= second.cost.total for plan in plans)
    parts = tuple(told(sourced.problem, each) for each in second.shipments)
    return RunnerUp(parts, second.cost, difference, would_win_if(sourced.plan, second, currency), proven)


def _without(sourced: Sourced, shipment: Shipment) -> Plan | None:
    return _with_other(sourced, shipment.candidate, replace(shipment.candidate, excluded_by="EXCLUDED_BY_CALLER"))


def _splitting(sourced: Sourced, shipment: Shipment) -> Plan | None:
    """Return the cheapest plan in which a place sends fewer units: all that do not send it as it is are among them."""
    first, *others = shipment.lines
    fewer = sum(line.quantity for line in shipment.lines) - 1
    if not fewer or sourced.problem.policy.max_shipments == 1:
        return None
    # a place that can prepare less than a line would count as one that has not all of it, which may then be split
    less = replace(shipment.candidate, most_units=fewer) if others else replace(shipment.candidate, most_of=(first.sku, fewer))
    return _with_other(sourced, shipment.candidate, less)


def _with_other(sourced: Sourced, candidate: Candidate, other: Candidate) -> Plan | None:
    left = tuple(other if each is candidate else each for each in sourced.problem.candidates)
    plan = planned_by(replace(sourced.problem, candidates=left), sourced.strategy)
    return None if isinstance(plan, NoPlan) else plan


def would_win_if(plan: Plan, second: Plan, currency: str) -> str:
    """Return what would have had to be otherwise for the second plan to win."""
    lost = second.cost - plan.cost
    more_short = sum(line.quantity for line in second.short) - sum(line.quantity for line in plan.short)
    if more_short > 0:
        return f"It leaves {more_short} more units without a place; with them it would have competed."
    if lost.total <= 0:
        return "It costs no more; of equal plans the one that is there earlier, or nearer, is taken."
    least = _told(lost.total, currency)
    name, amount = max(lost.components.items(), key=lambda component: component[1])
    if amount >= lost.total and name == "markdown_credit":
        return f"Its markdown credit, smaller by {_told(amount, currency)}, would have to be greater by more than {least}."
    if amount >= lost.total:
        return f"Its {WORDS[name]}, dearer by {_told(amount, currency)}, would have to be lower by more than {least}."
    return f"All its costs together lower by more than {least}."


def summary(sourced: Sourced, second: RunnerUp | None, candidates: Sequence[DecidedCandidate], about: About) -> str:
    """Return one sentence: from where, at what cost, how sure, and what it beat or what kept the others out."""
    plan, currency = sourced.plan, about.channel.currency
    parts = ", ".join(_part(each, about) for each in plan.shipments)
    sure = "proven the cheapest" if plan.proven else f"of which at least {_told(plan.bound, currency)} is needed"
    text = f"From {parts} for {_told(plan.cost.total, currency)} {currency}, {sure}"
    if second is not None:
        text += f"; {_beaten(sourced, second, currency)}"
    shut = [each for each in candidates if each.excluded_by and each.excluded_by != "NO_STOCK" and each.can_supply and each.detail]
    if shut:
        text += "; " + " ".join(each.detail or "" for each in shut[:MOST_NAMED]).rstrip(".")
    if plan.short:
        text += f"; without a place: {', '.join(f'{line.quantity} x {line.sku}' for line in plan.short)}"
    return text + "."


def _part(shipment: Shipment, about: About) -> str:
    """Return a place with its units, and of which supply they are, by the channel's calendar."""
    units, awaits = sum(line.quantity for line in shipment.lines), about.awaits.get(shipment.candidate.location.code, ())
    due: dict[str, int] = {}
    for one in sorted(awaits, key=lambda one: one.expected_at):
        day = one.expected_at.astimezone(zone(about.channel.time_zone))
        due[f"{day.day} {day:%B}"] = due.get(f"{day.day} {day:%B}", 0) + one.units
    whole = list(due.values()) == [units]
    told_of = [f"{'' if whole else f'{count} '}of the supply due {day}" for day, count in due.items()]
    return f"{shipment.candidate.location.name} ({', '.join([_units(units), *told_of])})"


def _beaten(sourced: Sourced, second: RunnerUp, currency: str) -> str:
    """Return which places came second, the new ones alone where there are any, and what they lost by."""
    names = {each.location.code: each.location.name for each in sourced.problem.candidates}
    chosen = {each.candidate.location.code for each in sourced.plan.shipments}
    others = [names[each.location] for each in second.shipments if each.location not in chosen]
    every = " and ".join(names[each.location] for each in second.shipments)
    if not others:
        who = f"{every} alone"
    else:
        who = f"{every} together" if chosen < {each.location for each in second.shipments} else " and ".join(others)
    lost_by = _told(second.difference.total, currency)
    found = "" if second.proven else ", the best other plan that was found in time"
    return f"{who} {f'lost by {lost_by}' if Decimal(lost_by) else 'would cost the same'}{_components(second.difference, currency)}{found}"


def _components(difference: Cost, currency: str) -> str:
    told_of = [(_words(name, amount), amount) for name, amount in difference.components.items() if money(amount, currency).amount]
    ordered = sorted(told_of, key=lambda component: -abs(component[1]))
    words = ", ".join(f"{'+' if amount > 0 else '-'}{_told(abs(amount), currency)} {word}" for word, amount in ordered)
    return f" ({words})" if words else ""


def _words(name: str, amount: Decimal) -> str:
    if name == "markdown_credit":  # dearer is who is credited less
        return f"for {'less' if amount > 0 else 'more'} markdown credit"
    return WORDS[name]


def _units(count: int) -> str:
    return "1 unit" if count == 1 else f"{count} units"


def _told(amount: Decimal, currency: str) -> str:
    return str(money(amount, currency).amount)
