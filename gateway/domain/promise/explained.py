"""How a plan that was quoted or collected came about, in the terms of sourcing: what a decision is told from."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.domain.delivery_group import PlannedShipment
from gateway.domain.ids import LocationCode, Sku
from gateway.domain.promise.basket import merged_lines
from gateway.domain.promise.options import DeliveryOption, Destination, PromiseFacts
from gateway.domain.promise.road import product_of, zone_of
from gateway.domain.sourcing.plan import Plan, priced
from gateway.domain.sourcing.problem import Candidate, Problem, Way
from gateway.domain.sourcing.strategy import Sourced
from gateway.domain.sourcing_terms import EVERYWHERE
from gateway.domain.stock import available_to_sell


def as_planned(
    facts: PromiseFacts, shipments: Sequence[PlannedShipment], destination: Destination | None, now: DeliveryOption | None
) -> Sourced:
    """Return a plan with what it was chosen from; `now` is what the engine would quote instead, where it would quote anything.

    A plan that the engine would choose now is told as its choice, any other as one that was promised, beside what there is now.
    """
    found = now.sourced if now else None
    if found is not None and _same(found.plan, shipments):
        return found
    problem = found.problem if found else _alone(facts, shipments)
    chosen = {each.location: each for each in shipments}
    others = tuple(each for each in problem.candidates if each.location.code not in chosen)
    held = {each.location.code: each for each in problem.candidates}
    own = tuple(_chosen(facts, each, held.get(code), destination) for code, each in chosen.items() if code in facts.locations)
    problem = replace(problem, candidates=(*own, *others))
    bound = found.plan.bound if found else None
    plan = priced(problem, {each.location.code: chosen[each.location.code].lines for each in own}, bound)
    return Sourced(plan, problem, found.strategy if found else EVERYWHERE, facts.profile, found.late_days if found else None)


def _same(plan: Plan, shipments: Sequence[PlannedShipment]) -> bool:
    found = {(each.candidate.location.code, each.way.carrier_service, frozenset(each.lines)) for each in plan.shipments}
    return found == {(each.location, each.carrier_service, frozenset(each.lines)) for each in shipments}


def _alone(facts: PromiseFacts, shipments: Sequence[PlannedShipment]) -> Problem:
    """Return a problem in which nobody but the plan's own places takes part."""
    return Problem(
        lines=merged_lines(line for each in shipments for line in each.lines),
        candidates=(),
        terms=facts.profile.costs,
        weight_g_by_sku=facts.weight_g_by_sku,
        volume_cm3_by_sku=facts.volume_cm3_by_sku,
        value_by_sku=facts.value_by_sku,
        outlook_by_sku=facts.outlook_by_sku,
        search=facts.profile.search,
    )


def _chosen(facts: PromiseFacts, planned: PlannedShipment, held: Candidate | None, destination: Destination | None) -> Candidate:
    """Return the place of a planned shipment as a candidate that can send it, the way it was planned."""
    ways = tuple(way for way in held.ways if way.carrier_service == planned.carrier_service) if held else ()
    units = {line.sku: max(_on_shelf(facts, line.sku, planned.location), line.quantity) for line in planned.lines}
    units |= {sku: max(count, units.get(sku, 0)) for sku, count in (held.units if held else {}).items()}
    return Candidate(
        facts.locations[planned.location], units, ways or (_way(facts, planned, destination),), distance_m=held.distance_m if held else None
    )


def _on_shelf(facts: PromiseFacts, sku: Sku, place: LocationCode) -> int:
    return sum(available_to_sell(at) for at in facts.positions.get(sku, ()) if at.location == place)


def _way(facts: PromiseFacts, planned: PlannedShipment, destination: Destination | None) -> Way:
    product = product_of(facts.carriers, planned.carrier_service)
    area = zone_of(product, destination) if product and destination else None
    return Way(
        planned.carrier_service,
        planned.ships_by,
        planned.earliest,
        planned.latest,
        area.bands if area else (),
        product.max_weight_g if product else None,
        transfer=planned.task == "TRANSFER",
        max_volume_cm3=product.max_volume_cm3 if product else None,
    )
