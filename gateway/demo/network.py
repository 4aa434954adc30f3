"""The demo's network file: addresses and credentials of what stands behind it, and the demo's keys, put into the template."""

import os
from collections.abc import Mapping
from pathlib import Path

from gateway.demo.keyring import Keyring
from gateway.demo.tryton.rpc import PASSWORD
from gateway.demo.tryton.seed import REST_KEY
from gateway.domain.network import Network
from gateway.network.file import parse
from gateway.sandbox.processes import Sandbox

NETWORKS = Path(__file__).resolve().parents[2] / "docs" / "networks"
TEMPLATE, TRYTON_TEMPLATE = NETWORKS / "sandbox.toml", NETWORKS / "tryton.toml"


def read_network(template: Path, surroundings: Mapping[str, str]) -> Network:
    """Return the network of a template. Its secrets are put where it says that they are found: into the environment of this process."""
    os.environ.update(surroundings)
    return parse(template.read_bytes(), template, dict(os.environ))


def secrets(systems: Sandbox, keys: Keyring) -> dict[str, str]:
    """Return the sandbox's credentials by the names under which the network file looks for them."""
    credentials = {f"SANDBOX_{code.upper()}_SECRET": system.credential for code, system in systems.systems.items()}
    return credentials | {f"SANDBOX_{code.upper()}_WEBHOOK_SECRET": keys.webhooks for code in systems.systems}


def tryton_values(url: str, keys: Keyring) -> dict[str, str]:
    return {"TRYTON_URL": url, "TRYTON_KEY": REST_KEY, "TRYTON_PASSWORD": PASSWORD, **key_digests(keys)}


def key_digests(keys: Keyring) -> dict[str, str]:
    return {f"{kind.upper()}_KEY_SHA256": digest for kind, digest in keys.digests().items()}


def values(systems: Sandbox, keys: Keyring) -> dict[str, str]:
    """Return what fills the template's placeholders: `<SYSTEM>_URL` and `<CALLER>_KEY_SHA256`."""
    urls = {f"{code.upper()}_URL": system.url for code, system in systems.systems.items()}
    return {**urls, **key_digests(keys)}
