"""An owner's word about a position: counts and differences in any order of arrival, claims lifted when and only when they are included."""

from dataclasses import replace
from itertools import permutations

import pytest

from gateway.domain.claims.documents import Claim, Marker, StockDoc
from gateway.domain.claims.figures import KEPT_RECENT, Change, Figure, Reach, with_change, with_coverage, with_figure
from gateway.domain.claims.meaning import Times
from gateway.domain.claims.steps import Ack, GiveBack, Settle, Take, Withhold
from gateway.domain.claims.stock_meaning import after_stock_step
from gateway.domain.ids import SourceCode, StockKey

TIMES = Times(deadline_ms=4_000, skew_ms=3_000)
KEY = StockKey("A|S1")
NOON = 12 * 3_600_000
MINUTE = 60_000
EVENTS = (
    Change("e1", -2, NOON + 2 * MINUTE),
    Figure(97, 0, NOON + 5 * MINUTE, NOON + 3 * MINUTE, by_time=True),
    Change("e2", -1, NOON + 4 * MINUTE),
)


def stock(q: int = 102, **fields: object) -> StockDoc:
    return replace(StockDoc(KEY, SourceCode("pos"), q, q, order=NOON, as_of_ms=NOON, sync_ms=NOON), **fields)  # type: ignore[arg-type]


def after(position: StockDoc, word: Figure | Change, now: int = NOON + 6 * MINUTE) -> StockDoc:
    told = with_figure(position, word, now, TIMES) if isinstance(word, Figure) else with_change(position, word, now, TIMES)
    return told or position


@pytest.mark.parametrize("order", list(permutations(EVENTS)), ids=lambda words: " ".join(type(word).__name__[0] for word in words))
@pytest.mark.parametrize("doubled", [False, True])
def test_every_arrival_order_of_counts_and_differences_ends_at_the_same_figure(order: tuple[Figure | Change, ...], doubled: bool) -> None:  # noqa: FBT001
    position = stock()
    for word in (*order, *(order if doubled else ())):
        position = after(position, word)
    assert (position.q, position.free) == (96, 96)


def test_a_count_older_than_the_last_count_is_dropped_and_a_difference_moves_no_count() -> None:
    position = after(stock(), Change("e", -5, NOON + 9 * MINUTE))
    position = after(position, Figure(90, 0, NOON + 9 * MINUTE, NOON + 8 * MINUTE, by_time=True))
    assert position.q == 85
    assert after(position, Figure(50, 0, NOON + 10 * MINUTE, NOON + 7 * MINUTE, by_time=True)).q == 85


def claimed(units: int, **marker: object) -> StockDoc:
    return stock(10, free=10 - units, markers={"r_1_1": replace(Marker(units, NOON), **marker)}, order=5)  # type: ignore[arg-type]


def test_a_claim_stays_subtracted_until_the_figure_includes_it() -> None:
    position = after(claimed(3, k=7), Figure(9, 0, 6, NOON))
    assert (position.q, position.free) == (9, 6)
    position = after(position, Figure(6, 0, 7, NOON))
    assert (position.q, position.free, position.markers) == (6, 6, {})


def test_an_acknowledgement_after_its_figure_lifts_at_once_and_before_it_is_remembered() -> None:
    late = after_stock_step(claimed(3), Ack(KEY, "r_1_1", 4), NOON + MINUTE, TIMES)
    assert late is not None
    assert (late.free, late.markers) == (10, {})
    early = after_stock_step(claimed(3), Ack(KEY, "r_1_1", 6), NOON + MINUTE, TIMES)
    assert early is not None
    assert (early.free, early.markers["r_1_1"].k) == (7, 6)


def test_inside_the_fence_a_lift_leaves_a_tombstone_against_a_late_take() -> None:
    lifted = after_stock_step(claimed(3), Ack(KEY, "r_1_1", 5), NOON, TIMES)
    assert lifted is not None
    assert lifted.markers["r_1_1"].q == 0
    assert after_stock_step(lifted, Take(Claim("r_1_1", KEY, 3, dl=NOON + 1), None), NOON, TIMES) is None


