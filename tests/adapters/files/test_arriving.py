"""Files that arrive in a mailbox: left alone until they are whole, taken once, kept or put aside; the same ports read them."""

import gzip
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import pytest

from adapters.built import BuiltPorts
from adapters.files.source import build
from gateway.domain.errors import SourceUnavailable
from gateway.domain.feeds import StockRow
from gateway.domain.ids import SourceCode
from gateway.domain.mail import MailReport
from gateway.domain.network import Network, Source
from gateway.ports.sources import CatalogueSource, Mailbox, StockSource
from tests.adapters.edi.partner import SetClock
from tests.adapters.files.test_file_sources import PRODUCTS, STOCK, present
from tests.contracts.catalogue_source import CatalogueSourceContract, batches_of
from tests.contracts.mailbox import MailboxContract
from tests.contracts.stock_source import StockSourceContract, snapshot_of
from tests.support.sftp_server import PASSWORD, SECRET, SftpServer

NUMBERS = count(1)
ARRIVING_STOCK = {**STOCK, "file": "stock-*.csv"}
ARRIVING_PRODUCTS = {**PRODUCTS, "file": "products*.csv"}


@dataclass
class Shop:
    """A source of files with its mailbox, as its keeper sees it."""

    root: Path
    options: dict[str, Any]
    clock: SetClock = field(default_factory=SetClock)

    def __post_init__(self) -> None:
        (self.root / "in").mkdir(parents=True, exist_ok=True)
        self.ports = self.anew()

    def anew(self) -> BuiltPorts:
        network = Network("Brume", "EUR", "FR", "Europe/Paris", SourceCode("files"))
        return build(Source(SourceCode("files"), "FILES", "files", self.options), network, self.clock, environment={SECRET: PASSWORD})

    def drop(self, name: str, content: str | bytes) -> None:
        path = self.root / "in" / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        os.utime(path, (self.clock.at.timestamp(), self.clock.at.timestamp()))

    def names(self, folder: str) -> list[str]:
        return sorted(path.name for path in (self.root / folder).rglob("*") if path.is_file())

    async def stock(self) -> dict[str, int]:
        return {str(row.item): row.quantity for batch in await snapshot_of(present(self.ports.stock)) for row in batch.rows}

    async def reports(self) -> list[MailReport]:
        return await present(self.ports.mailbox).reports(10)  # type: ignore[no-any-return]


def shop(folder: Path, mailbox: dict[str, Any] | None = None, **tables: Any) -> Shop:
    stated = {"folder": "mail", "settle_s": 0, **(mailbox or {})}
    return Shop(folder / "mail", {"folder": str(folder), "mailbox": stated, **(tables or {"stock": ARRIVING_STOCK})})


def lines(**units: int) -> str:
    return "place,code,units\n" + "".join(f"lille,{code},{number}\n" for code, number in units.items())


class Arrived:
    made: ClassVar[list[Shop]] = []

    @pytest.fixture(autouse=True)
    async def _shop(self, tmp_path: Path) -> AsyncIterator[None]:
        self.made[:] = [shop(tmp_path, stock=ARRIVING_STOCK, catalogue=ARRIVING_PRODUCTS)]
        self.now.drop("stock-1.csv", lines(A=5, B=0))
        self.now.drop("products.csv", "code,name,price,weight\nA,Lamp,12.90,186 g\nB,Chair,1,\n")
        yield
        await self.now.ports.close()

    @property
    def now(self) -> Shop:
        return self.made[0]

    def lose(self, _source: object) -> None:
        self.now.root.rename(self.now.root.parent / "unmounted")


class TestArrivingCatalogue(Arrived, CatalogueSourceContract):
    @pytest.fixture
    def source(self) -> CatalogueSource:
        return present(self.now.ports.catalogue)  # type: ignore[no-any-return]

    def skus(self) -> set[str]:
        return {"A", "B"}


class TestArrivingStock(Arrived, StockSourceContract):
    @pytest.fixture
    def source(self) -> StockSource:
        return present(self.now.ports.stock)  # type: ignore[no-any-return]

    def places(self) -> set[str]:
        return {"lille"}

    def move(self, _source: StockSource, row: StockRow) -> int:
        self.now.clock.go_on(60)
        self.now.drop(f"stock-{next(NUMBERS) + 1}.csv", lines(**{str(row.item.sku): row.quantity + 3}))
        return row.quantity + 3

    async def test_an_outage_is_an_error_and_no_empty_batch(self, source: StockSource) -> None:
        self.lose(source)
        with pytest.raises(SourceUnavailable):
            await snapshot_of(source)


class TestMailboxOfFiles(MailboxContract):
    made: ClassVar[list[Shop]] = []

    @pytest.fixture
    def mailbox(self, tmp_path: Path) -> Mailbox:
        self.made[:] = [shop(tmp_path, stock={**ARRIVING_STOCK, "least_rows": 2})]
        return present(self.made[0].ports.mailbox)  # type: ignore[no-any-return]

    async def wrong(self, mailbox: Mailbox) -> str:
        name = f"stock-{next(NUMBERS)}.csv"
        self.made[0].clock.go_on(60)
        self.made[0].drop(name, lines(A=5))
        with pytest.raises(SourceUnavailable):
            await self.made[0].stock()
        return name

    def taken(self, mailbox: Mailbox) -> int:
        return len(self.made[0].names("archive"))

    def lose(self, mailbox: Mailbox) -> None:
        self.made[0].root.rename(self.made[0].root.parent / "unmounted")


