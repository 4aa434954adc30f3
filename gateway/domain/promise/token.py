"""A quote as a signed, expiring text: it names the plan that is to be redeemed, and nobody but us can have written it."""

import base64
import hashlib
import hmac
import json
import zlib
from binascii import Error as NotBase64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast, get_args

from gateway.domain.awaited import Awaited
from gateway.domain.capacity import Slot
from gateway.domain.delivery_group import PlannedShipment
from gateway.domain.errors import Field, Refused
from gateway.domain.ids import ChannelCode, LocationCode, Sku
from gateway.domain.lifecycle import FulfillmentTask
from gateway.domain.network import Channel, DeliveryMethod
from gateway.domain.order_terms import WindowPrecision
from gateway.domain.promise.options import DeliveryOption, Destination
from gateway.domain.promise.working_time import rounded_down
from gateway.domain.quantities import SkuQuantity

MAX_TOKEN_LENGTH = 16_384
MAX_CONTENT_BYTES = 65_536
"""Bounds what a token may unfold to; 200 lines from as many places need less."""
_PURPOSE = b"promise-token-4\x00"
_MAC_BYTES = 32
_PLAIN, _DEFLATED = b"\x01", b"\x02"
_DEFLATE_FROM_BYTES = 512
_TASKS: tuple[FulfillmentTask, ...] = get_args(FulfillmentTask)


@dataclass(frozen=True, slots=True)
class PromiseToken:
    """What a quote promised, and by which plan; not what it costs us: whoever holds a token can read it."""

    channel: ChannelCode
    service: str
    method: DeliveryMethod
    country_code: str | None
    postal_code: str | None
    pickup_location: LocationCode | None
    shipments: tuple[PlannedShipment, ...]
    earliest: datetime
    latest: datetime
    precision: WindowPrecision
    time_zone: str
    collect_by: datetime | None
    fee: Decimal
    currency: str
    issued_at: datetime
    expires_at: datetime
    pickup_point: tuple[str, str] | None = None
    """The carrier and code of the parcel shop or locker."""

    @property
    def lines(self) -> tuple[SkuQuantity, ...]:
        """Units by sku over all shipments, in the order of the skus."""
        units: dict[Sku, int] = {}
        for shipment in self.shipments:
            for line in shipment.lines:
                units[line.sku] = units.get(line.sku, 0) + line.quantity
        return tuple(SkuQuantity(sku, units[sku]) for sku in sorted(units))


def promise_token(option: DeliveryOption, channel: Channel, destination: Destination | None, now: datetime) -> PromiseToken:
    """Return the quote that an option makes: it ends with the channel's token life, or when the window could no longer be kept.

    A window that moves on with the clock is kept for whoever takes it up within that life.
    """
    expires_at, point = rounded_down(now + channel.token_life), option.pickup_point
    where = point.address if point and point.address else destination
    return PromiseToken(
        channel=channel.code,
        service=option.service.code,
        method=option.service.method,
        country_code=where.country_code if where else None,
        postal_code=where.postal_code if where else None,
        pickup_location=option.pickup_location,
        shipments=option.shipments,
        earliest=option.earliest,
        latest=option.latest,
        precision=option.precision,
        time_zone=option.time_zone,
        collect_by=option.collect_by,
        fee=option.fee,
        currency=option.currency,
        issued_at=now,
        expires_at=min(expires_at, option.missed_at) if option.missed_at else expires_at,
        pickup_point=(point.carrier_code, point.code) if point else None,
    )


def signed(token: PromiseToken, keys: Sequence[bytes]) -> str:
    """Return the token's text, signed by the first (newest) key."""
    content = json.dumps(_row(token), separators=(",", ":"), ensure_ascii=False).encode()
    deflated = len(content) >= _DEFLATE_FROM_BYTES
    body = _DEFLATED + zlib.compress(content) if deflated else _PLAIN + content
    return base64.urlsafe_b64encode(body + _mac(keys[0], body)).rstrip(b"=").decode()


def verified(text: str, keys: Sequence[bytes], channel: ChannelCode, now: datetime, field: Field | None = None) -> PromiseToken:
    """Return what a token says.

    Raises Refused: TOKEN_INVALID when none of the keys signed it, it cannot be read or is another channel's; PROMISE_EXPIRED past its end.
    """
    token = _read(_authentic(text, keys, field), field)
    if token.channel != channel:
        raise _invalid("It was made for another channel", field)
    if now >= token.expires_at:
        ended = token.expires_at.isoformat(timespec="seconds")
        raise Refused(f"This promise ended at {ended}; ask for delivery options again.", refusal="PROMISE_EXPIRED", field=field)
    return token


