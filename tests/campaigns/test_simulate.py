"""The short form of the simulation: no seed breaks an invariant, and what is seeded into the product is caught."""

from tests.campaigns.simulate import SEEDS, run


def test_no_failover_oversells_loses_or_forgets_what_was_told() -> None:
    findings = run(full=False, tell=print)
    assert findings.violations == []
    assert findings.counts["seeds"] == SEEDS
    assert findings.counts["answers"] > 10 * SEEDS
