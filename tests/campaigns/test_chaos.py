"""The short form of chaos: a minute of every fault, then everything heals and agrees to the unit."""

import pytest

from tests.campaigns.chaos import run

pytestmark = pytest.mark.scenario


def test_what_was_placed_in_a_storm_is_there_once_everywhere_and_every_unit_is_accounted_for() -> None:
    findings = run(full=False, tell=print)
    assert findings.violations == []
    assert findings.counts["orders told"] > 30