def test_a_difference_that_carries_out_our_claim_changes_nothing_on_balance() -> None:
    position = with_change(claimed(3), Change("e", -3, NOON + MINUTE, order=6, mid="r_1_1"), NOON + MINUTE, TIMES)
    assert position is not None
    assert (position.q, position.free) == (7, 7)


def test_a_new_epoch_keeps_the_claims_and_forgets_what_the_source_told_of_them() -> None:
    position = after(claimed(3, k=5), Figure(10, 0, 1, NOON, epoch="restored", begun_ms=NOON + MINUTE))
    assert (position.order, position.free, position.markers["r_1_1"].k) == (1, 7, None)


def test_a_pass_that_covers_a_claim_lifts_it_without_a_row() -> None:
    position = with_coverage(claimed(3, k=7), Reach(7), NOON + MINUTE, TIMES)
    assert position is not None
    assert (position.q, position.free) == (10, 10)
    assert with_coverage(claimed(3, k=8), Reach(7), NOON + MINUTE, TIMES) is None
    assert with_coverage(claimed(3, k=7), Reach(7, "restored"), NOON + MINUTE, TIMES) is None


def test_a_take_keeps_the_safety_stock_and_its_deadline() -> None:
    claim = Claim("r_1_1", KEY, 8, safety=2, dl=NOON + 10)
    taken = after_stock_step(stock(10), Take(claim, None), NOON, TIMES)
    assert taken is not None
    assert taken.free == 2
    assert after_stock_step(stock(9), Take(claim, None), NOON, TIMES) is None
    assert after_stock_step(stock(10), Take(claim, None), NOON + 10, TIMES) is None
    assert after_stock_step(taken, Take(claim, None), NOON, TIMES) is None


def test_giving_back_what_was_never_taken_keeps_its_take_out_for_ever() -> None:
    claim = Claim("r_1_1", KEY, 4, dl=NOON + 10)
    given = after_stock_step(stock(10), GiveBack(claim), NOON, TIMES)
    assert given is not None
    assert given.free == 10
    assert after_stock_step(given, Take(claim, None), NOON, TIMES) is None
    assert after_stock_step(given, GiveBack(claim), NOON, TIMES) is None


def test_settling_only_lets_units_fall_and_a_hold_end_later() -> None:
    claim = Claim("r_1_1", KEY, 2, dl=NOON)
    held = claimed(3, exp=NOON + 100)
    fewer = after_stock_step(held, Settle(claim, NOON + 50), NOON, TIMES)
    assert fewer is not None
    assert (fewer.free, fewer.markers["r_1_1"].exp) == (8, NOON + 100)
    placed = after_stock_step(held, Settle(replace(claim, units=9), None), NOON, TIMES)
    assert placed is not None
    assert (placed.free, placed.markers["r_1_1"].exp, placed.markers["r_1_1"].q) == (7, None, 3)


def test_a_difference_that_carries_a_claim_out_in_part_lifts_that_part_of_it_only() -> None:
    position = after(claimed(3), Change("e1", -1, NOON + MINUTE, mid="r_1_1"))
    assert (position.q, position.free, position.markers["r_1_1"].q) == (9, 7, 2)
    position = after(position, Change("e2", -2, NOON + MINUTE, mid="r_1_1"))
    assert (position.q, position.free) == (7, 7)


def test_goods_that_come_back_under_a_claim_lift_nothing_of_it() -> None:
    position = after(claimed(3), Change("e1", 1, NOON + MINUTE, mid="r_1_1"))
    assert (position.q, position.free, position.markers["r_1_1"].q) == (11, 8, 3)


# --- what the source did not find, or took at a place that it did not say


def lost(units: int, at: int) -> StockDoc:
    told = after_stock_step(claimed(units), Withhold(Claim("r_1_1", KEY, units, lost=at)), NOON, TIMES)
    assert told is not None
    return told


def test_units_not_found_are_lifted_by_a_figure_of_theirs_that_was_asked_for_later_and_by_nothing_else() -> None:
    position = lost(3, NOON + MINUTE)
    assert with_coverage(position, Reach(99, begun_ms=NOON + 9 * MINUTE), NOON + 9 * MINUTE, TIMES) is None
    position = after(position, Figure(9, 0, 6, NOON, begun_ms=NOON))
    assert (position.q, position.free) == (9, 6)
    position = after(position, Figure(9, 0, 7, NOON))
    assert position.free == 6
    position = after(position, Figure(8, 0, 8, NOON, begun_ms=NOON + MINUTE))
    assert (position.q, position.free) == (8, 8)


