"""The short form of the campaign on snapshots and acknowledgements."""

from tests.campaigns.snapshots import DELIVERIES, FAULTS, HISTORIES, run


def test_no_history_of_words_lets_too_much_be_sold_and_every_seeded_fault_is_caught() -> None:
    findings = run(False, print)
    assert findings.violations == []
    assert findings.counts["deliveries"] == HISTORIES * DELIVERIES
    assert (findings.counts["unsafe"], findings.counts["inexact at rest"]) == (0, 0)
    assert findings.counts["faults caught"] == len(FAULTS)
