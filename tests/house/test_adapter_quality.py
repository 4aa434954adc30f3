"""The table of adapters' quality is what the committed reports of the kit say, and they are reports of the kit as it is."""

from pathlib import Path

import pytest

from gateway.conformance.command import kept
from gateway.conformance.running import QUESTIONS
from gateway.conformance.showing import markdown

ADAPTERS = Path(__file__).resolve().parents[2] / "adapters"
REPORTS = sorted((ADAPTERS / "reports").glob("*.json"))


def test_the_table_says_what_the_reports_say() -> None:
    """Made anew by `commerce-gateway conformance-table adapters/reports/*.json`."""
    page = (ADAPTERS / "README.md").read_text(encoding="utf-8")
    table = page.partition("<!-- reports -->\n")[2].partition("<!-- /reports -->")[0]
    assert table == markdown([kept(report) for report in REPORTS]) + "\n"


@pytest.mark.parametrize("path", REPORTS, ids=[path.stem for path in REPORTS])
def test_a_report_answers_every_question_of_the_kit(path: Path) -> None:
    report = kept(path)
    assert [(one.about, one.asked) for one in report.findings] == [(question.about, question.asked) for question in QUESTIONS]
    assert report.writes
    assert not report.left
