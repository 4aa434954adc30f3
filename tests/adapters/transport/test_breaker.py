"""A circuit opens by failures or slowness, rests longer each time, is probed, and never does what its table does not say."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.transport.breaker import TRANSITIONS, Breaker, BreakerBounds, Event, IllegalEvent, Outcome, Permit
from gateway.domain.circuits import CircuitState as State

BOUNDS = BreakerBounds()


@dataclass
class Bench:
    """A breaker with a clock and a chance that are set."""

    bounds: BreakerBounds = BOUNDS
    at_s: float = 1000.0
    chance: float = 0.5
    breaker: Breaker = field(init=False)

    def __post_init__(self) -> None:
        self.breaker = Breaker(self.bounds, lambda: self.at_s, lambda: self.chance)

    def call(self, outcome: Outcome) -> bool:
        """Make one call; tell whether it was let through."""
        permit = self.breaker.permit()
        if permit:
            self.breaker.note(permit, outcome)
        return permit is not None

    def calls(self, outcome: Outcome, times: int) -> int:
        return sum(self.call(outcome) for _ in range(times))

    def opened(self) -> "Bench":
        self.calls(Outcome.FAILED, BOUNDS.fewest_calls)
        assert self.breaker.state is State.OPEN
        return self


@pytest.mark.parametrize(
    ("bad", "calls", "state"),
    [
        (Outcome.FAILED, 19, State.CLOSED),
        (Outcome.FAILED, 20, State.OPEN),
        (Outcome.SLOW, 20, State.OPEN),
        (Outcome.GOOD, 200, State.CLOSED),
        (Outcome.UNTOLD, 200, State.CLOSED),
    ],
)
def test_it_opens_by_enough_calls_that_fail_or_are_slow(bad: Outcome, calls: int, state: State) -> None:
    bench = Bench()
    bench.calls(bad, calls)
    assert bench.breaker.state is state


@pytest.mark.parametrize(("bad", "share", "state"), [(Outcome.FAILED, 9, "CLOSED"), (Outcome.FAILED, 10, "OPEN")])
def test_half_of_the_calls_must_fail(bad: Outcome, share: int, state: str) -> None:
    bench = Bench()
    bench.calls(Outcome.GOOD, 20 - share)
    bench.calls(bad, share)
    assert bench.breaker.seen() == (State(state), share / 20)


@pytest.mark.parametrize(("slow", "state"), [(15, "CLOSED"), (16, "OPEN")])
def test_eight_of_ten_calls_must_be_slow(slow: int, state: str) -> None:
    bench = Bench()
    bench.calls(Outcome.GOOD, 20 - slow)
    bench.calls(Outcome.SLOW, slow)
    assert bench.breaker.state is State(state)


def test_calls_of_an_earlier_window_count_no_more() -> None:
    bench = Bench()
    bench.calls(Outcome.FAILED, 19)
    bench.at_s += BOUNDS.window_s
    bench.calls(Outcome.FAILED, 19)
    assert bench.breaker.seen() == (State.CLOSED, 1.0)
    bench.at_s += BOUNDS.window_s
    assert bench.breaker.seen() == (State.CLOSED, 0.0)


def test_open_it_lets_nothing_through_until_its_pause_is_over() -> None:
    bench = Bench().opened()
    assert bench.breaker.rest_s() == BOUNDS.pause_s
    bench.at_s += BOUNDS.pause_s - 0.001
    assert not bench.call(Outcome.GOOD)
    assert bench.breaker.seen()[0] is State.OPEN
    bench.at_s += 0.001
    assert bench.breaker.seen()[0] is State.HALF_OPEN
    assert bench.call(Outcome.GOOD)


@pytest.mark.parametrize(("chance", "pause_s"), [(0.0, 4.0), (0.5, 5.0), (1.0, 6.0)])
def test_pauses_are_spread_by_chance(chance: float, pause_s: float) -> None:
    assert Bench(chance=chance).opened().breaker.rest_s() == pytest.approx(pause_s)


def test_each_relapse_doubles_the_pause_up_to_its_bound_and_recovery_starts_anew() -> None:
    bench = Bench().opened()
    pauses = [bench.breaker.rest_s()]
    for _ in range(6):
        bench.at_s += bench.breaker.rest_s()
        assert bench.call(Outcome.FAILED)
        pauses.append(bench.breaker.rest_s())
    assert pauses == [5, 10, 20, 40, 60, 60, 60]
    bench.at_s += 60
    assert bench.calls(Outcome.GOOD, 3) == 3
    assert bench.breaker.seen() == (State.CLOSED, 0.0)
    assert bench.opened().breaker.rest_s() == BOUNDS.pause_s


def test_three_probes_at_a_time_and_all_must_be_answered_well() -> None:
    bench = Bench().opened()
    bench.at_s += BOUNDS.pause_s
    permits = [bench.breaker.permit() for _ in range(5)]
    assert [permit is not None for permit in permits] == [True, True, True, False, False]
    for permit in permits[:2]:
        assert permit
        bench.breaker.note(permit, Outcome.GOOD)
    assert bench.breaker.state is State.HALF_OPEN
    assert permits[2]
    bench.breaker.note(permits[2], Outcome.SLOW)
    assert bench.breaker.state is State.OPEN


def test_a_probe_that_was_given_up_makes_room_for_another() -> None:
    bench = Bench().opened()
    bench.at_s += BOUNDS.pause_s
    assert bench.calls(Outcome.UNTOLD, 10) == 10
    assert bench.calls(Outcome.GOOD, 3) == 3
    assert bench.breaker.state is State.CLOSED


def test_an_answer_from_before_the_state_changed_says_nothing_about_the_new_one() -> None:
    bench = Bench()
    early = bench.breaker.permit()
    bench.opened()
    bench.at_s += BOUNDS.pause_s
    bench.call(Outcome.GOOD)
    assert early
    bench.breaker.note(early, Outcome.FAILED)
    assert bench.breaker.state is State.HALF_OPEN


def test_a_circuit_that_nobody_uses_is_closed_again_after_a_while() -> None:
    bench = Bench().opened()
    bench.at_s += BOUNDS.forget_after_s + 1
    assert bench.breaker.seen() == (State.CLOSED, 0.0)
    bench.opened()
    assert bench.breaker.rest_s() == BOUNDS.pause_s


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("event", list(Event))
def test_an_event_does_what_the_table_says_or_changes_nothing(state: State, event: Event) -> None:
    bench = Bench()
    bench.breaker.state, before = state, bench.breaker.term
    if (state, event) in TRANSITIONS:
        bench.breaker._move(event)
        assert (bench.breaker.state, bench.breaker.term) == (TRANSITIONS[state, event], before + 1)
        return
    with pytest.raises(IllegalEvent):
        bench.breaker._move(event)
    assert (bench.breaker.state, bench.breaker.term) == (state, before)


Steps = st.lists(st.tuples(st.sampled_from(["ask", *Outcome]), st.floats(0, 30), st.integers(0, 9)), max_size=200)


@settings(max_examples=200, deadline=None)
@given(Steps)
def test_in_every_history_probes_are_bounded_and_an_open_circuit_rests(steps: list[tuple[str, float, int]]) -> None:
    bench, under_way = Bench(BreakerBounds(fewest_calls=3)), list[Permit]()
    for what, seconds, which in steps:
        bench.at_s += seconds
        if what == "ask":
            resting = bench.breaker.rest_s() > 0
            permit = bench.breaker.permit()
            assert not (resting and permit)
            under_way += [permit] if permit else []
        elif under_way:
            bench.breaker.note(under_way.pop(which % len(under_way)), Outcome(what))
        if bench.breaker.state is State.HALF_OPEN:
            assert sum(permit.term == bench.breaker.term for permit in under_way) <= BOUNDS.probes
        assert bench.breaker.rest_s() <= BOUNDS.longest_pause_s * (1 + BOUNDS.pause_spread)