async def test_a_file_that_still_grows_is_left_alone_and_the_one_before_stands(tmp_path: Path) -> None:
    made = shop(tmp_path, {"settle_s": 30})
    made.drop("stock-1.csv", lines(A=5))
    with pytest.raises(SourceUnavailable):
        await made.stock()
    made.clock.go_on(30)
    assert await made.stock() == {"A": 5}
    made.drop("stock-2.csv", "place,code,units\nlil")
    assert await made.stock() == {"A": 5}
    made.clock.go_on(40)
    made.drop("stock-2.csv", lines(A=4, B=1))
    assert await made.stock() == {"A": 5}
    made.clock.go_on(29)
    assert (await made.stock(), made.names("in")) == ({"A": 5}, ["stock-2.csv"])
    made.clock.go_on(31)
    assert (await made.stock(), made.names("in")) == ({"A": 4, "B": 1}, [])


async def test_each_file_is_taken_once_and_kept_as_it_came(tmp_path: Path) -> None:
    made = shop(tmp_path)
    packed = gzip.compress(lines(A=5).encode())
    made.drop("stock-1.csv", packed)
    assert await made.stock() == {"A": 5}
    other = made.anew()
    assert [row.quantity for batch in await snapshot_of(present(other.stock)) for row in batch.rows] == [5]
    (kept,) = (made.root / "archive").rglob("*.csv")
    assert (kept.read_bytes(), made.names("in"), made.names("rejected")) == (packed, [], [])


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("stock-1.csv", "place,code,units\nlille,é,5\n".encode("latin-1"), "is not utf-8; state the file's encoding"),
        ("stock-1.csv", b"place,code,units\nlille,A,5\nlille,B", "breaks off within its last line, 3"),
        ("stock-1.csv", b"place,code,units\nlille,A,5\n", "has 1 rows; with fewer than 2 (least_rows) it is a part of a file"),
        ("stock-1.csv", b"", "is empty"),
        ("prices.csv", b"a,b\n", "no table has a file of this name; they have stock-*.csv"),
    ],
    ids=["encoding", "broken off", "short", "empty", "name"],
)
async def test_a_file_that_cannot_be_read_is_put_aside_and_the_one_before_stands(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    made = shop(tmp_path, stock={**ARRIVING_STOCK, "least_rows": 2})
    made.drop("stock-0.csv", lines(A=5, B=6))
    await made.stock()
    made.clock.go_on(60)
    made.drop(name, content)
    assert await made.stock() == {"A": 5, "B": 6}
    (report,) = await made.reports()
    assert (report.came_as, report.verdict, len(made.names("rejected"))) == (name, "QUARANTINED", 1)
    assert reason in report.faults[0].reason


async def test_a_file_that_was_put_aside_is_taken_once_its_table_is_right(tmp_path: Path) -> None:
    made = shop(tmp_path)
    made.drop("stock-1.csv", "place,code,units,note\nlille,A,5,é\n".encode("latin-1"))
    with pytest.raises(SourceUnavailable, match=r"stock-\*\.csv cannot be read: No such file"):
        await made.stock()
    (report,) = await made.reports()
    mended = Shop(made.root, {**made.options, "stock": {**ARRIVING_STOCK, "encoding": "latin-1"}}, made.clock)
    assert (await present(mended.ports.mailbox).replay(report.file)).verdict == "TAKEN"
    assert (await mended.stock(), await mended.reports()) == ({"A": 5}, [])


async def test_a_joined_file_arrives_like_any_other_and_is_news(tmp_path: Path) -> None:
    joined = {"prices": {"file": "prices*.csv", "column": "key", "on": "code"}}
    table = {**ARRIVING_PRODUCTS, "join": joined, "fields": {**PRODUCTS["fields"], "price": "prices.amount"}}
    made = shop(tmp_path, catalogue=table)
    made.drop("products.csv", "code,name,price,weight\nA,Lamp,1,\n")
    made.drop("prices-1.csv", "key,amount\nA,12.90\n")
    source = present(made.ports.catalogue)
    cursor = (await batches_of(source))[-1].cursor
    assert [batch.rows for batch in await batches_of(source, cursor)] == [()]
    made.clock.go_on(60)
    made.drop("prices-2.csv", "key,amount\nA,9.90\n")
    (batch,) = await batches_of(source, cursor)
    assert [row.price and str(row.price.amount) for row in batch.rows] == ["9.90"]


async def test_files_arrive_on_an_sftp_server_that_dies_and_comes_back(tmp_path: Path) -> None:
    (tmp_path / "home" / "atlas" / "in").mkdir(parents=True)
    server = SftpServer(tmp_path / "home", tmp_path)
    server.start()
    try:
        mailbox = {**server.mailbox, "settle_s": 0}
        made = Shop(tmp_path / "home" / "atlas", {"folder": str(tmp_path), "mailbox": mailbox, "stock": ARRIVING_STOCK})
        made.drop("stock-1.csv", lines(A=5))
        assert (await made.stock(), made.names("in"), len(made.names("archive"))) == ({"A": 5}, [], 1)
        server.kill()
        with pytest.raises(SourceUnavailable):
            await made.stock()
        server.start()
        made.clock.go_on(60)
        made.drop("stock-2.csv", lines(A=4))
        assert await made.stock() == {"A": 4}
        await made.ports.close()
    finally:
        server.close()
