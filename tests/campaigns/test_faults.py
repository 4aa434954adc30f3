"""The short form of the fault matrix: each way to misbehave once, on changing ports."""

import pytest

from tests.campaigns.faults import run


@pytest.mark.scenario
def test_whatever_a_system_does_the_rest_goes_on_and_it_comes_back() -> None:
    told: list[str] = []
    findings = run(False, told.append)
    assert findings.violations == [], told
