"""Settings that defeat each other are refused at start, by name."""

import pytest
from pydantic import ValidationError

from gateway.settings import Settings
from gateway.terminal import told_of


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"drain_s": 1}, "GATEWAY_DRAIN_S is 1; it must be longer than GATEWAY_READ_BUDGET_S = 2."),
        ({"mutation_budget_s": 60}, "GATEWAY_DRAIN_S is 10; it must be longer than GATEWAY_MUTATION_BUDGET_S = 60."),
        (
            {"hand_over_lease_s": 7},
            "GATEWAY_HAND_OVER_LEASE_S is 7; it must be longer than GATEWAY_MUTATION_TIMEOUT_S + GATEWAY_DATABASE_TIMEOUT_S = 7.",
        ),
        ({"audit_pause_s": 2}, "GATEWAY_AUDIT_PAUSE_S is 2; it must be longer than GATEWAY_RECOVER_EVERY_S = 2."),
        ({"sighting_every_s": 11}, "GATEWAY_SIGHTING_LIVES_S is 10; it must be longer than GATEWAY_SIGHTING_EVERY_S = 11."),
        ({"bulkhead_most": 7}, "GATEWAY_BULKHEAD_MOST is 7; it must be at least GATEWAY_BULKHEAD_FEWEST = 8."),
    ],
)
def test_a_setting_that_another_defeats_is_refused_with_both_names(given: dict[str, float], told: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(**given)
    assert told in refused.value.errors()[0]["msg"]


def test_every_pair_is_told_as_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"DRAIN_S": "1", "HAND_OVER_LEASE_S": "2", "MUTATION_BUDGET_S": "60", "MUTATION_TIMEOUT_S": "50"}.items():
        monkeypatch.setenv(f"GATEWAY_{name}", value)
    with pytest.raises(ValidationError) as refused:
        Settings()
    (told,) = map(told_of, refused.value.errors())
    assert [line.partition(" ")[0] for line in told.splitlines()] == ["GATEWAY_DRAIN_S", "GATEWAY_DRAIN_S", "GATEWAY_HAND_OVER_LEASE_S"]
    assert told.splitlines()[-1].endswith("GATEWAY_MUTATION_TIMEOUT_S + GATEWAY_DATABASE_TIMEOUT_S = 52.")
