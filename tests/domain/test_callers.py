"""Keys and sessions become principals; what is not known is refused."""

import hashlib

import pytest

from gateway.callers import Callers
from gateway.domain.errors import Unauthenticated
from gateway.domain.ids import ChannelCode, SourceCode
from gateway.domain.network import Caller, Channel, Network

NETWORK = Network(
    name="Test",
    currency="EUR",
    country="FR",
    time_zone="Europe/Paris",
    minting_source=SourceCode("erp"),
    channels=(Channel(ChannelCode("web"), "Web", "EUR", "Europe/Paris"),),
    callers=(
        Caller("shop", "STOREFRONT", hashlib.sha256(b"s3cret").hexdigest()),
        Caller("till", "STAFF", hashlib.sha256(b"other").hexdigest(), scopes=("stock:read",)),
    ),
)


async def test_a_known_key_is_its_caller_with_the_scopes_of_its_kind() -> None:
    principal = await Callers(NETWORK).principal({"authorization": "Bearer shop.s3cret"})
    assert (principal.id, principal.kind, principal.channel, principal.session) == ("shop", "STOREFRONT", "web", None)
    assert principal.may("orders:place")
    assert not principal.may("stock:read")


async def test_scopes_of_the_file_replace_those_of_the_kind() -> None:
    principal = await Callers(NETWORK).principal({"authorization": "bearer till.other"})
    assert principal.scopes == {"stock:read"}


async def test_two_shoppers_of_one_storefront_are_two_principals() -> None:
    callers = Callers(NETWORK)
    identities = {(await callers.principal({"authorization": "Bearer shop.s3cret", "x-session": name * 22})).identity for name in "ab"}
    assert len(identities) == 2
    assert all("aaaa" not in identity for identity in identities)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Bearer"},
        {"authorization": "Basic shop.s3cret"},
        {"authorization": "Bearer shop"},
        {"authorization": "Bearer shop.wrong"},
        {"authorization": "Bearer nobody.s3cret"},
        {"authorization": "Bearer till.s3cret"},
        {"authorization": "Bearer shop." + "x" * 600},
        {"authorization": "Bearer shop.s3cret", "x-session": "short"},
        {"authorization": "Bearer shop.s3cret", "x-session": "x" * 300},
    ],
)
async def test_anything_else_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(Unauthenticated):
        await Callers(NETWORK).principal(headers)
