"""The short form of the killings: whatever step a process dies in, the next one finds nothing lost, doubled or stuck."""

import pytest

from tests.campaigns.kill import KILLS, run

pytestmark = pytest.mark.scenario


def test_a_process_may_die_at_any_step() -> None:
    findings = run(full=False, tell=print)
    assert findings.violations == []
    assert findings.counts["kills"] >= KILLS
