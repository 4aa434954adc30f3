"""The sandbox's four dialects, reached by configuration alone, keep the contracts of all ports over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, ClassVar, cast

import pytest

from gateway.domain.catalogue import sales_by_location
from gateway.domain.feeds import Message, MessageKind, StockRow
from gateway.domain.ids import Sku, SourceCode
from gateway.ports.sources import CatalogueSource, HandOverTarget, InboundSource, LocationSource, StockSource, WorkNewsSource
from gateway.sandbox.network import Retailer
from tests.contracts.catalogue_source import CatalogueSourceContract, batches_of
from tests.contracts.hand_over_target import HandOverTargetContract
from tests.contracts.inbound_source import InboundSourceContract
from tests.contracts.location_source import LocationSourceContract
from tests.contracts.stock_source import StockSourceContract
from tests.contracts.work_news_source import WorkNewsSourceContract, news_of
from tests.support.sandbox_sources import SandboxSources

pytestmark = pytest.mark.scenario
PRODUCTS = Retailer(sku_count=40, store_count=3).products
NUMBERS = count(1)


@dataclass
class Steered:
    """Which system the source under test stands for, so that a test can steer it."""

    retailer: SandboxSources | None = None

    def get(self) -> SandboxSources:
        assert self.retailer is not None
        return self.retailer


class OfSandbox:
    """A contract's suite for one sandbox system."""

    code: ClassVar[str]
    steered: ClassVar[Steered] = Steered()

    @pytest.fixture(autouse=True)
    def _retailer(self, retailer: SandboxSources) -> None:
        self.steered.retailer = retailer

    def lose(self, _source: object) -> None:
        self.steered.get().put(self.code, "faults", down=True)


class TestErpCatalogue(OfSandbox, CatalogueSourceContract):
    code = "erp"

    @pytest.fixture
    def source(self, retailer: SandboxSources) -> CatalogueSource:
        return present(retailer.ports("erp").catalogue)

    def skus(self) -> set[str]:
        return {product.item_no for product in PRODUCTS}

    async def test_slow_and_fast_sellers_come_with_their_counter_sales_and_clearances(self, source: CatalogueSource) -> None:
        told = {row.sku: row for batch in await batches_of(source) for row in batch.rows}
        described = Retailer(sku_count=40, store_count=3)
        for product in PRODUCTS:
            row = told[Sku(product.item_no)]
            assert sales_by_location(row) == described.counter_sales_per_day(product)
            assert (row.markdown_on is None) == (product.cleared_after_days is None)
            cents = None if row.clearance_net is None else int(row.clearance_net * 100)
            assert cents == product.clearance_cents
        assert any(row.markdown_on for row in told.values())


class TestErpInbound(OfSandbox, InboundSourceContract):
    code = "erp"

    @pytest.fixture
    def source(self, retailer: SandboxSources) -> InboundSource:
        return present(retailer.ports("erp").inbound)


class LocationsOfSandbox(OfSandbox, LocationSourceContract):
    @pytest.fixture
    def source(self, retailer: SandboxSources) -> LocationSource:
        return present(retailer.ports(self.code).locations)


class TestWmsLocations(LocationsOfSandbox):
    code = "wms"

    def codes(self) -> set[str]:
        return {"WH-PAR", "WH-LYS"}


class TestPosLocations(LocationsOfSandbox):
    code = "pos"

    def codes(self) -> set[str]:
        return {"101", "102", "103"}


class TestSupplierLocations(LocationsOfSandbox):
    code = "atlas"

    def codes(self) -> set[str]:
        return {"atlas"}


class StockOfSandbox(OfSandbox, StockSourceContract):
    @pytest.fixture
    def source(self, retailer: SandboxSources) -> StockSource:
        return present(retailer.ports(self.code).stock)

    def move(self, _source: StockSource, row: StockRow) -> int:
        stands_at = row.quantity + 7
        self.steered.get().post(self.code, "stock", location=row.location, sku=row.item.sku or row.item.gtin, quantity=stands_at)
        return stands_at


class TestWmsStock(StockOfSandbox):
    code = "wms"

    def places(self) -> set[str]:
        return {"WH-PAR", "WH-LYS"}


class TestPosStock(StockOfSandbox):
    code = "pos"

    def places(self) -> set[str]:
        return {"101", "102", "103"}


class TestSupplierStock(StockOfSandbox):
    code = "comet"

    def places(self) -> set[str]:
        return {"comet"}


def present(port: Any) -> Any:
    assert port is not None
    return port


