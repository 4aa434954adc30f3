"""One real Tryton for all tests of this folder, four databases in one process, so that their records' numbers collide."""

from collections.abc import AsyncIterator, Iterator

import pytest

from gateway.demo.tryton.seed import ROLES
from gateway.demo.tryton.server import NotToBeHad, Tryton
from tests.support.tryton.retail import Retail
from tests.support.tryton.server import running


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tryton]:
    try:
        with running(tmp_path_factory.mktemp("tryton"), list(ROLES)) as started:
            yield started
    except NotToBeHad as error:
        pytest.skip(f"Tryton {error}")


@pytest.fixture(scope="session")
def people(server: Tryton) -> Iterator[Retail]:
    """Who works in Tryton; their sessions last for all tests."""
    retail = Retail(server)
    yield retail
    for person in retail.people.values():
        person.close()


@pytest.fixture
async def retail(people: Retail) -> AsyncIterator[Retail]:
    yield people
    await people.close()
