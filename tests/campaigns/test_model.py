"""The claim protocol keeps its invariants in every interleaving, and the model that says so finds every fault that is seeded."""

from tests.campaigns.model import SCENE_BY_NAME, narrowed, run
from tests.support.interleavings import explore

STATES = 200_000
MERGED = ("dead attempt, two buyers", "lift, cancel of units", "re-plan keeps what it has")


def test_no_interleaving_breaks_an_invariant_and_every_seeded_fault_is_caught() -> None:
    findings = run(full=False, tell=lambda _line: None)
    assert findings.violations == []
    assert findings.counts["states"] >= STATES
    assert findings.counts["faults caught"] == findings.counts["faults seeded"] > 0


def test_equal_places_of_an_actor_are_one_without_anything_being_missed() -> None:
    with narrowed():
        for name in MERGED:
            merged, whole = explore(SCENE_BY_NAME[name]), explore(SCENE_BY_NAME[name], merged=False)
            assert (merged.databases, merged.answers) == (whole.databases, whole.answers)
            assert merged.states < whole.states
