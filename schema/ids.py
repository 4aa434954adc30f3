"""Opaque global ids: the name of a type and the key of one object of it."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import NamedTuple

from strawberry import ID

SEPARATOR = ":"
LONGEST_ID = 1_024


class GlobalId(NamedTuple):
    """What an opaque id names."""

    type_name: str
    key: str


def global_id(type_name: str, key: str) -> ID:
    return ID(urlsafe_b64encode(f"{type_name}{SEPARATOR}{key}".encode()).decode().rstrip("="))


def parsed_id(text: str) -> GlobalId | None:
    """Return what an id names, or None for anything that `global_id` did not make: a malformed id is unknown, not an error."""
    if len(text) > LONGEST_ID or not text.isascii():
        return None
    try:
        type_name, separator, key = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition(SEPARATOR)
    except ValueError:
        return None
    if not (separator and type_name and key) or global_id(type_name, key) != text:
        return None
    return GlobalId(type_name, key)


def key_of(type_name: str, text: str) -> str | None:
    """Return the key that an id of the type names; None for a malformed id and for one of another type."""
    parsed = parsed_id(text)
    return parsed.key if parsed and parsed.type_name == type_name else None
