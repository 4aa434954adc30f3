"""What movements leave of a claim, in whatever order they were recorded."""

from datetime import UTC, datetime

import pytest

from gateway.domain.claims.recording import outstanding
from gateway.domain.ids import StockKey
from gateway.domain.movement import Movement, MovementKind

AT = datetime(2026, 11, 28, tzinfo=UTC)


def moved(kind: MovementKind, units: int, left: int = 0) -> Movement:
    return Movement(StockKey("CHAIR|WH"), kind, "m_1_1", 0, None, AT, units=units, left=left)


@pytest.mark.parametrize(
    ("movements", "units"),
    [
        ([moved("ORDER", 2)], 2),
        ([moved("HOLD", 2), moved("ORDER", 2)], 2),
        ([moved("HOLD", 3), moved("RELEASE", 1, 2), moved("ORDER", 2)], 2),
        ([moved("ORDER", 2), moved("RELEASE", 1, 1), moved("DISPATCH", 1)], 0),
        ([moved("ORDER", 1), moved("RELEASE", 1, 1), moved("DISPATCH", 1)], 0),
        ([moved("ORDER", 1), moved("RELEASE", 2, 2), moved("RELEASE", 1, 1)], 1),
        ([moved("RELEASE", 2, 0)], 0),
        ([moved("ORDER", 2), moved("DISPATCH", 1, 1)], 1),
        ([moved("ORDER", 2), moved("DISPATCH", 1, 1), moved("DISPATCH", 1)], 0),
        ([moved("ORDER", 1), moved("DISPATCH", 2, 1), moved("DISPATCH", 1)], 0),
        ([moved("HOLD", 2), moved("RELEASE", 1, 1), moved("RELEASE", 2)], 0),
        ([moved("HOLD", 5), moved("RELEASE", 1, 2)], 4),
        ([moved("HOLD", 2), moved("RELEASE", 2), moved("DISPATCH", 2)], -2),
    ],
)
def test_a_claim_is_left_what_was_taken_less_what_was_released_and_lifted(movements: list[Movement], units: int) -> None:
    assert outstanding(movements) == units
    assert outstanding(reversed(movements)) == units
