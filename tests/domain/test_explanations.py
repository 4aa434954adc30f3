"""Every decision tells why: costs that recompute, what came second and by how much, and the fences."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from gateway.domain.awaited import Awaited
from gateway.domain.ids import ChannelCode, LocationCode, Rid, Sku
from gateway.domain.location import Location
from gateway.domain.network import Channel, WeightBand
from gateway.domain.quantities import SkuQuantity
from gateway.domain.sourcing.cost import Cost, shipment_cost
from gateway.domain.sourcing.decision import DecidedShipment, Decision
from gateway.domain.sourcing.explain import MOST_CANDIDATES, About, decision
from gateway.domain.sourcing.outlook import risks
from gateway.domain.sourcing.plan import NoPlan, cheapest_plan
from gateway.domain.sourcing.problem import Candidate, Outlook, Problem, Way
from gateway.domain.sourcing.strategy import Sourced, source
from gateway.domain.sourcing_terms import DEFAULT_PROFILE, PlaceCosts, Search, SourcingProfile, SplitPolicy, Strategy
from tests.support.sourcing import LATE, NOW, TERMS, WAY, A, B, C, all_plans, candidate, problem, random_problem

WEB = Channel(ChannelCode("web"), "Web", "EUR", "UTC")
LYON, PARIS, NANTES = ("LYO", "Lyon"), ("PAR", "Paris"), ("NTE", "Nantes")


def place(named: tuple[str, str], units: dict[Sku, int], *ways: Way) -> Candidate:
    code, name = named
    held = candidate(code, units, *ways)
    return replace(held, location=replace(held.location, name=name))


def decided(asked: Problem, profile: SourcingProfile = DEFAULT_PROFILE) -> Decision:
    found = source(asked, profile)
    assert isinstance(found, Sourced)
    return decision(found, About(Rid("r1"), "1", WEB, "standard", "PLACED"), NOW)


def test_what_came_second_is_told_with_what_it_lost_by() -> None:
    rules = (PlaceCosts(LocationCode("LYO"), per_unit=Decimal("2.30")), PlaceCosts(LocationCode("PAR"), per_unit=Decimal("0.20")))
    cheap = replace(WAY, bands=(WeightBand(9000, Decimal("3.80")),))
    told = decided(problem({A: 1}, place(PARIS, {A: 1}), place(LYON, {A: 1}, cheap), terms=replace(TERMS, places=rules)))
    second = told.runner_up
    assert second is not None
    assert (second.difference.total, second.difference.handling, second.difference.shipping) == (
        Decimal("1.90"),
        Decimal("2.10"),
        Decimal("-0.20"),
    )
    assert told.summary == ("From Paris (1 unit) for 5.20 EUR, proven the cheapest; Lyon lost by 1.90 (+2.10 handling, -0.20 shipping).")
    assert second.would_win_if == "Its handling, dearer by 2.10, would have to be lower by more than 1.90."


def test_what_came_second_keeps_the_policy_by_which_the_first_was_chosen() -> None:
    """Lyon and Nantes together would be cheaper, and could only be asked if no place had both units."""
    dear = PlaceCosts(LocationCode("PAR"), penalty=Decimal(50))
    dearer = PlaceCosts(LocationCode("LIL"), penalty=Decimal(60))
    alone = (place(PARIS, {A: 2}), place(LYON, {A: 1}), place(NANTES, {A: 1}))
    terms = replace(TERMS, places=(dear, dearer))
    assert decided(problem({A: 2}, *alone, terms=terms)).runner_up is None
    told = decided(problem({A: 2}, *alone, place(("LIL", "Lille"), {A: 2}), terms=terms))
    assert told.runner_up is not None
    assert ([each.location for each in told.runner_up.shipments], told.runner_up.difference.total) == (["LIL"], Decimal(10))
    free = SourcingProfile("free", strategies=(Strategy("free", split=SplitPolicy(allow_line_split="FREELY")),))
    assert {each.location for each in decided(problem({A: 2}, *alone, terms=terms), free).shipments} == {"LYO", "NTE"}


def test_a_fence_is_told_in_its_own_words() -> None:
    shut = replace(place(PARIS, {A: 1}), excluded_by="TOO_LATE", ways=(), detail="Paris: cut-off missed 14 min ago.")
    told = decided(problem({A: 1}, shut, place(LYON, {A: 1}), place(NANTES, {B: 1})))
    assert told.summary == "From Lyon (1 unit) for 5.20 EUR, proven the cheapest; Paris: cut-off missed 14 min ago."
    assert [(each.location, each.chosen, each.excluded_by) for each in told.candidates] == [
        ("LYO", True, None),
        ("PAR", False, "TOO_LATE"),
        ("NTE", False, "NO_STOCK"),
    ]
    assert told.runner_up is None


def test_every_place_that_has_some_of_it_has_a_cost_or_a_reason() -> None:
    light, small = replace(WAY, max_weight_g=500), replace(WAY, max_volume_cm3=1_000, carrier_service="post/small")
    asked = problem(
        {A: 1, B: 1, C: 1}, place(PARIS, {A: 1, B: 1, C: 1}), place(LYON, {C: 1}, light), place(NANTES, {A: 1, C: 1}, light, small)
    )
    full = replace(place(("LIL", "Lille"), {A: 1}), most_units=0)
    known = decided(replace(asked, candidates=(*asked.candidates, full))).candidates
    told = {each.location: (each.excluded_by, each.cost is None) for each in known}
    assert told == {"PAR": (None, False), "LYO": ("TOO_HEAVY", True), "NTE": (None, False), "LIL": ("CAPACITY_FULL", True)}


def test_equal_plans_are_told_apart_by_their_order() -> None:
    told = decided(problem({A: 1}, place(LYON, {A: 1}), place(PARIS, {A: 1})))
    assert told.runner_up is not None
    assert told.runner_up.difference.total == 0
    assert told.runner_up.would_win_if.startswith("It costs no more;")
    assert told.summary == "From Lyon (1 unit) for 5.20 EUR, proven the cheapest; Paris would cost the same."


def test_a_credit_is_told_as_more_or_less_of_it() -> None:
    outlook = Outlook({LocationCode("LYO"): 9.0, LocationCode("PAR"): 0.0}, markdown_in_days=10.0, markdown_loss=Decimal(5))
    dear = replace(WAY, bands=(WeightBand(9000, Decimal("14.00")),))
    more = decided(replace(problem({A: 1}, place(LYON, {A: 1}), place(PARIS, {A: 1}, dear)), outlook_by_sku={A: outlook}))
    assert more.summary.endswith("; Paris lost by 5.00 (+10.00 shipping, -5.00 for more markdown credit).")
    less = decided(replace(problem({A: 1}, place(LYON, {A: 1}), place(PARIS, {A: 1})), outlook_by_sku={A: outlook}))
    assert less.summary.endswith("; Lyon lost by 5.00 (+5.00 for less markdown credit).")
    assert less.runner_up is not None
    assert less.runner_up.would_win_if == "Its markdown credit, smaller by 5.00, would have to be greater by more than 5.00."


def test_the_candidates_stand_by_cost_and_no_more_than_are_worth_keeping() -> None:
    many = [candidate(f"P{n}", {A: 1}, replace(WAY, late_days=n % 7)) for n in range(90)]
    told = decided(problem({A: 1}, *many))
    assert len(told.candidates) == MOST_CANDIDATES
    costs = [each.cost.total for each in told.candidates if each.cost]
    assert costs == sorted(costs)
    assert told.candidates[0].chosen


def test_a_part_says_what_is_left_without_a_place() -> None:
    fallback = Strategy("in part", fallback=True, split=SplitPolicy(on_shortage="BACKORDER"))
    told = decided(problem({A: 3}, place(LYON, {A: 1})), SourcingProfile("p", strategies=(Strategy("all"), fallback), version=4))
    assert told.short == (SkuQuantity(A, 2),)
    assert told.summary.endswith("without a place: 2 x A.")
    assert (told.strategy, told.profile, told.profile_version) == ("in part", "p", 4)


def recomputed(asked: Problem, sent: DecidedShipment) -> Cost:
    """Work a stored shipment's cost out from nothing but what is stored with it and the terms."""
    held = next(each for each in asked.candidates if each.location.code == sent.location)
    way = next(way for way in held.ways if (way.carrier_service, way.late_days) == (sent.carrier_service, sent.late_days))
    spot: Location = held.location
    total = shipment_cost(asked.terms, way, spot, sum(line.quantity for line in sent.lines), sent.weight_g, sent.volume_cm3)
    for risk in sent.risks:
        known = {sent.location: risk.per_day}
        stored = replace(
            asked.outlook_by_sku[risk.sku],
            per_day=known,
            margin=risk.margin,
            replenished_in_days={sent.location: risk.replenished_in_days},
            markdown_in_days=risk.markdown_in_days,
            markdown_loss=risk.markdown_loss,
        )
        out, markdown = risks(stored, asked.terms, sent.location, risk.had, risk.units)
        total += Cost(stock_out=out[risk.units], markdown_credit=markdown[risk.units])
    return total


