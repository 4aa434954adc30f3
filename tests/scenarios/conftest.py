"""One demo retailer for the stories of a module: real systems, a real database, real sockets."""

from collections.abc import Iterator

import pytest

from tests.support.demo import Demo, running

SIZE = ("--skus", "80", "--stores", "4", "--speed", "20")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running(tmp_path_factory.mktemp("demo"), *SIZE) as started:
        yield started
