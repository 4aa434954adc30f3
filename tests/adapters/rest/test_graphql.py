"""A GraphQL server reached by configuration alone keeps the contracts of its ports, and its errors in good answers are errors."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest
from starlette.responses import JSONResponse

from adapters.built import BuiltPorts
from adapters.rest.source import build
from adapters.transport.calls import Limits
from gateway.domain.errors import ConfigurationInvalid, SourceBusy, SourceError, SourceGarbage, SourceRejected, SourceUnavailable
from gateway.domain.feeds import Message, StockRow
from gateway.domain.ids import SourceCode
from gateway.domain.network import Network, Source
from gateway.network.file import load
from gateway.ports.sources import CatalogueSource, HandOverTarget, InboundSource, StockSource
from tests.contracts.catalogue_source import CatalogueSourceContract, batches_of
from tests.contracts.hand_over_target import HandOverTargetContract
from tests.contracts.inbound_source import InboundSourceContract
from tests.contracts.stock_source import StockSourceContract
from tests.support.graphql_shop import SHOP, WAREHOUSE, GraphQLShop, Shop
from tests.support.sandbox_sources import WallClock
from tests.support.tiny_server import serving

FILE = Path(__file__).resolve().parents[2] / "support" / "graphql_shop.toml"
NOWHERE = "http://127.0.0.1:9"


@dataclass
class Standing:
    """The shop under test and its ports."""

    shop: Shop
    ports: BuiltPorts


def built(url: str) -> BuiltPorts:
    network = load(FILE, {"SHOP_URL": url})
    return build(network.sources[0], network, WallClock(), environment={}, limits=Limits(read_timeout_s=2))


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def url(shop: Shop) -> Iterator[str]:
    with serving(GraphQLShop(shop)) as url:
        yield url


@pytest.fixture
async def ports(url: str) -> AsyncIterator[BuiltPorts]:
    ports = built(url)
    yield ports
    await ports.close()


class OfShop:
    standing: ClassVar[list[Standing]] = []

    @pytest.fixture(autouse=True)
    def _standing(self, shop: Shop, ports: BuiltPorts) -> Iterator[None]:
        self.standing.append(Standing(shop, ports))
        yield
        self.standing.clear()

    @property
    def held(self) -> Shop:
        return self.standing[-1].shop

    def lose(self, _source: object) -> None:
        self.held.failing = "INTERNAL_SERVER_ERROR"


class TestCatalogue(OfShop, CatalogueSourceContract):
    @pytest.fixture
    def source(self, ports: BuiltPorts) -> CatalogueSource:
        assert ports.catalogue
        return ports.catalogue

    def skus(self) -> set[str]:
        return set(self.held.skus)


class TestStock(OfShop, StockSourceContract):
    @pytest.fixture
    def source(self, ports: BuiltPorts) -> StockSource:
        assert ports.stock
        return ports.stock

    def places(self) -> set[str]:
        return {WAREHOUSE, SHOP}

    def move(self, _source: StockSource, row: StockRow) -> int:
        self.held.units[row.location, row.item.sku or ""] += 5
        return row.quantity + 5


class TestInbound(OfShop, InboundSourceContract):
    @pytest.fixture
    def source(self, ports: BuiltPorts) -> InboundSource:
        assert ports.inbound
        return ports.inbound


def order(reference: str, quantity: int = 1) -> Message:
    lines = [{"line": "1", "sku": "G-03", "quantity": quantity}]
    return Message("ORDER", SourceCode("shop"), f"{reference}:1", reference, {"lines": lines})


class TestHandOver(OfShop, HandOverTargetContract):
    hand_over = "B"

    @pytest.fixture
    def target(self, ports: BuiltPorts) -> HandOverTarget:
        assert ports.hand_over
        return ports.hand_over

    def message(self, name: str) -> Message:
        return order(name)

    def effects(self, _target: HandOverTarget, message: Message) -> int:
        return sum(one.reference == message.reference for one in self.held.orders)

    def lose_the_answer(self, _target: HandOverTarget) -> None:
        self.held.lose_answers = 1

    def lose(self, _source: object) -> None:
        self.held.failing = "UNAUTHENTICATED"


async def test_a_list_is_read_by_its_cursors(shop: Shop, ports: BuiltPorts) -> None:
    assert ports.catalogue
    sizes = [len(batch.rows) for batch in await batches_of(ports.catalogue)]
    assert sizes == [3, 3, 1]
    assert shop.calls["variants"] == 3


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("THROTTLED", SourceBusy),
        ("INTERNAL_SERVER_ERROR", SourceUnavailable),
        ("UNAUTHENTICATED", SourceUnavailable),
        ("BAD_USER_INPUT", SourceRejected),
        ("OF_ITS_OWN", SourceGarbage),
        ("", SourceGarbage),
        ("no word; but a text of theirs", SourceGarbage),
    ],
)
async def test_errors_in_a_good_answer_are_errors_by_their_code(shop: Shop, ports: BuiltPorts, code: str, kind: type[SourceError]) -> None:
    assert ports.catalogue
    shop.failing = code
    with pytest.raises(kind) as failed:
        await batches_of(ports.catalogue)
    assert "business" not in str(failed.value)
    assert "theirs" not in str(failed.value)


@pytest.mark.parametrize(("code", "unknown"), [("THROTTLED", False), ("INTERNAL_SERVER_ERROR", True), ("OF_ITS_OWN", True)])
async def test_what_a_failed_mutation_did_is_known_by_its_code(shop: Shop, ports: BuiltPorts, code: str, unknown: bool) -> None:  # noqa: FBT001
    assert ports.hand_over
    shop.failing = code
    with pytest.raises(SourceError) as failed:
        await ports.hand_over.send(order("failed"))
    assert failed.value.unknown_effect is unknown
    assert shop.calls["placeOrder"] == 1


async def test_a_refusal_that_is_data_is_a_refusal(shop: Shop, ports: BuiltPorts) -> None:
    assert ports.hand_over
    with pytest.raises(SourceRejected, match="INSUFFICIENT_STOCK_ERROR"):
        await ports.hand_over.send(order("much", quantity=1_000))
    assert not shop.orders


async def test_an_order_is_canceled_under_the_number_that_it_has_there(shop: Shop, ports: BuiltPorts) -> None:
    assert ports.hand_over
    await ports.hand_over.send(order("gone"))
    await ports.hand_over.send(Message("CANCEL", SourceCode("shop"), "gone:2", "gone", {"lines": []}))
    assert [one.state for one in shop.orders] == ["CANCELED"]


def refused(**catalogue: Any) -> str:
    options = {"base_url": NOWHERE, "catalogue": {"path": "/", "rows": "data.a", "fields": {"sku": "sku", "name": "name"}, **catalogue}}
    with pytest.raises(ConfigurationInvalid) as told:
        build(
            Source(SourceCode("odd"), "COMMERCE", "rest", options=options),
            Network("n", "EUR", "FR", "Europe/Paris", SourceCode("odd")),
            WallClock(),
        )
    return str(told.value)


def test_a_document_is_checked_when_the_file_is_read() -> None:
    assert "catalogue.graphql: is no GraphQL document: Syntax Error" in refused(graphql="{ a { b }")
    assert "has 2 operations" in refused(graphql="query A { a } query B { b }")
    assert "leave `body` out" in refused(graphql="{ a }", body={"x": "'1'"})
    assert "add `graphql`" in refused(variables={"x": "'1'"})


async def test_a_document_that_the_server_does_not_know_is_a_refusal(url: str) -> None:
    """Nothing was executed: the answer has errors and no data."""
    network = load(FILE, {"SHOP_URL": url})
    catalogue = {**network.sources[0].options["catalogue"], "graphql": "{ nothingOfThisName }", "variables": {}}
    source = Source(SourceCode("shop"), "COMMERCE", "rest", options={"base_url": url, "catalogue": catalogue})
    ports = build(source, network, WallClock(), environment={})
    try:
        assert ports.catalogue
        with pytest.raises(SourceRejected):
            await batches_of(ports.catalogue)
    finally:
        await ports.close()


async def test_an_answer_that_is_none_of_graphql_is_garbage() -> None:
    with serving(JSONResponse([1])) as url:
        ports = built(url)
        try:
            assert ports.catalogue
            with pytest.raises(SourceGarbage, match="none of GraphQL"):
                await batches_of(ports.catalogue)
        finally:
            await ports.close()
