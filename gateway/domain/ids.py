"""The names by which things are known, and the identity of a request."""

import base64
import hashlib
from datetime import date
from typing import NewType

Sku = NewType("Sku", str)
LocationCode = NewType("LocationCode", str)
SourceCode = NewType("SourceCode", str)
ChannelCode = NewType("ChannelCode", str)
Rid = NewType("Rid", str)
"""Identity of a request and of the order or hold that it made: 26 characters of base32."""
StockKey = NewType("StockKey", str)
"""`sku|location`: the identity of one stock document; `|location|day|shift`: that of a place's capacity."""

RID_LENGTH = 26


def rid_of(principal: str, operation: str, idempotency_key: str) -> Rid:
    """Return the identity of a request: the same caller, operation and key give the same one, on every machine and for ever."""
    digest = hashlib.sha256(f"{principal}\x1f{operation}\x1f{idempotency_key}".encode()).digest()
    return Rid(base64.b32encode(digest).decode()[:RID_LENGTH])


def stock_key(sku: Sku, location: LocationCode) -> StockKey:
    return StockKey(f"{sku}|{location}")


def sku_and_location(key: StockKey) -> tuple[Sku, LocationCode]:
    sku, _, location = key.rpartition("|")
    return Sku(sku), LocationCode(location)


def capacity_key(location: LocationCode, day: date, shift: int = 0) -> StockKey:
    """Return the identity of what a place can prepare in one shift of a day; it begins like no sku does."""
    return StockKey(f"|{location}|{day.isoformat()}|{shift}")


def capacity_named(key: StockKey) -> tuple[LocationCode, date, int]:
    """Return the place, day and shift of a capacity."""
    _, location, day, shift = key.split("|")
    return LocationCode(location), date.fromisoformat(day), int(shift)


def is_capacity(key: StockKey) -> bool:
    return key.startswith("|")


def order_number(rid: Rid) -> str:
    """Return the number that people read and type: 12 characters of the rid in three groups (60 bits)."""
    return f"{rid[:4]}-{rid[4:8]}-{rid[8:12]}"