def _invalid(why: str, field: Field | None) -> Refused:
    return Refused(
        f"This is no promise token of ours. {why}; use one from deliveryPromises as it is.", refusal="TOKEN_INVALID", field=field
    )


def _mac(key: bytes, body: bytes) -> bytes:
    return hmac.new(key, _PURPOSE + body, hashlib.sha256).digest()


def _authentic(text: str, keys: Sequence[bytes], field: Field | None) -> bytes:
    """Return the body once its signature is proven; nothing of it is read before."""
    if not text or len(text) > MAX_TOKEN_LENGTH:
        raise _invalid("Its length is wrong", field)
    try:
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (NotBase64, ValueError) as error:
        raise _invalid("It is damaged", field) from error
    body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    canonical = base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == text
    if not (canonical and body and any(hmac.compare_digest(_mac(key, body), mac) for key in keys)):
        raise _invalid("Its signature does not fit", field)
    return body


def _read(body: bytes, field: Field | None) -> PromiseToken:
    content = body[1:]
    if body[:1] == _DEFLATED:
        content = zlib.decompressobj().decompress(content, MAX_CONTENT_BYTES)
    try:
        return _token(json.loads(content))
    except (ValueError, TypeError, KeyError, IndexError) as error:  # signed by us, in a form of another release
        raise _invalid("It is of another release", field) from error


def _micros(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)


def _at(micros: int) -> datetime:
    seconds, rest = divmod(micros, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)


def _row(token: PromiseToken) -> list[Any]:
    return [
        [token.channel, token.service, token.method, token.country_code, token.postal_code, token.pickup_location, token.pickup_point],
        [_micros(token.earliest), _micros(token.latest), token.precision, token.time_zone],
        _micros(token.collect_by) if token.collect_by else None,
        [str(token.fee), token.currency],
        [_micros(token.issued_at), _micros(token.expires_at)],
        [_shipment_row(shipment) for shipment in token.shipments],
    ]


def _shipment_row(shipment: PlannedShipment) -> list[Any]:
    return [
        shipment.location,
        [[line.sku, line.quantity] for line in shipment.lines],
        shipment.carrier_service,
        [_micros(shipment.ships_by), _micros(shipment.earliest), _micros(shipment.latest)],
        _TASKS.index(shipment.task),
        [[slot.location, slot.day.toordinal(), slot.shift, slot.units, slot.room] for slot in shipment.slots],
        [[one.sku, one.units, one.lot, _micros(one.expected_at), one.kept] for one in shipment.awaits],
    ]


def _token(row: list[Any]) -> PromiseToken:
    (
        (channel, service, method, country, postcode, pickup, point),
        (earliest, latest, precision, time_zone),
        collect_by,
        fee,
        times,
        shipments,
    ) = row
    return PromiseToken(
        channel=channel,
        service=service,
        method=method,
        country_code=country,
        postal_code=postcode,
        pickup_location=pickup,
        shipments=tuple(_shipment(each) for each in shipments),
        earliest=_at(earliest),
        latest=_at(latest),
        precision=cast("WindowPrecision", precision),
        time_zone=time_zone,
        collect_by=None if collect_by is None else _at(collect_by),
        fee=Decimal(fee[0]),
        currency=fee[1],
        issued_at=_at(times[0]),
        expires_at=_at(times[1]),
        pickup_point=None if point is None else (str(point[0]), str(point[1])),
    )


def _shipment(row: list[Any]) -> PlannedShipment:
    location, lines, carrier_service, (ships_by, earliest, latest), task, slots, awaits = row
    return PlannedShipment(
        location=location,
        lines=tuple(SkuQuantity(sku, quantity) for sku, quantity in lines),
        carrier_service=carrier_service,
        ships_by=_at(ships_by),
        earliest=_at(earliest),
        latest=_at(latest),
        task=_TASKS[task],
        slots=tuple(Slot(place, date.fromordinal(day), shift, units, room) for place, day, shift, units, room in slots),
        awaits=tuple(Awaited(sku, units, lot, _at(expected), kept) for sku, units, lot, expected, kept in awaits),
    )
