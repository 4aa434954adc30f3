"""What becomes of a message after an attempt, by answer and class."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.domain.errors import SourceBusy, SourceError, SourceGarbage, SourceRejected, SourceTimeout, SourceUnavailable
from gateway.domain.feeds import Receipt
from gateway.domain.ids import SourceCode
from gateway.domain.network import HandOverClass, Source
from gateway.domain.outbox import OutboxEntry
from resolvers.hand_over.verdict import Moment, Pace, absent, acknowledged, failed, given_up, must_ask, not_understood, postponed
from tests.domain.retailer import THURSDAY_8 as NOW

REFUSED = SourceUnavailable("wms", "refused the connection")
BUSY = SourceBusy("wms", "has no room", retry_after_ms=7_000)
LOST = SourceTimeout("wms", "gave no answer", unknown_effect=True)
GARBLED = SourceGarbage("wms", "answered in HTML", unknown_effect=True)
BAD = SourceRejected("wms", "no such service")
ENTRY = OutboxEntry(1, "leg", "SHIPMENT", SourceCode("wms"), "key", state="SENDING", attempts=1, created_at=NOW, lease="r1")


def source(hand_over: HandOverClass | None) -> Source:
    return Source(SourceCode("wms"), "WMS", "memory", hand_over=hand_over, quiet_period=timedelta(seconds=45))


def after(error: SourceError, hand_over: HandOverClass | None, entry: OutboxEntry = ENTRY, seed: int = 1) -> OutboxEntry:
    return failed(entry, source(hand_over), error, Moment(NOW, random.Random(seed)))  # noqa: S311 - seeded, to repeat


@pytest.mark.parametrize("hand_over", ["A", "B", "C"])
def test_what_surely_had_no_effect_is_tried_again_by_every_class(hand_over: HandOverClass) -> None:
    entry = after(REFUSED, hand_over)
    assert (entry.state, entry.ambiguous_at, entry.last_error) == ("WAITING", None, "refused the connection")
    assert entry.next_at is not None
    assert NOW <= entry.next_at <= NOW + timedelta(seconds=1)


@pytest.mark.parametrize("hand_over", ["A", "B", "C"])
def test_what_we_never_sent_is_no_try_and_waits_as_long_as_it_must(hand_over: HandOverClass) -> None:
    shut = SourceUnavailable("wms", "is not asked while it recovers", retry_after_ms=9_000, unsent=True)
    entry = after(shut, hand_over, replace(ENTRY, attempts=source(hand_over).max_attempts))
    assert (entry.state, entry.attempts, entry.ambiguous_at) == ("WAITING", source(hand_over).max_attempts - 1, None)
    assert entry.next_at == NOW + timedelta(seconds=9)


@pytest.mark.parametrize("error", [LOST, GARBLED])
def test_an_unknown_effect_is_resent_by_a_asked_after_by_b_and_left_to_a_person_by_c(error: SourceError) -> None:
    a, b, c, unsaid = (after(error, kind) for kind in ("A", "B", "C", None))
    assert (a.state, a.ambiguous_at) == ("WAITING", NOW)
    assert (b.state, b.next_at, b.ambiguous_at) == ("WAITING", NOW + timedelta(seconds=45), NOW)
    assert [(one.state, one.next_at, one.ambiguous_at) for one in (c, unsaid)] == [("PARKED", None, NOW)] * 2
    assert (must_ask(a, source("A")), must_ask(b, source("B")), must_ask(c, source("C"))) == (False, True, False)


@pytest.mark.parametrize("hand_over", ["A", "B", "C"])
def test_a_refusal_is_for_good(hand_over: HandOverClass) -> None:
    assert (after(BAD, hand_over).state, after(BAD, hand_over).next_at) == ("DEAD", None)


@pytest.mark.parametrize("hand_over", ["A", "B", "C"])
def test_a_no_to_a_request_is_its_answer(hand_over: HandOverClass) -> None:
    asked = replace(ENTRY, kind="CANCEL", ambiguous_at=NOW)
    told = after(BAD, hand_over, asked)
    assert (told.state, told.acknowledged_at, told.ambiguous_at, told.last_error) == ("ACKNOWLEDGED", NOW, None, "no such service")
    assert after(REFUSED, hand_over, asked).state != "ACKNOWLEDGED"
    assert after(BAD, hand_over, replace(asked, leg="order")).state == "DEAD"


def test_a_source_s_own_wish_to_wait_is_followed_within_bounds() -> None:
    assert after(BUSY, "A").next_at == NOW + timedelta(seconds=7)
    endless = SourceBusy("wms", "has no room", retry_after_ms=10**15)
    assert after(endless, "A").next_at == NOW + timedelta(seconds=Pace().longest_pause_s)
    assert after(SourceBusy("wms", "has no room", retry_after_ms=-5), "A").next_at == NOW


def test_pauses_grow_to_fifteen_minutes_and_are_never_the_same() -> None:
    for attempts, ceiling_s in ((1, 1), (3, 4), (9, 256), (10, 512), (11, 900), (39, 900)):
        pauses = {after(REFUSED, "A", replace(ENTRY, attempts=attempts), seed).next_at for seed in range(50)}
        spans = [(at - NOW).total_seconds() for at in pauses if at]
        assert len(spans) == 50
        assert ceiling_s * 0.8 < max(spans) <= ceiling_s


def test_after_forty_tries_or_a_day_it_is_given_up() -> None:
    assert after(REFUSED, "A", replace(ENTRY, attempts=39)).state == "WAITING"
    assert after(REFUSED, "A", replace(ENTRY, attempts=40)).state == "DEAD"
    assert after(REFUSED, "A", replace(ENTRY, tried_since=NOW - timedelta(hours=24))).state == "WAITING"
    assert after(LOST, "B", replace(ENTRY, tried_since=NOW - timedelta(hours=25))).state == "DEAD"
    assert after(LOST, "B", replace(ENTRY, created_at=NOW - timedelta(hours=25), tried_since=NOW)).state == "WAITING"
    assert after(LOST, "C", replace(ENTRY, attempts=40)).state == "PARKED"


def test_a_message_that_a_dead_relay_left_is_asked_after_once_it_is_quiet_or_parked() -> None:
    doubtful = replace(ENTRY, ambiguous_at=NOW)
    assert postponed(doubtful, source("A"), NOW) is None
    assert postponed(replace(ENTRY, ambiguous_at=None), source("C"), NOW) is None
    waits = postponed(doubtful, source("B"), NOW + timedelta(seconds=44))
    assert waits is not None
    assert (waits.state, waits.next_at) == ("WAITING", NOW + timedelta(seconds=45))
    assert postponed(doubtful, source("B"), NOW + timedelta(seconds=45)) is None
    parked = postponed(doubtful, source("C"), NOW)
    assert parked is not None
    assert (parked.state, parked.last_error) == ("PARKED", "it was not learned whether it arrived")


def test_tries_that_no_relay_lived_to_judge_are_counted_too() -> None:
    assert given_up(replace(ENTRY, attempts=39), source("A")) is None
    dead = given_up(replace(ENTRY, attempts=40), source("A"))
    assert dead is not None
    assert (dead.state, dead.last_error) == ("DEAD", "no relay has lived to tell what came of it")


def test_the_pace_of_the_settings_is_kept() -> None:
    quick = Moment(NOW, random.Random(1), Pace(first_pause_s=0.01, longest_pause_s=0.02, give_up_s=1))  # noqa: S311 - seeded, to repeat
    again = failed(replace(ENTRY, attempts=30), source("A"), REFUSED, quick)
    assert again.next_at is not None
    assert NOW <= again.next_at <= NOW + timedelta(seconds=0.02)
    assert failed(replace(ENTRY, tried_since=NOW - timedelta(seconds=2)), source("A"), REFUSED, quick).state == "DEAD"


def test_an_answer_that_nobody_can_use_is_left_to_a_person_with_the_source_s_number() -> None:
    parked = not_understood(ENTRY, Receipt("W-1", NOW))
    assert (parked.state, parked.reference, parked.next_at) == ("PARKED", "W-1", None)


def test_what_is_surely_absent_is_sent_again_at_once_and_what_arrived_is_done() -> None:
    doubtful = replace(ENTRY, ambiguous_at=NOW, last_error="gave no answer")
    again = absent(doubtful, Moment(NOW, random.Random(1)))  # noqa: S311 - seeded, to repeat
    assert (again.state, again.ambiguous_at, again.next_at) == ("WAITING", None, NOW)
    done = acknowledged(doubtful, Receipt("W-1", NOW))
    assert (done.state, done.reference, done.acknowledged_at, done.ambiguous_at, done.last_error) == (
        "ACKNOWLEDGED",
        "W-1",
        NOW,
        None,
        None,
    )
