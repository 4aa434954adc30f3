"""Ports that stay ours while nobody listens on them: below those that the system gives to connections that go out."""

import random
import socket
import time

from adapters.mongo.embedded import EmbeddedDatabase

LOWEST, HIGHEST = 20_000, 32_000
TRIES = 100
PAUSE_S = 0.1


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


def started_again(died: EmbeddedDatabase, port: int) -> EmbeddedDatabase:
    """Start a database again at its port: what is left of the one that died may hold it for a moment."""
    died.stop()
    for _ in range(TRIES):
        database = EmbeddedDatabase(died.data, port, sync_on_commit=True).start()
        if not database.moved:
            return database
        database.stop()
        time.sleep(PAUSE_S)
    raise AssertionError(f"port {port} was taken while the database was down")
