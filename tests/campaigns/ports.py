"""Ports that stay ours while nobody listens on them: below those that the system gives to connections that go out."""

import random
import socket

LOWEST, HIGHEST = 20_000, 32_000
TRIES = 100


def lasting_port() -> int:
    """Return a free port for a server that is killed and started again there."""
    for port in random.SystemRandom().sample(range(LOWEST, HIGHEST), TRIES):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError(f"none of {TRIES} ports from {LOWEST} to {HIGHEST} is free")
