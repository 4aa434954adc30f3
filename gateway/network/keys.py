"""Keys of callers: `id.secret`, of which the network file holds the hash of the secret alone."""

import hashlib
import re
import secrets
from dataclasses import dataclass

SECRET_BYTES = 24
ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key as the caller sends it, and what the network file says of it. The key itself is told once and never stored."""

    key: str
    key_sha256: str


def new_key(caller: str) -> NewKey:
    """Make a key for a caller's id (letters, digits, `_` and `-`)."""
    if not ID.match(caller):
        raise ValueError(f"{caller!r} cannot name a caller; use up to 64 letters, digits, _ and -")
    secret = secrets.token_urlsafe(SECRET_BYTES)
    return NewKey(f"{caller}.{secret}", secret_hash(secret))


def secret_hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
