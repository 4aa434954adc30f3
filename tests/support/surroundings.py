"""What a gateway that a test serves is told by its environment."""

import hashlib
import os
import secrets
from collections.abc import Iterable, Mapping


def keys_of(kinds: Iterable[str]) -> dict[str, str]:
    """Return a new key for each kind of caller."""
    return {kind: f"{kind}.{secrets.token_urlsafe(24)}" for kind in kinds}


def surroundings(keys: Mapping[str, str], known: Mapping[str, str], poll_factor: str = "0.2") -> dict[str, str]:
    """Return the environment: `known` fills the network file; sources are polled more often, so that nobody waits for them."""
    digests = {f"{kind.upper()}_KEY_SHA256": hashlib.sha256(key.partition(".")[2].encode()).hexdigest() for kind, key in keys.items()}
    own = {"GATEWAY_TOKEN_KEYS": secrets.token_urlsafe(32), "GATEWAY_ORDER_KEY": secrets.token_urlsafe(32)}
    haste = {"GATEWAY_POLL_FACTOR": poll_factor, "COLUMNS": "200"}
    kept = {name: value for name, value in os.environ.items() if name != "MONGODB_URI"}
    return {**kept, **known, **digests, **own, **haste}