def test_the_same_figure_asked_for_again_later_lifts_what_was_not_found() -> None:
    position = lost(3, NOON + MINUTE)
    assert after(position, Figure(10, 0, 5, NOON, begun_ms=NOON)).free == 7
    assert after(position, Figure(9, 0, 5, NOON, begun_ms=NOON + MINUTE)).free == 7
    assert after(position, Figure(10, 0, 5, NOON, begun_ms=NOON + MINUTE)).free == 10


def test_an_acknowledgement_that_comes_after_the_refusal_lifts_nothing() -> None:
    assert after_stock_step(lost(3, NOON), Ack(KEY, "r_1_1", 4), NOON, TIMES) is None


def test_a_claim_taken_at_no_place_is_lifted_by_any_pass_that_began_late_enough() -> None:
    told = after_stock_step(claimed(3), Withhold(Claim("r_1_1", KEY, 3, lost=NOON + MINUTE), found=True), NOON, TIMES)
    assert told is not None
    assert with_coverage(told, Reach(99, begun_ms=NOON), NOON, TIMES) is None
    assert with_coverage(told, Reach(99), NOON, TIMES) is None
    lifted = with_coverage(told, Reach(99, begun_ms=NOON + MINUTE), NOON, TIMES)
    assert lifted is not None
    assert lifted.free == 10


# --- epochs


def test_an_epoch_that_is_over_does_not_come_back() -> None:
    position = after(stock(10, order=5, epoch="1"), Figure(6, 0, 1, NOON, epoch="2", begun_ms=NOON + MINUTE))
    assert (position.q, position.epoch, position.past) == (6, "2", ("1",))
    assert after(position, Figure(10, 0, 9, NOON, epoch="1", begun_ms=NOON + 2 * MINUTE)) is position
    assert with_change(position, Change("e", 4, NOON, order=9, epoch="1"), NOON, TIMES) is None


def test_of_two_new_epochs_the_one_that_was_met_later_stands() -> None:
    position = after(stock(10, order=5, epoch="1"), Figure(6, 0, 1, NOON, epoch="3", begun_ms=NOON + 2 * MINUTE))
    assert after(position, Figure(9, 0, 9, NOON, epoch="2", begun_ms=NOON + MINUTE)) is position
    assert after(position, Figure(9, 0, 9, NOON, epoch="2")) is position


def test_a_difference_of_a_new_epoch_waits_for_its_figure() -> None:
    position = stock(10, order=5, epoch="1")
    assert with_change(position, Change("e", -2, NOON, order=1, epoch="2"), NOON, TIMES) is None


def test_a_claim_that_the_restored_source_has_told_of_already_keeps_its_place() -> None:
    told = after_stock_step(replace(claimed(3), epoch="1"), Ack(KEY, "r_1_1", 4, "2"), NOON, TIMES)
    assert told is not None
    assert (told.free, told.markers["r_1_1"].k) == (7, 4)
    early = after(told, Figure(9, 0, 3, NOON, epoch="2", begun_ms=NOON + MINUTE))
    assert early.free == 6
    assert after(early, Figure(6, 0, 4, NOON, epoch="2")).free == 6


# --- differences that come late


def test_a_difference_that_the_count_includes_lifts_the_claim_that_it_carries_out_once() -> None:
    position = stock(8, free=5, markers={"r_1_1": Marker(3, NOON)}, sync_ms=NOON + 3 * MINUTE)
    part = Change("e1", -1, NOON + 2 * MINUTE, mid="r_1_1")
    for _ in range(3):
        position = after(position, part)
    assert (position.q, position.free, position.markers["r_1_1"].q) == (8, 6, 2)


def test_a_difference_older_than_what_is_remembered_waits_for_the_next_count() -> None:
    position = stock(500)
    for n in range(KEPT_RECENT + 5):
        position = after(position, Change(f"e{n}", -1, NOON + n + 1))
    assert position.q == 500 - KEPT_RECENT - 5
    assert after(position, Change("e0", -1, NOON + 1)) is position
