"""A small quiet network that the tests of this folder share, its faults and clocks reset before each."""

from collections.abc import Callable, Iterator

import httpx2
import pytest

from gateway.sandbox.processes import Sandbox, start
from tests.sandbox.calls import QUIET, SMALL, Calls


@pytest.fixture(scope="session")
def network() -> Iterator[Sandbox]:
    with start(retailer=SMALL, behavior=QUIET) as running:
        yield running


@pytest.fixture(scope="session")
def client() -> Iterator[httpx2.Client]:
    with httpx2.Client(timeout=10, trust_env=False) as open_client:
        yield open_client


@pytest.fixture
def calls(network: Sandbox, client: httpx2.Client) -> Iterator[Callable[[str], Calls]]:
    yield lambda code: Calls(network[code], client)
    for running in network.systems.values():
        client.delete(f"{running.url}/_sandbox/faults")


@pytest.fixture
def erp(calls: Callable[[str], Calls]) -> Calls:
    return calls("erp")


@pytest.fixture
def wms(calls: Callable[[str], Calls]) -> Calls:
    return calls("wms")


@pytest.fixture
def pos(calls: Callable[[str], Calls]) -> Calls:
    return calls("pos")


@pytest.fixture
def atlas(calls: Callable[[str], Calls]) -> Calls:
    return calls("atlas")
