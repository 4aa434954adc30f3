"""The short form of the flash sale."""

import pytest

from tests.campaigns.flash_sale import run


@pytest.mark.scenario
def test_exactly_what_there_is_is_sold_and_equal_questions_get_equal_answers() -> None:
    found = run(full=False, tell=print)
    assert found.violations == []
    assert found.counts["sold"] == found.counts["units"]
    assert found.counts["double_clicks"] > 0
