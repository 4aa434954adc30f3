"""Working time in a place's own zone, on ordinary days and on the days that the clocks change."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.calendar import Period, WorkingCalendar, after_working_time, always, local_instant, next_opening
from gateway.domain.promise.working_time import TICK, begin_before

PARIS, NEW_YORK = "Europe/Paris", "America/New_York"
NINE_TO_FIVE = (Period(time(9), time(17)),)
WEEK = WorkingCalendar(PARIS, dict.fromkeys(range(1, 6), NINE_TO_FIVE), {date(2025, 7, 14): ()})


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "hour", "zone", "instant"),
    [
        ("2025-03-30", "01:59", PARIS, "2025-03-30T00:59"),
        ("2025-03-30", "02:00", PARIS, "2025-03-30T01:00"),
        ("2025-03-30", "02:30", PARIS, "2025-03-30T01:00"),
        ("2025-03-30", "03:00", PARIS, "2025-03-30T01:00"),
        ("2025-10-26", "02:30", PARIS, "2025-10-26T00:30"),
        ("2025-03-09", "02:15", NEW_YORK, "2025-03-09T07:00"),
        ("2025-11-02", "01:30", NEW_YORK, "2025-11-02T05:30"),
    ],
)
def test_a_local_time_that_a_change_skips_is_just_after_the_gap(day: str, hour: str, zone: str, instant: str) -> None:
    assert local_instant(date.fromisoformat(day), time.fromisoformat(hour), zone) == utc(instant)


def test_closed_hours_days_and_exceptions_do_not_count() -> None:
    friday_at_four = utc("2025-07-11T14:00")
    assert after_working_time(WEEK, friday_at_four, timedelta(hours=2)) == utc("2025-07-15T08:00")
    assert next_opening(WEEK, utc("2025-07-11T15:00")) == utc("2025-07-15T07:00")


def test_a_shift_that_lies_within_the_skipped_hour_is_no_shift() -> None:
    night = WorkingCalendar(PARIS, dict.fromkeys(range(1, 8), (Period(time(2, 15), time(2, 45)),)))
    assert after_working_time(night, utc("2025-03-29T12:00"), timedelta(minutes=10)) == utc("2025-03-31T00:25")


def test_a_night_shift_is_shorter_in_spring_and_longer_in_autumn() -> None:
    night = WorkingCalendar(PARIS, {6: (Period(time(22), time(6)),)})
    assert after_working_time(night, utc("2025-03-29T21:00"), timedelta(hours=7)) == utc("2025-03-30T04:00")
    assert after_working_time(night, utc("2025-10-25T20:00"), timedelta(hours=9)) == utc("2025-10-26T05:00")


def test_a_place_that_never_opens_is_never_done() -> None:
    assert after_working_time(WorkingCalendar(PARIS, {1: ()}), utc("2025-07-11T15:00"), timedelta(0)) is None
    assert begin_before(WorkingCalendar(PARIS, {1: ()}), utc("2025-07-11T15:00"), timedelta(0)) is None
    assert always(PARIS).periods_on(date(2025, 7, 14)) == (Period(time.min, time.min),)


CALENDARS = st.sampled_from(
    [
        WEEK,
        always(NEW_YORK),
        WorkingCalendar(NEW_YORK, dict.fromkeys(range(1, 8), (Period(time(0), time(5)), Period(time(6, 30), time(23))))),
        WorkingCalendar(PARIS, dict.fromkeys((2, 6, 7), (Period(time(22), time(6)),))),
    ]
)
MOMENTS = st.sampled_from([utc("2025-03-05T00:00"), utc("2025-03-27T00:00"), utc("2025-10-23T00:00"), utc("2025-10-31T00:00")])


@given(CALENDARS, MOMENTS, st.integers(0, 60 * 24 * 7), st.integers(0, 60 * 30))
def test_the_backward_pass_finds_the_first_start_that_is_too_late(
    calendar: WorkingCalendar, base: datetime, minutes: int, work_minutes: int
) -> None:
    by, work = base + timedelta(minutes=minutes), timedelta(minutes=work_minutes)
    bound = begin_before(calendar, by, work)
    assert bound is not None
    last, first_late = after_working_time(calendar, bound - TICK, work), after_working_time(calendar, bound, work)
    assert last is not None
    assert first_late is not None
    assert last <= by < first_late
