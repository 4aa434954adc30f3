"""A real Tryton keeps the contracts of all ports, in each part that it plays."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from gateway.demo.tryton.seed import ARTICLES, ROLES, gtin
from gateway.domain.feeds import Message, MessageKind, StockRow
from gateway.domain.network import HandOverClass
from gateway.ports.sources import CatalogueSource, HandOverTarget, InboundSource, LocationSource, StockSource, WorkNewsSource
from tests.contracts.catalogue_source import CatalogueSourceContract
from tests.contracts.hand_over_target import HandOverTargetContract
from tests.contracts.inbound_source import InboundSourceContract
from tests.contracts.location_source import LocationSourceContract
from tests.contracts.stock_source import StockSourceContract
from tests.contracts.work_news_source import WorkNewsSourceContract
from tests.support.lossy_wire import LossyWire, lossy
from tests.support.tryton.messages import message, reference
from tests.support.tryton.retail import Retail

pytestmark = [pytest.mark.real, pytest.mark.scenario]


@dataclass
class Steered:
    """The retailer and the wire of the test that runs, so that a contract can steer them."""

    retail: Retail | None = None
    wire: LossyWire | None = None


class OfTryton:
    """A contract's suite for one database; every call goes over a wire that can be cut."""

    code: ClassVar[str]
    steered: ClassVar[Steered] = Steered()

    @pytest.fixture(autouse=True)
    def _wired(self, retail: Retail) -> Any:
        with lossy(retail.server.port) as wire:
            self.steered.retail, self.steered.wire = retail, wire
            yield

    @property
    def retail(self) -> Retail:
        assert self.steered.retail is not None
        return self.steered.retail

    @property
    def wire(self) -> LossyWire:
        assert self.steered.wire is not None
        return self.steered.wire

    def port(self, name: str, **options: Any) -> Any:
        found = getattr(self.retail.ports(self.code, url=self.wire.url, **options), name)
        assert found is not None
        return found

    def lose(self, _source: object) -> None:
        self.wire.close()


class TestCatalogue(OfTryton, CatalogueSourceContract):
    code = "erp"

    @pytest.fixture
    def source(self) -> CatalogueSource:
        return self.port("catalogue", page_rows=15)  # type: ignore[no-any-return]

    def skus(self) -> set[str]:
        return {ROLES["erp"].code_of(number) for number in range(ARTICLES)}


class LocationsOfTryton(OfTryton, LocationSourceContract):
    @pytest.fixture
    def source(self) -> LocationSource:
        return self.port("locations")  # type: ignore[no-any-return]

    def codes(self) -> set[str]:
        return {place.code for place in ROLES[self.code].places}


class TestWmsLocations(LocationsOfTryton):
    code = "wms"


class TestPosLocations(LocationsOfTryton):
    code = "pos"


class TestSupplierLocations(LocationsOfTryton):
    code = "sup"


class StockOfTryton(OfTryton, StockSourceContract):
    @pytest.fixture
    def source(self) -> StockSource:
        return self.port("stock", page_rows=25)  # type: ignore[no-any-return]

    def places(self) -> set[str]:
        return {place.code for place in ROLES[self.code].places}

    def move(self, _source: StockSource, row: StockRow) -> int:
        stands_at = row.quantity + 7
        assert row.item.gtin is not None
        self.retail.count(self.code, row.location, row.item.gtin, stands_at)
        return stands_at


class TestWmsStock(StockOfTryton):
    code = "wms"


class TestPosStock(StockOfTryton):
    code = "pos"


class TestSupplierStock(StockOfTryton):
    code = "sup"


class TestWmsInbound(OfTryton, InboundSourceContract):
    code = "wms"

    @pytest.fixture
    def source(self) -> InboundSource:
        self.retail.purchase("wms", "DC-NORTH", {gtin(2): 12}, dt.datetime.now(dt.UTC).date() + dt.timedelta(days=5))
        return self.port("inbound")  # type: ignore[no-any-return]


class HandOverToTryton(OfTryton, HandOverTargetContract):
    hand_over: HandOverClass = "B"
    kind: ClassVar[MessageKind]
    location: ClassVar[str | None]
    last: ClassVar[str] = "manual_shipment"
    """The button after which a sale is whole."""

    @pytest.fixture
    def target(self) -> HandOverTarget:
        return self.port("hand_over")  # type: ignore[no-any-return]

    def message(self, name: str) -> Message:
        return message(self.code, self.kind, reference(name), self.location)

    def effects(self, _target: HandOverTarget, message: Message) -> int:
        return len([sale for sale in self.retail.sales(self.code, message.reference) if sale["state"] in {"processing", "done"}])

    def lose_the_answer(self, _target: HandOverTarget) -> None:
        self.wire.lose(1, f"model.sale.sale.{self.last}".encode())


class TestErpHandOver(HandOverToTryton):
    code, kind, location, last = "erp", "ORDER", None, "confirm"


class TestWmsHandOver(HandOverToTryton):
    code, kind, location = "wms", "SHIPMENT", "DC-NORTH"


class TestPosHandOver(HandOverToTryton):
    code, kind, location = "pos", "STORE_TASK", "S01"


class TestSupplierHandOver(HandOverToTryton):
    code, kind, location = "sup", "PURCHASE_ORDER", "SUP"

    async def test_a_kind_that_the_source_does_not_take_is_told_before_it_is_sent(self, target: HandOverTarget) -> None:
        assert not target.takes(message("sup", "SHIPMENT", reference("other"), "SUP"))


class TestWmsNews(OfTryton, WorkNewsSourceContract):
    code = "wms"

    @pytest.fixture
    def source(self) -> WorkNewsSource:
        return self.port("news")  # type: ignore[no-any-return]

    async def happen(self, source: WorkNewsSource) -> str:
        work = message("wms", "SHIPMENT", reference("news"), "DC-NORTH")
        target = self.retail.ports("wms").hand_over
        assert target is not None
        await target.send(work)
        self.retail.ship("wms", work.reference, "assign_try", "pick")
        return work.reference
