"""Vendure as catalogue, stock and order taker by docs/networks/vendure.toml alone: a real server passes the kit, and keeps what it gets."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from adapters.built import BuiltPorts
from adapters.rest.source import build
from gateway.conformance.subject import Bounds
from gateway.domain.errors import SourceRejected, SourceUnavailable
from gateway.domain.feeds import Message
from gateway.domain.ids import SourceCode
from gateway.domain.network import Network
from gateway.network.file import load
from tests.contracts.catalogue_source import batches_of
from tests.contracts.stock_source import snapshot_of
from tests.contracts.work_news_source import news_of
from tests.support.kit import failed, measured, report_on
from tests.support.sandbox_sources import WallClock
from tests.support.vendure import ARTICLES, CORNER, DEFAULT_PLACE, NETWORK_FILE, UNITS, NotHere, Vendure, running

pytestmark = pytest.mark.real
BOUNDS = Bounds(patience_s=2, look_every_s=0.2, most_refused=0, sample=25, slack_s=10)


@pytest.fixture(scope="module")
def vendure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vendure]:
    try:
        with running(tmp_path_factory.mktemp("vendure")) as server:
            yield server
    except NotHere as why:
        pytest.skip(f"no Vendure here: {why}")


@pytest.fixture
def network(vendure: Vendure) -> Network:
    return load(NETWORK_FILE, vendure.environment())


@pytest.fixture
async def built(network: Network, vendure: Vendure) -> AsyncIterator[BuiltPorts]:
    ports = build(network.sources[0], network, WallClock(), environment=vendure.environment())
    yield ports
    await ports.close()


def order(reference: str, *lines: tuple[str, str, int]) -> Message:
    """Return an order of articles by sku and number there."""
    body: dict[str, Any] = {
        "customer": {"name": "Ana Roy", "email": f"{reference.lower()}@example.com", "phone": None, "reference": None},
        "ship_to": {"name": "Ana Roy", "line1": "1 rue X", "postal_code": "69002", "city": "Lyon", "country_code": "FR"},
        "fulfillment": {"number": reference, "task": "SHIP", "location": DEFAULT_PLACE},
        "lines": [
            {"line": str(at), "sku": sku, "at_source": number, "quantity": units} for at, (sku, number, units) in enumerate(lines, 1)
        ],
    }
    return Message("SHIPMENT", SourceCode("vendure"), f"{reference}:1", reference, body)


async def number_of(built: BuiltPorts, sku: str) -> str:
    assert built.catalogue
    product = next(row for batch in await batches_of(built.catalogue) for row in batch.rows if row.sku == sku)
    return product.external_ids[0].value


async def figures(built: BuiltPorts, sku: str) -> dict[str, int]:
    assert built.stock
    return {row.location: row.quantity for batch in await snapshot_of(built.stock) for row in batch.rows if row.item.sku == sku}


async def test_a_real_server_passes_the_kit(network: Network, built: BuiltPorts) -> None:
    report = await report_on(network, network.sources[0], built, BOUNDS, "real")
    assert failed(report) == {}
    assert not report.left
    assert measured(report, "what it has under our reference", "observed") == "B"
    assert measured(report, "one unit taken, and what its figure does", "observed") == "AVAILABLE"
    assert report.counts()["PASSED"] >= 18


async def test_its_articles_prices_and_figures_come_as_they_are_there(built: BuiltPorts) -> None:
    assert built.catalogue
    products = [row for batch in await batches_of(built.catalogue) for row in batch.rows]
    assert [(row.sku, str(row.price.amount), row.price.currency) for row in products[:2] if row.price] == [
        ("V-00", "19.90", "EUR"),
        ("V-01", "20.90", "EUR"),
    ]
    assert len(products) == ARTICLES
    assert await figures(built, "V-03") == {DEFAULT_PLACE: UNITS + 3, CORNER: 3}


async def test_an_order_of_two_lines_is_placed_found_told_and_canceled(built: BuiltPorts, vendure: Vendure) -> None:
    assert built.hand_over
    assert built.news
    message = order("ORD-1", ("V-04", await number_of(built, "V-04"), 2), ("V-05", await number_of(built, "V-05"), 1))
    receipt = await built.hand_over.send(message)
    (there,) = vendure.orders("ORD-1")
    assert (there["code"], there["state"], there["totalQuantity"]) == (receipt.reference, "PaymentSettled", 3)
    assert there["customer"] == {"emailAddress": "ord-1@example.com"}
    assert (await figures(built, "V-04"))[DEFAULT_PLACE] == UNITS + 4 - 2
    found = await built.hand_over.find(message)
    assert found
    assert found.reference == receipt.reference
    cancel = Message("CANCEL", message.source, "ORD-1:cancel", "ORD-1", message.body)
    await built.hand_over.send(cancel)
    assert (await figures(built, "V-04"))[DEFAULT_PLACE] == UNITS + 4
    steps = [one.step for batch in await news_of(built.news) for one in batch.rows if one.reference == "ORD-1"]
    assert steps == ["CANCELED"]
    assert await built.hand_over.find(cancel)


async def test_more_than_there_is_is_refused_and_nothing_is_placed(built: BuiltPorts) -> None:
    assert built.hand_over
    message = order("ORD-2", ("V-06", await number_of(built, "V-06"), 500))
    before = await figures(built, "V-06")
    with pytest.raises(SourceRejected, match="INSUFFICIENT_STOCK_ERROR"):
        await built.hand_over.send(message)
    assert await built.hand_over.find(message) is None
    assert await figures(built, "V-06") == before


async def test_a_credential_that_is_refused_is_an_outage(network: Network, vendure: Vendure) -> None:
    ports = build(network.sources[0], network, WallClock(), environment={**vendure.environment(), "VENDURE_TOKEN": "wrong"})
    try:
        assert ports.catalogue
        with pytest.raises(SourceUnavailable, match="FORBIDDEN"):
            await batches_of(ports.catalogue)
    finally:
        await ports.close()
