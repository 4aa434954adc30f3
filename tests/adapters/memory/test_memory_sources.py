"""The stand-ins keep the contracts of all source ports."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from adapters.memory.sources import (
    MemoryCatalogue,
    MemoryHandOver,
    MemoryInbound,
    MemoryLocations,
    MemoryNews,
    MemoryStock,
    MemoryWebhooks,
)
from gateway.domain.calendar import WorkingCalendar
from gateway.domain.catalogue import Product
from gateway.domain.errors import SourceGarbage, SourceUnavailable, Unauthenticated
from gateway.domain.feeds import InboundRow, Item, Message, StockRow, WorkNews
from gateway.domain.ids import LocationCode, Sku, SourceCode
from gateway.domain.location import Location
from gateway.domain.network import HandOverClass
from gateway.ports.sources import CatalogueSource, HandOverTarget, InboundSource, LocationSource, StockSource, WorkNewsSource
from tests.contracts.catalogue_source import CatalogueSourceContract
from tests.contracts.hand_over_target import HandOverTargetContract
from tests.contracts.inbound_source import InboundSourceContract
from tests.contracts.location_source import LocationSourceContract
from tests.contracts.stock_source import StockSourceContract
from tests.contracts.work_news_source import WorkNewsSourceContract

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
AWAY = SourceUnavailable("memory", "cannot be reached")
PARIS = LocationCode("101")
ROW = StockRow(PARIS, Item(sku="A"), 5)


def away(source: object) -> None:
    source.switch.fault = AWAY  # type: ignore[attr-defined]  # every stand-in has a switch, no port does


class TestCatalogue(CatalogueSourceContract):
    @pytest.fixture
    def source(self) -> CatalogueSource:
        return MemoryCatalogue([Product(Sku("A"), "Lamp"), Product(Sku("B"), "Chair")])

    def skus(self) -> set[str]:
        return {"A", "B"}

    lose: Callable[..., None] = staticmethod(away)


class TestLocations(LocationSourceContract):
    @pytest.fixture
    def source(self) -> LocationSource:
        calendar = WorkingCalendar("Europe/Paris")
        return MemoryLocations([Location(PARIS, "Rivoli", "STORE", "Europe/Paris", SourceCode("pos"), opening=calendar)])

    def codes(self) -> set[str]:
        return {"101"}

    lose: Callable[..., None] = staticmethod(away)


class TestStock(StockSourceContract):
    @pytest.fixture
    def source(self) -> StockSource:
        return MemoryStock([ROW])

    def places(self) -> set[str]:
        return {"101"}

    def move(self, source: StockSource, row: StockRow) -> int:
        assert isinstance(source, MemoryStock)
        source.state(StockRow(row.location, row.item, row.quantity + 3))
        return row.quantity + 3

    lose: Callable[..., None] = staticmethod(away)


class TestInbound(InboundSourceContract):
    @pytest.fixture
    def source(self) -> InboundSource:
        return MemoryInbound([InboundRow(PARIS, Item(sku="A"), 4, AT, "PO-1")])

    lose: Callable[..., None] = staticmethod(away)


class HandOver(HandOverTargetContract):
    @pytest.fixture
    def target(self) -> HandOverTarget:
        return MemoryHandOver("wms", self.hand_over, {"SHIPMENT"})

    def message(self, name: str) -> Message:
        return Message("SHIPMENT", SourceCode("wms"), f"key-{name}", f"R-{name}", {"lines": []})

    def effects(self, target: HandOverTarget, message: Message) -> int:
        assert isinstance(target, MemoryHandOver)
        return target.effects.count(message)

    def lose_the_answer(self, target: HandOverTarget) -> None:
        assert isinstance(target, MemoryHandOver)
        target.lose_answers = 1

    lose: Callable[..., None] = staticmethod(away)


class TestHandOverA(HandOver):
    hand_over: HandOverClass = "A"


class TestHandOverB(HandOver):
    hand_over: HandOverClass = "B"


class TestHandOverC(HandOver):
    hand_over: HandOverClass = "C"


class OfOrders(HandOver):
    """A target that is told of orders, and of what becomes of them."""

    @pytest.fixture
    def target(self) -> HandOverTarget:
        return MemoryHandOver("erp", self.hand_over, {"ORDER", "CHANGE"})

    def message(self, name: str) -> Message:
        return Message("ORDER", SourceCode("erp"), f"key-{name}", f"R-{name}", {"lines": [], "deliveries": going("1 rue X")})

    def news(self, message: Message) -> Message:
        return replace(message, kind="CHANGE", key=f"{message.key}-1", body={**message.body, "deliveries": going("14 rue Y")})

    def streets(self, target: HandOverTarget, message: Message) -> list[object]:
        assert isinstance(target, MemoryHandOver)
        told: Any = [one.body["deliveries"] for one in target.effects if one.reference == message.reference][-1]
        return [one["ship_to"]["line1"] for one in told]


def going(street: str) -> list[dict[str, object]]:
    return [{"delivery": "1", "ship_to": {"line1": street}}]


class TestOrdersA(OfOrders):
    hand_over: HandOverClass = "A"


class TestOrdersB(OfOrders):
    hand_over: HandOverClass = "B"


class TestNews(WorkNewsSourceContract):
    numbers = count(1)

    @pytest.fixture
    def source(self) -> WorkNewsSource:
        return MemoryNews()

    async def happen(self, source: WorkNewsSource) -> str:
        assert isinstance(source, MemoryNews)
        reference = f"R-{next(self.numbers)}"
        source.tell(WorkNews(f"{reference}-shipped", reference, "SHIPPED", AT))
        return reference

    lose: Callable[..., None] = staticmethod(away)


def test_a_push_is_read_when_its_signature_is_right() -> None:
    webhooks = MemoryWebhooks(b"secret")
    webhooks.put("one", ROW)
    headers, body = webhooks.signed("one")
    assert webhooks.read(headers, body).rows == (ROW,)
    with pytest.raises(Unauthenticated):
        webhooks.read({}, body)
    headers, body = webhooks.signed("absent")
    with pytest.raises(SourceGarbage):
        webhooks.read(headers, body)
