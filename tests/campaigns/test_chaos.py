"""The short form of chaos: a minute of every fault, then everything heals and agrees to the unit."""

import pytest

from tests.campaigns.chaos import run

FEWEST_ORDERS = 30


@pytest.mark.scenario
def test_what_was_placed_in_a_storm_is_there_once_everywhere_and_every_unit_is_accounted_for() -> None:
    told: list[str] = []
    findings = run(False, told.append)
    assert findings.violations == [], (told, findings.details)
    assert findings.counts["orders told"] > FEWEST_ORDERS, told
