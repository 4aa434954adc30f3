"""A profile as a definition of its own, and back."""

from dataclasses import replace

import pytest

from gateway.domain.ids import ChannelCode, LocationCode
from gateway.domain.published import ProfileInvalid
from gateway.domain.sourcing_terms import SourcingProfile
from gateway.network.profiles import definition_of, read_profile
from tests.contracts.profiles import PROFILE

WEB = (ChannelCode("web"),)
PLACES = (LocationCode("LYO"), LocationCode("WH"))


def test_what_is_written_is_read_as_the_same_profile() -> None:
    read = read_profile(definition_of(PROFILE), "near", WEB, known=WEB)
    assert read == replace(PROFILE, version=1, comment=None)


def test_a_profile_of_nothing_but_defaults_has_an_empty_definition() -> None:
    assert definition_of(SourcingProfile("plain", WEB)) == ""
    assert read_profile("", "plain", WEB, known=WEB) == SourcingProfile("plain", WEB)


@pytest.mark.parametrize(
    ("definition", "line", "message"),
    [
        ("draft = true", 1, "draft: is told beside the definition; leave it out"),
        ("[costs]\nper_unit = 1\n[search]\n\nversion = 9", None, "search.version: unknown key"),
        ("version = 9", 1, "version: is told beside the definition; leave it out"),
        ('comment = "x"', 1, "comment: is told beside the definition; leave it out"),
        ("[costs]\nlateness_per_day = 1e30", 2, "costs.lateness_per_day: 1E+30 is too much; use 0 to 1000000"),
        ("[costs]\nlateness_per_day = -1", 2, "costs.lateness_per_day: -1 is below 0; use 0 to 1000000"),
        ("[costs]\nreplenished_after = -5", 2, "costs.replenished_after: use 0 to 3650 days"),
        ("[[costs.places]]\nlocation = 'LYO'\npenalty = -1e9", 3, "costs.places.0.penalty: -1E+9 is out of range; use -1000000 to 1000000"),
        ("[[strategies]]\nname = 'x'\nmax_distance_m = -5", 3, "strategies.x.max_distance_m: -5 is too small; use 1 or more"),
        ("[[strategies]]\nname = 'x'\nlocations = ['LYA']", 3, "strategies.x.locations: there is no location 'LYA'; did you mean 'LYO'?"),
        ("[[costs.places]]\nlocation = 'LYA'", 2, "costs.places.0.location: there is no location 'LYA'; did you mean 'LYO'?"),
        ("[search]\ntime_cap = 100000", 2, "search.time_cap: must be above 0, and 60 seconds at most"),
        ("[search]\nmost_steps = 0", 2, "search.most_steps: 0 is out of range; use 1 to 1000000000"),
        ("tolerance_days = [0, 4000]", 1, "tolerance_days: 4000 days are too many; use at most 365"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_line(definition: str, line: int | None, message: str) -> None:
    with pytest.raises(ProfileInvalid) as refused:
        read_profile(definition, "near", WEB, PLACES, known=WEB)
    (problem,) = refused.value.problems
    assert (problem.message.startswith(message), line in {problem.line, None}) == (True, True), problem
