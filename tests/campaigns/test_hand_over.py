"""The short form of the hand-over campaign: 60 orders of each class."""

import pytest

from tests.campaigns.hand_over import run


@pytest.mark.scenario
def test_nothing_is_lost_or_done_twice_whatever_systems_and_relays_come_to() -> None:
    told: list[str] = []
    findings = run(False, told.append)
    assert findings.violations == [], told
