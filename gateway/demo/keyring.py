"""The demo's keys: one per kind of caller and the server's own, made once and kept in the data folder, readable by its owner alone."""

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from gateway.demo.options import DemoRefused

KINDS = ("storefront", "clienteling", "partner", "supplier", "operator")
FILE = "keys.json"


@dataclass(frozen=True, slots=True)
class Keyring:
    """`callers`: the whole key by kind; `tokens` and `orders` are the server's own secrets, `webhooks` what the sandbox signs with."""

    callers: dict[str, str]
    tokens: str
    orders: str
    webhooks: str

    def digests(self) -> dict[str, str]:
        """Return what the network file holds of each caller's key: the digest of its secret part."""
        return {kind: hashlib.sha256(key.partition(".")[2].encode()).hexdigest() for kind, key in self.callers.items()}


def keyring(data: Path) -> Keyring:
    """Return the keys of a data folder; made at its first use. Raises DemoRefused when they cannot be read."""
    path = data / FILE
    if path.exists():
        return kept(path)
    own = (secrets.token_urlsafe(32) for _ in range(3))
    made = Keyring({kind: f"{kind}.{secrets.token_urlsafe(24)}" for kind in KINDS}, *own)
    path.touch(mode=0o600)
    path.write_text(json.dumps(asdict(made)), encoding="utf-8")
    return made


def kept(path: Path) -> Keyring:
    try:
        found = Keyring(**json.loads(path.read_text(encoding="utf-8")))
        complete = set(found.callers) == set(KINDS) and all((found.tokens, found.orders, found.webhooks))
    except (ValueError, TypeError, AttributeError, OSError):
        complete = False
    if not complete:
        raise DemoRefused(f"{path} cannot be read; delete {path.parent} to start anew, or name another folder with --data.")
    return found
