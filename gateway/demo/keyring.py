"""The demo's keys: one per kind of caller and the server's own, made once and kept in the data folder, readable by its owner alone."""

import hashlib
import json
import secrets
from dataclasses import dataclass
from pathlib import Path

KINDS = ("storefront", "clienteling", "partner", "supplier", "operator")
FILE = "keys.json"


@dataclass(frozen=True, slots=True)
class Keyring:
    """`callers`: the whole key by kind; `tokens` and `orders` are the server's own secrets."""

    callers: dict[str, str]
    tokens: str
    orders: str

    def digests(self) -> dict[str, str]:
        """Return what the network file holds of each caller's key: the digest of its secret part."""
        return {kind: hashlib.sha256(key.partition(".")[2].encode()).hexdigest() for kind, key in self.callers.items()}


def keyring(data: Path) -> Keyring:
    """Return the keys of a data folder; made at its first use."""
    path = data / FILE
    if path.exists():
        return Keyring(**json.loads(path.read_text(encoding="utf-8")))
    made = Keyring({kind: f"{kind}.{secrets.token_urlsafe(24)}" for kind in KINDS}, secrets.token_urlsafe(32), secrets.token_urlsafe(32))
    path.touch(mode=0o600)
    path.write_text(json.dumps({"callers": made.callers, "tokens": made.tokens, "orders": made.orders}), encoding="utf-8")
    return made
