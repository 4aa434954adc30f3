"""Tokens: signed, expiring, naming the plan."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.delivery_group import PlannedShipment
from gateway.domain.errors import Refused
from gateway.domain.ids import ChannelCode, LocationCode, Sku
from gateway.domain.network import Channel, DeliveryService
from gateway.domain.promise.options import DeliveryOption, Destination
from gateway.domain.promise.token import MAX_TOKEN_LENGTH, PromiseToken, promise_token, signed, verified
from gateway.domain.quantities import SkuQuantity

NOW = datetime(2025, 6, 26, 8, 0, 0, 123457, tzinfo=UTC)
WEB = ChannelCode("web")
CHANNEL = Channel(WEB, "Web", "EUR", "Europe/Paris", token_life=timedelta(minutes=30))
NEW, OLD, FOREIGN = b"n" * 32, b"o" * 32, b"f" * 32
SHIPMENT = PlannedShipment(
    LocationCode("PAR"),
    (SkuQuantity(Sku("A"), 2), SkuQuantity(Sku("B"), 1)),
    "post/parcel",
    NOW + timedelta(hours=4),
    NOW + timedelta(days=1),
    NOW + timedelta(days=2),
)


def option(missed_at: datetime | None = None, lines: int = 1) -> DeliveryOption:
    return DeliveryOption(
        service=DeliveryService("standard", "Standard", "SHIP"),
        earliest=SHIPMENT.earliest,
        latest=SHIPMENT.latest,
        precision="DAY",
        time_zone="Europe/Paris",
        order_before=NOW.replace(microsecond=0),
        pickup_location=None,
        collect_by=None,
        shipments=(SHIPMENT,) * lines,
        fee=Decimal("4.90"),
        currency="EUR",
        cost=Decimal("6.40"),
        carbon_g=12,
        as_of=NOW,
        freshness="FRESH",
        missed_at=missed_at,
    )


def quote(**changes: object) -> PromiseToken:
    token = promise_token(option(), CHANNEL, Destination("FR", "69002"), NOW)
    return replace(token, **changes)  # type: ignore[arg-type]


def refusal(text: str, keys: tuple[bytes, ...] = (NEW,), channel: ChannelCode = WEB, at: datetime = NOW) -> str:
    with pytest.raises(Refused) as caught:
        verified(text, keys, channel, at, ("deliveryGroups", "0", "promiseToken"))
    assert caught.value.field == ("deliveryGroups", "0", "promiseToken")
    return caught.value.refusal


def test_a_token_says_what_was_quoted() -> None:
    token = quote()
    assert verified(signed(token, (NEW,)), (NEW,), WEB, NOW) == token
    assert token.lines == (SkuQuantity(Sku("A"), 2), SkuQuantity(Sku("B"), 1))
    assert (token.country_code, token.postal_code, token.service, token.fee) == ("FR", "69002", "standard", Decimal("4.90"))


def test_a_token_tells_nobody_what_its_plan_costs() -> None:
    dear = tuple(replace(one, cost=Decimal("6.40")) for one in quote().shipments)
    assert signed(quote(shipments=dear), (NEW,)) == signed(quote(), (NEW,))


def test_an_older_key_still_verifies_and_a_foreign_one_does_not() -> None:
    text = signed(quote(), (OLD,))
    assert verified(text, (NEW, OLD), WEB, NOW) == quote()
    assert refusal(signed(quote(), (FOREIGN,)), (NEW, OLD)) == "TOKEN_INVALID"


def test_a_token_ends_with_its_life_or_when_its_window_can_no_longer_be_kept() -> None:
    text = signed(quote(), (NEW,))
    ends_at = NOW.replace(microsecond=0) + timedelta(minutes=30)
    assert verified(text, (NEW,), WEB, ends_at - timedelta(microseconds=1)) == quote()
    assert refusal(text, at=ends_at) == "PROMISE_EXPIRED"
    cutoff = NOW + timedelta(minutes=5)
    assert promise_token(option(cutoff), CHANNEL, None, NOW).expires_at == cutoff
    assert promise_token(option(NOW + timedelta(hours=5)), CHANNEL, None, NOW).expires_at == ends_at


def test_another_channels_token_is_refused() -> None:
    assert refusal(signed(quote(), (NEW,)), channel=ChannelCode("app")) == "TOKEN_INVALID"


@pytest.mark.parametrize("text", ["", "x", "é" * 40, "A" * (MAX_TOKEN_LENGTH + 1), "=" * 80, "a b" * 30, "QUJD" * 30])
def test_what_is_no_token_is_refused(text: str) -> None:
    assert refusal(text) == "TOKEN_INVALID"


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_no_changed_byte_survives(place: int, change: int) -> None:
    text = signed(quote(), (NEW,))
    raw = bytearray(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    raw[place % len(raw)] ^= change
    assert refusal(base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()) == "TOKEN_INVALID"


def test_a_basket_of_200_lines_from_as_many_places_stays_within_the_bound() -> None:
    shipments = tuple(
        replace(SHIPMENT, location=LocationCode(f"STORE-{n}"), lines=(SkuQuantity(Sku(f"MAN{n * 7919:05}-NOI-{n}"), n + 1),))
        for n in range(200)
    )
    token = quote(shipments=shipments)
    text = signed(token, (NEW,))
    assert len(text) <= MAX_TOKEN_LENGTH
    assert verified(text, (NEW,), WEB, NOW) == token
    assert len(signed(quote(), (NEW,))) < 600
