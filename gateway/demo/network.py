"""The demo's network file: the sandbox's addresses, credentials and the demo's keys put into the template."""

import os
from pathlib import Path

from gateway.demo.keyring import Keyring
from gateway.domain.network import Network
from gateway.network.file import parse
from gateway.sandbox.processes import Sandbox

TEMPLATE = Path(__file__).resolve().parents[2] / "docs" / "networks" / "sandbox.toml"


def sandbox_network(systems: Sandbox, keys: Keyring) -> Network:
    return parse(TEMPLATE.read_bytes(), TEMPLATE, values(systems, keys))


def lend_secrets(systems: Sandbox, keys: Keyring) -> None:
    """Put the sandbox's credentials where the network file says that secrets are found: into the environment of this process."""
    for code, system in systems.systems.items():
        os.environ[f"SANDBOX_{code.upper()}_SECRET"] = system.credential
        os.environ[f"SANDBOX_{code.upper()}_WEBHOOK_SECRET"] = keys.webhooks


def values(systems: Sandbox, keys: Keyring) -> dict[str, str]:
    """Return what fills the template's placeholders: `<SYSTEM>_URL` and `<CALLER>_KEY_SHA256`."""
    urls = {f"{code.upper()}_URL": system.url for code, system in systems.systems.items()}
    digests = {f"{kind.upper()}_KEY_SHA256": digest for kind, digest in keys.digests().items()}
    return {**os.environ, **urls, **digests}
