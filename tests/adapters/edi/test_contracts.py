"""A supplier by EDI keeps the contracts of its ports: reports and answers in a folder, orders into a real SFTP server."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import ClassVar

import pytest

from adapters.edi.source import build
from adapters.mailbox.desk import MailDesk
from gateway.domain.feeds import Message, StockRow
from gateway.domain.ids import SourceCode
from gateway.domain.network import HandOverClass, Network, Source
from gateway.ports.sources import HandOverTarget, Mailbox, StockSource, WorkNewsSource
from tests.adapters.edi.messages import purchase_order
from tests.adapters.edi.partner import EDIFACT, X12, Postbox
from tests.adapters.edi.writers import A, B, inventory_846, invrpt, ordrsp
from tests.contracts.hand_over_target import HandOverTargetContract
from tests.contracts.mailbox import MailboxContract
from tests.contracts.stock_source import StockSourceContract
from tests.contracts.work_news_source import WorkNewsSourceContract
from tests.support.sandbox_sources import WallClock
from tests.support.sftp_server import PASSWORD, SECRET, SftpServer

NUMBERS = count(100)


@dataclass
class Used:
    """The mailbox of the test that runs."""

    box: Postbox | None = None

    @property
    def now(self) -> Postbox:
        assert self.box is not None
        return self.box


class OfPartner:
    used: ClassVar[Used] = Used()
    profile: ClassVar[dict[str, object]] = EDIFACT

    @pytest.fixture(autouse=True)
    def _box(self, tmp_path: Path) -> None:
        self.used.box = Postbox(tmp_path, dict(self.profile))

    def lose(self, _port: object) -> None:
        shutil.rmtree(self.used.now.root)


class TestStockByInvrpt(OfPartner, StockSourceContract):
    reads_live = False

    @pytest.fixture
    def source(self) -> StockSource:
        self.report({A: 5, B: 0})
        ports = self.used.now.ports
        assert ports.stock
        return ports.stock

    def report(self, figures: dict[str, int]) -> None:
        number = next(NUMBERS)
        self.used.now.drop(invrpt(figures, number, f"2026112808{number % 60:02d}"), f"{number}.edi")

    def places(self) -> set[str]:
        return {"atlas"}

    def move(self, _source: StockSource, row: StockRow) -> int:
        self.used.now.clock.go_on(60)
        self.report({A: 5, B: 0} | {str(row.item.gtin): row.quantity + 3})
        return row.quantity + 3


class TestStockBy846(TestStockByInvrpt):
    profile = X12

    def report(self, figures: dict[str, int]) -> None:
        number = next(NUMBERS)
        self.used.now.drop(inventory_846(figures, number, f"261128*08{number % 60:02d}"), f"{number}.edi")


class TestStockOfWhatChanged(TestStockByInvrpt):
    """A partner whose reports tell only what has changed."""

    profile = EDIFACT | {"stock": {**EDIFACT["stock"], "tells": "LISTED"}}

    def move(self, _source: StockSource, row: StockRow) -> int:
        self.used.now.clock.go_on(60)
        self.report({str(row.item.gtin): row.quantity + 3})
        return row.quantity + 3


class TestNewsByOrdrsp(OfPartner, WorkNewsSourceContract):
    @pytest.fixture
    def source(self) -> WorkNewsSource:
        ports = self.used.now.ports
        assert ports.news
        return ports.news

    async def happen(self, source: WorkNewsSource) -> str:
        number = next(NUMBERS)
        self.used.now.clock.go_on(60)
        self.used.now.drop(ordrsp(f"AAAA-BBBB-{number}-1", [("5", A, 2)], number), f"{number}.edi")
        return f"AAAA-BBBB-{number}-1"


class TestMailbox(OfPartner, MailboxContract):
    @pytest.fixture
    def mailbox(self) -> Mailbox:
        ports = self.used.now.ports
        assert isinstance(ports.mailbox, MailDesk)
        return ports.mailbox

    async def wrong(self, mailbox: Mailbox) -> str:
        number = next(NUMBERS)
        self.used.now.drop(invrpt({A: 5}, number).replace("UNT+7", "UNT+9"), f"{number}.edi")
        await self.used.now.stock()
        return f"{number}.edi"

    def taken(self, mailbox: Mailbox) -> int:
        return len(self.used.now.names("archive"))


class OverSftp(HandOverTargetContract):
    server: ClassVar[SftpServer]
    profile: ClassVar[dict[str, object]] = EDIFACT

    @pytest.fixture
    async def target(self, tmp_path: Path) -> AsyncIterator[HandOverTarget]:
        (tmp_path / "home" / "atlas").mkdir(parents=True)
        type(self).server = SftpServer(tmp_path / "home", tmp_path)
        self.server.start()
        options = {**self.profile, "mailbox": self.server.mailbox}
        source = Source(SourceCode("atlas"), "SUPPLIER", "edi", options, hand_over=self.hand_over, states="AVAILABLE")
        network = Network("Brume", "EUR", "FR", "Europe/Paris", SourceCode("erp"))
        ports = build(source, network, WallClock(), environment={SECRET: PASSWORD})
        assert ports.hand_over
        yield ports.hand_over
        await ports.close()
        self.server.close()

    def message(self, name: str) -> Message:
        return purchase_order(f"{name}-{next(NUMBERS)}")

    def effects(self, target: HandOverTarget, message: Message) -> int:
        out = self.server.root / "atlas" / "out"
        return sum(message.reference in path.read_text(encoding="latin-1") for path in out.iterdir())

    def lose_the_answer(self, target: HandOverTarget) -> None:
        self.server.faults.lose_renames = 1

    def lose(self, target: HandOverTarget) -> None:
        self.server.kill()

    async def test_the_same_message_is_never_put_out_twice(self, target: HandOverTarget) -> None:
        message = self.message("twice")
        first, second = await target.send(message), await target.send(message)
        assert (first.reference, self.effects(target, message)) == (second.reference, 1)
        assert not first.taken


class TestOrdersOverSftp(OverSftp):
    hand_over: HandOverClass = "B"


class TestOrdersInX12OverSftp(OverSftp):
    hand_over: HandOverClass = "B"
    profile = X12


class TestOrdersThatCannotBeAskedAfter(OverSftp):
    hand_over: HandOverClass = "C"
