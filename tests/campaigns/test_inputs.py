"""The short form of the generated bad inputs."""

from tests.campaigns.inputs import run


def test_nothing_that_callers_send_breaks_the_graph_or_opens_it() -> None:
    told: list[str] = []
    findings = run(False, told.append)
    assert findings.violations == [], told
