"""The demo on a real Tryton: one command, and what it started ends with it."""

from pathlib import Path

import pytest

from gateway.demo.tryton import installation
from gateway.demo.tryton.seed import ARTICLES
from gateway.demo.tryton.server import NotToBeHad
from tests.support.demo import running, stop
from tests.support.operations import PRODUCTS, SOURCES

pytestmark = [pytest.mark.real, pytest.mark.scenario]


def test_the_demo_shows_tryton_and_leaves_nothing_running(tmp_path: Path) -> None:
    try:
        installation.seeded()
    except NotToBeHad as error:
        pytest.skip(f"Tryton {error}")
    with running(tmp_path, "--with", "tryton") as demo:
        operator = demo.caller("operator")
        assert set(demo.sources) == {"erp", "wms", "pos", "sup"}
        assert {row["code"]: row["health"] for row in operator.data(SOURCES)["sources"]} == dict.fromkeys(demo.sources, "UP")
        assert 0 < operator.data(PRODUCTS, first=5)["products"]["totalCount"] < ARTICLES
        assert set(demo.keys) == {"storefront", "clienteling", "operator"}
        server = demo.sources["erp"]["pid"]
        assert stop(demo) == 0
    assert not Path(f"/proc/{server}").exists()