@pytest.mark.parametrize("seed", range(200))
def test_an_explanation_recomputes_to_the_stored_cost(seed: int) -> None:
    asked = random_problem(seed, most_places=6)
    strategy = Strategy("everywhere", split=asked.policy)
    if isinstance(cheapest_plan(asked), NoPlan):
        return
    told = decided(asked, SourcingProfile("p", strategies=(strategy,)))
    assert told.cost == sum((recomputed(asked, each) for each in told.shipments), Cost())
    assert told.cost.total == told.bound
    assert told.proven
    for each in told.candidates:
        alone = [sent.cost for sent in told.shipments if sent.location == each.location and sent.lines == each.can_supply]
        assert not alone or each.cost == alone[0]
    second = told.runner_up
    if second is not None:
        assert second.cost == sum((recomputed(asked, each) for each in second.shipments), Cost())
        assert second.cost - told.cost == second.difference
        assert second.difference.total >= 0


@pytest.mark.parametrize("seed", range(150))
def test_what_came_second_is_the_cheapest_other_plan(seed: int) -> None:
    asked = random_problem(seed)
    if isinstance(cheapest_plan(asked), NoPlan):
        return
    told = decided(asked, SourcingProfile("p", strategies=(Strategy("everywhere", split=asked.policy),)))
    chosen = {each.location for each in told.shipments}
    without = {n for n, each in enumerate(asked.candidates) if each.location.code in chosen}
    costs = [cost for _, cost, sent in all_plans(asked) if not without <= sent.keys()]
    if len(told.shipments) == 1:
        number = next(n for n, each in enumerate(asked.candidates) if each.location.code in chosen)
        alone = {number: tuple(line.quantity for line in asked.lines)}
        costs += [cost for _, cost, sent in all_plans(asked) if sent != alone]
    assert (told.runner_up.cost.total if told.runner_up else None) == min(costs, default=None)


