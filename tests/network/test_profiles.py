"""A profile as a definition of its own, and back."""

from dataclasses import replace

from gateway.domain.ids import ChannelCode
from gateway.domain.sourcing_terms import SourcingProfile
from gateway.network.profiles import definition_of, read_profile
from tests.contracts.profiles import PROFILE

WEB = (ChannelCode("web"),)


def test_what_is_written_is_read_as_the_same_profile() -> None:
    read = read_profile(definition_of(PROFILE), "near", WEB, known=WEB)
    assert read == replace(PROFILE, version=1, comment=None)


def test_a_profile_of_nothing_but_defaults_has_an_empty_definition() -> None:
    assert definition_of(SourcingProfile("plain", WEB)) == ""
    assert read_profile("", "plain", WEB, known=WEB) == SourcingProfile("plain", WEB)
