"""One line when something of a source is lost and one when all is back, whatever else of it answers meanwhile."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from adapters.transport.health import FAILURES_UNTIL_LOST, UNASKED, Health
from gateway.domain.errors import SourceRejected, SourceUnavailable
from tests.support.memory_shop import SteppedClock

BROKEN = SourceUnavailable("wms", "answered 500 to GET /stock")
AWAY = SourceUnavailable("wms", "cannot be reached")


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def health(clock: SteppedClock) -> Health:
    return Health("wms", clock)


def test_an_operation_that_fails_beside_others_that_work_is_lost_once_and_back_once(health: Health, clock: SteppedClock) -> None:
    began_at = clock.at
    with capture_logs() as lines:
        for _ in range(4 * FAILURES_UNTIL_LOST):
            health.note_failure("stock.snapshot", BROKEN)
            health.note_success("news")
            health.note_failure("catalogue", SourceRejected("wms", "answered 404 to GET /articles"))
            clock.pass_by(timedelta(seconds=30))
        assert (health.answers, health.since, health.last_error) == (False, began_at, BROKEN.message)
        health.note_success("stock.snapshot")
    assert health.answers
    assert lines == [
        {"event": "source_lost", "log_level": "warning", "source": "wms", "operation": "stock.snapshot", "error": BROKEN.message},
        {"event": "source_recovered", "log_level": "info", "source": "wms", "operations": ["stock.snapshot"], "away_s": 360.0},
    ]


def test_a_source_is_back_when_the_last_operation_that_was_lost_is(health: Health) -> None:
    with capture_logs() as lines:
        for operation in ("stock.snapshot", "news"):
            for _ in range(FAILURES_UNTIL_LOST):
                health.note_failure(operation, BROKEN)
        health.note_success("news")
        health.note_success("catalogue")
        assert [line["event"] for line in lines] == ["source_lost"]
        health.note_success("stock.snapshot")
    assert [(line["event"], line.get("operations")) for line in lines[1:]] == [("source_recovered", ["news", "stock.snapshot"])]


def test_a_system_that_could_not_be_reached_is_back_with_whatever_answers_first(health: Health) -> None:
    with capture_logs() as lines:
        health.note_failure("stock.changes", AWAY, unreachable=True)
        health.note_failure("stock.lookup", AWAY, unreachable=True)
        health.note_success("news")
    assert [line["event"] for line in lines] == ["source_lost", "source_recovered"]


def test_an_operation_that_fails_once_the_system_can_be_reached_stays_lost(health: Health) -> None:
    with capture_logs() as lines:
        health.note_failure("stock.changes", AWAY, unreachable=True)
        health.note_failure("stock.changes", BROKEN)
        health.note_success("news")
    assert [line["event"] for line in lines] == ["source_lost"]


def test_what_nobody_asks_for_any_more_keeps_no_source_lost(health: Health, clock: SteppedClock) -> None:
    for _ in range(FAILURES_UNTIL_LOST):
        health.note_failure("stock.lookup", BROKEN)
    clock.pass_by(UNASKED - timedelta(seconds=1))
    health.note_success("news")
    assert not health.answers
    clock.pass_by(timedelta(seconds=1))
    health.note_success("news")
    assert health.answers