def long_basket(lines: int) -> tuple[list[Sku], Problem]:
    """Return a basket that Paris has whole, and of which Nantes has but the last, heavy article."""
    skus = [Sku(f"S{n:02}") for n in range(lines)]
    asked = problem(dict.fromkeys(skus, 1), place(PARIS, dict.fromkeys(skus, 1)), place(NANTES, {skus[-1]: 1}))
    return skus, replace(asked, weight_g_by_sku={**dict.fromkeys(skus, 100), skus[-1]: 3_000})


@pytest.mark.parametrize("lines", [2, 12])
def test_what_came_second_is_looked_for_among_splits_of_any_basket(lines: int) -> None:
    skus, asked = long_basket(lines)
    second = decided(asked).runner_up
    assert second is not None
    assert [(each.location, [line.sku for line in each.lines]) for each in second.shipments] == [("PAR", skus[:-1]), ("NTE", skus[-1:])]
    assert second.proven


def test_what_an_integer_program_planned_is_told_beside_the_best_other_plan_that_it_found_in_time() -> None:
    _, asked = long_basket(12)
    for cap, proven in ((timedelta(seconds=60), True), (timedelta(0), False)):
        told = decided(replace(asked, search=Search(most_steps=0, time_cap=cap)), SourcingProfile("p", search=Search(0, cap)))
        assert told.method == "INTEGER_PROGRAM"
        assert told.runner_up is not None
        assert {each.location for each in told.runner_up.shipments} == {"PAR", "NTE"}
        assert (told.runner_up.proven, told.summary.endswith(", the best other plan that was found in time.")) == (proven, not proven)


def test_supply_that_is_still_to_come_is_told_with_its_date() -> None:
    found = source(problem({A: 3}, place(LYON, {A: 3})), DEFAULT_PROFILE)
    assert isinstance(found, Sourced)
    first, later = NOW + timedelta(days=4, hours=15), NOW + timedelta(days=5, hours=20)
    lots = (Awaited(A, 1, "two", later), Awaited(A, 1, "one", first))
    whole = (Awaited(A, 3, "one", first),)
    paris = replace(WEB, time_zone="Europe/Paris")
    told = [
        decision(found, About(Rid("r1"), "1", paris, "standard", "PLACED", awaits={LocationCode("LYO"): awaits}), NOW)
        for awaits in (whole, lots)
    ]
    assert [one.summary.partition(" for ")[0] for one in told] == [
        "From Lyon (3 units, of the supply due 1 July)",
        "From Lyon (3 units, 1 of the supply due 1 July, 1 of the supply due 2 July)",
    ]
    assert [one.shipments[0].awaits for one in told] == [whole, lots]


def test_the_same_decision_has_the_same_identity_and_another_attempt_another() -> None:
    asked = problem({A: 1}, place(LYON, {A: 1}), place(PARIS, {A: 1}, LATE))
    found = source(asked, DEFAULT_PROFILE)
    assert isinstance(found, Sourced)
    about = About(Rid("r1"), "1", WEB, "standard", "REJECTED", "first")
    one, same = decision(found, about, NOW), decision(found, about, NOW + timedelta(minutes=1))
    assert one.id == same.id
    assert one.id != decision(found, replace(about, attempt="second"), NOW).id