def message_to(code: str, kind: MessageKind, name: str, location: str, task: str = "SHIP") -> Message:
    """Return a message as the gateway makes them, of one unit of a product that everybody has."""
    product = PRODUCTS[1]
    reference = f"{name}-{next(NUMBERS)}"
    address = {
        "name": "Ana Roy",
        "line1": "1 rue X",
        "line2": None,
        "postal_code": "69002",
        "city": "Lyon",
        "region": None,
        "country_code": "FR",
    }
    body: dict[str, object] = {
        "order": {"number": reference, "placed_at": "2026-11-24T09:00:00+00:00", "channel": "web", "currency": "EUR", "total": "129.90"},
        "customer": {"name": "Ana Roy", "email": None, "phone": None, "reference": None},
        "ship_to": address if task == "SHIP" else None,
        "bill_to": None,
        "fulfillment": None
        if kind == "ORDER"
        else {
            "number": reference,
            "task": task,
            "location": location,
            "location_at_source": location,
            "service": "standard",
            "ships_by": None,
        },
        "deliveries": [
            {
                "delivery": "1",
                "method": "SHIP",
                "service": "standard",
                "earliest": None,
                "latest": None,
                "ship_to": address if task == "SHIP" else None,
                "location": None,
                "location_at_source": None,
                "pickup_point": None,
            }
        ],
        "lines": [
            {
                "line": "1",
                "delivery": "1",
                "sku": product.item_no,
                "gtin": product.ean,
                "name": product.name,
                "quantity": 1,
                "unit_price": "129.90",
                "discount": "0",
            }
        ],
        "parcels": [],
        "step": None,
        "reason": None,
    }
    return Message(kind, SourceCode(code), f"{reference}:order:1", reference, body)


class HandOverOfSandbox(OfSandbox, HandOverTargetContract):
    kind: ClassVar[MessageKind]
    location: ClassVar[str]

    @pytest.fixture
    def target(self, retailer: SandboxSources) -> HandOverTarget:
        return present(retailer.ports(self.code).hand_over)

    def message(self, name: str) -> Message:
        return message_to(self.code, self.kind, name, self.location)

    def effects(self, _target: HandOverTarget, message: Message) -> int:
        return len(self.steered.get().accepted(self.code, message.reference))

    def lose_the_answer(self, _target: HandOverTarget) -> None:
        self.steered.get().put(self.code, "faults", lost_answer_rate=1, methods=["POST"], limit=1)

    def lose(self, _target: object) -> None:
        running = self.steered.get().sandbox
        running.kill(self.code)

    @pytest.fixture(autouse=True)
    async def _whole(self, retailer: SandboxSources) -> AsyncIterator[None]:
        yield
        if not retailer.sandbox[self.code].is_alive():
            retailer.sandbox.restart(self.code)


class TestErpHandOver(HandOverOfSandbox):
    code, kind, location, hand_over = "erp", "ORDER", "WH-PAR", "B"

    def news(self, message: Message) -> Message:
        (delivery,) = cast("list[dict[str, Any]]", message.body["deliveries"])
        moved = {**delivery, "ship_to": {**delivery["ship_to"], "line1": "14 rue Y", "postal_code": "75004"}}
        return replace(message, kind="CHANGE", key=f"{message.reference}:order:change:1", body={**message.body, "deliveries": [moved]})

    def streets(self, _target: HandOverTarget, message: Message) -> list[object]:
        (order,) = self.steered.get().accepted(self.code, message.reference)
        return [delivery["street"] for delivery in order["deliveries"]]


class TestWmsHandOver(HandOverOfSandbox):
    code, kind, location, hand_over = "wms", "SHIPMENT", "WH-PAR", "A"


class TestPosHandOver(HandOverOfSandbox):
    code, kind, location, hand_over = "pos", "STORE_TASK", "101", "A"


class TestSupplierHandOver(HandOverOfSandbox):
    code, kind, location, hand_over = "atlas", "PURCHASE_ORDER", "atlas", "C"


class NewsOfSandbox(OfSandbox, WorkNewsSourceContract):
    kind: ClassVar[MessageKind]
    location: ClassVar[str]
    step: ClassVar[str]

    @pytest.fixture
    def source(self, retailer: SandboxSources) -> WorkNewsSource:
        return present(retailer.ports(self.code).news)

    async def happen(self, source: WorkNewsSource) -> str:
        message = message_to(self.code, self.kind, "news", self.location)
        await present(self.steered.get().ports(self.code).hand_over).send(message)
        self.advance(message.reference)
        for _ in range(40):
            told = [one.step for batch in await news_of(source) for one in batch.rows if one.reference == message.reference]
            if self.step in told:
                return message.reference
            await asyncio.sleep(0.05)
        raise AssertionError(f"{self.step} was never told, only {told}")

    def advance(self, _reference: str) -> None:
        self.steered.get().put(self.code, "clock", advance_s=3600)


class TestWmsNews(NewsOfSandbox):
    code, kind, location, step = "wms", "SHIPMENT", "WH-PAR", "SHIPPED"


class TestSupplierNews(NewsOfSandbox):
    code, kind, location, step = "borealis", "PURCHASE_ORDER", "borealis", "ACCEPTED"


class TestPosNews(NewsOfSandbox):
    code, kind, location, step = "pos", "STORE_TASK", "101", "ACCEPTED"

    def advance(self, reference: str) -> None:
        retailer = self.steered.get()
        task = retailer.accepted("pos", reference)[0]["number"]
        answer = retailer.control.post(
            f"{retailer.sandbox['pos'].url}/v1/tasks/{task}/steps",
            json={"step": "accepted"},
            headers={"authorization": "Bearer sandbox-pos"},
        )
        answer.raise_for_status()
