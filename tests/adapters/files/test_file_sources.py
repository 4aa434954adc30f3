"""Files keep the contracts of source ports; what is wrong with them is told by line, and nothing is taken for what it is not."""

import gzip
import os
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.built import BuiltPorts
from adapters.files.source import build
from gateway.domain.errors import ConfigurationInvalid, SourceGarbage, SourceUnavailable
from gateway.domain.feeds import Item, StockRow
from gateway.domain.ids import SourceCode
from gateway.domain.network import Network, Source
from gateway.ports.sources import CatalogueSource, InboundSource, LocationSource, StockSource
from tests.contracts.catalogue_source import CatalogueSourceContract, batches_of
from tests.contracts.inbound_source import InboundSourceContract
from tests.contracts.location_source import LocationSourceContract
from tests.contracts.stock_source import StockSourceContract, snapshot_of
from tests.support.sandbox_sources import WallClock

NETWORK = Network("n", "EUR", "FR", "Europe/Paris", SourceCode("files"))
PRODUCTS = {"file": "products.csv", "fields": {"sku": "code", "name": "name", "price": "price", "weight_g": "to_grams(weight)"}}
STOCK = {"file": "stock.csv", "fields": {"location": "place", "sku": "code", "quantity": "units"}}
PLACES = {"file": "places.csv", "fields": {"code": "slug(name)", "name": "name", "kind": "'STORE'", "latitude": "lat", "longitude": "lon"}}
INBOUND = {
    "file": "inbound.csv",
    "fields": {
        "location": "place",
        "sku": "code",
        "quantity": "units",
        "expected_at": "at_hour(day, '12:00', 'Europe/Paris')",
        "reference": "ref",
    },
}


def built(folder: Path, **options: Any) -> BuiltPorts:
    return build(Source(SourceCode("files"), "FILES", "files", options={"folder": str(folder), **options}), NETWORK, WallClock())


def present(port: Any) -> Any:
    assert port is not None
    return port


class OfFolder:
    """A contract's suite over files in a folder of its own."""

    folder: Path

    @pytest.fixture(autouse=True)
    def _files(self, tmp_path: Path) -> None:
        self.folder = tmp_path
        (tmp_path / "products.csv").write_text(
            'code,name,price,weight\nA,Lamp,12.90,186 g\nB,Chair,"1 234,50","1,5 kg"\n', encoding="utf-8"
        )
        (tmp_path / "places.csv").write_text("name,lat,lon\nSaint-Étienne,45.4,4.4\nLille,50.6,3.0\n", encoding="utf-8")
        (tmp_path / "stock.csv").write_text("place,code,units\nlille,A,5\nlille,B,0\n", encoding="utf-8")
        (tmp_path / "inbound.csv").write_text("place,code,units,day,ref\nlille,A,40,2026-12-01,PO-1\n", encoding="utf-8")

    def lose(self, _source: object) -> None:
        for path in self.folder.iterdir():
            path.unlink()


class TestCatalogue(OfFolder, CatalogueSourceContract):
    @pytest.fixture
    def source(self) -> CatalogueSource:
        return present(built(self.folder, catalogue=PRODUCTS).catalogue)

    def skus(self) -> set[str]:
        return {"A", "B"}


class TestLocations(OfFolder, LocationSourceContract):
    @pytest.fixture
    def source(self) -> LocationSource:
        return present(built(self.folder, locations=PLACES).locations)

    def codes(self) -> set[str]:
        return {"saint-etienne", "lille"}


class TestStock(OfFolder, StockSourceContract):
    @pytest.fixture
    def source(self) -> StockSource:
        return present(built(self.folder, stock=STOCK).stock)

    def places(self) -> set[str]:
        return {"lille"}

    def move(self, _source: StockSource, row: StockRow) -> int:
        path = self.folder / "stock.csv"
        path.write_text(f"place,code,units\n{row.location},{row.item.sku},{row.quantity + 3}\n", encoding="utf-8")
        return row.quantity + 3


class TestInbound(OfFolder, InboundSourceContract):
    @pytest.fixture
    def source(self) -> InboundSource:
        return present(built(self.folder, inbound=INBOUND).inbound)


async def rows(folder: Path, content: bytes, name: str = "stock.csv", **form: Any) -> tuple[list[StockRow], list[str]]:
    (folder / name).write_bytes(content)
    source = present(built(folder, stock={**STOCK, "file": name, **form}).stock)
    batches = await snapshot_of(source)
    return [row for batch in batches for row in batch.rows], [one.reason for batch in batches for one in batch.rejected]


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (b"place,code,units\nlille,A,5\n", {}),
        (b"\xef\xbb\xbfplace,code,units\r\nlille,A,5\r\n", {}),
        (b"place;code;units\nlille;A;5\n", {"delimiter": ";"}),
        (b"place\tcode\tunits\nlille\tA\t5\n", {"delimiter": "\t", "quote": ""}),
        ("place,code,units,note\nlille,A,5,é\n".encode("latin-1"), {"encoding": "latin-1"}),
        (gzip.compress(b"place,code,units\nlille,A,5\n"), {}),
        (b"lille,A,5\n", {"columns": ["place", "code", "units"]}),
        (b'place,code,units\n"lille","A","5"\n\n', {}),
    ],
    ids=["comma", "byte order mark", "semicolon", "tab", "latin-1", "gzip", "no names", "quotes"],
)
async def test_files_of_many_forms_are_read(tmp_path: Path, content: bytes, form: dict[str, Any]) -> None:
    taken, refused = await rows(tmp_path, content, **form)
    assert [(row.location, row.item, row.quantity) for row in taken] == [("lille", Item(sku="A"), 5)]
    assert refused == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            "place,code,units\nlille,A,5\nlille,é,5\n".encode("latin-1"),
            r"stock\.csv, line 3, byte 34 \(0xe9\): is not utf-8; state the file's encoding",
        ),
        ("place,code,units\n".encode("utf-16"), r"stock\.csv is UTF-16; save it as UTF-8"),
        (b"", r"stock\.csv is empty"),
        (b"place;code;units\nlille;A;5\n", r"has a single column 'place;code;units'; state its delimiter"),
        (b"place,code,code\nlille,A,5\n", r"has two columns of the name code"),
        (gzip.compress(b"place,code,units\nlille,A,5\n")[:-6], r"line"),
        (b"place,code,units\nlille,A,5\nlille,B", r"stock\.csv breaks off within its last line, 3"),
    ],
    ids=["encoding", "utf-16", "empty", "delimiter", "columns", "cut off", "broken off"],
)
async def test_a_file_that_cannot_be_read_is_garbage_with_its_place(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(SourceGarbage, match=words):
        await rows(tmp_path, content)


async def test_bad_lines_are_told_with_their_number_and_the_good_ones_are_there(tmp_path: Path) -> None:
    content = b"place,code,units\nlille,A,5\nlille,B\nlille,C,-2\nlille,A,9\nlille,D,1.5\nlille,,1\nlille,E,3\n"
    taken, refused = await rows(tmp_path, content)
    assert [row.item.sku for row in taken] == ["A", "E"]
    assert refused == [
        "line 3: has 2 columns, not 3",
        "line 4: quantity: -2 is negative",
        "line 5: is named twice in one file; the first row was taken",
        "line 6: quantity: '1.5' is no whole number",
        "line 7: sku, gtin or code: is missing",
    ]


async def test_a_file_shorter_than_it_ever_is_counts_as_a_part_of_one(tmp_path: Path) -> None:
    with pytest.raises(SourceGarbage, match=r"stock\.csv has 1 rows; with fewer than 2 \(least_rows\) it is a part of a file"):
        await rows(tmp_path, b"place,code,units\nlille,A,5\n", least_rows=2)


async def test_a_change_of_a_joined_file_is_news(tmp_path: Path) -> None:
    (tmp_path / "products.csv").write_text("code,name,price,weight\nA,Lamp,1,\n", encoding="utf-8")
    (tmp_path / "prices.csv").write_text("key,amount\nA,12.90\n", encoding="utf-8")
    joined = {"prices": {"file": "prices.csv", "column": "key", "on": "code"}}
    source = present(
        built(tmp_path, catalogue={**PRODUCTS, "join": joined, "fields": {**PRODUCTS["fields"], "price": "prices.amount"}}).catalogue
    )
    cursor = (await batches_of(source))[-1].cursor
    (tmp_path / "prices.csv").write_text("key,amount\nA,9.90\n", encoding="utf-8")
    (batch,) = await batches_of(source, cursor)
    assert [row.price and str(row.price.amount) for row in batch.rows] == ["9.90"]


async def test_a_file_that_is_not_there_is_an_outage(tmp_path: Path) -> None:
    source = present(built(tmp_path, stock=STOCK).stock)
    with pytest.raises(SourceUnavailable, match=r"stock\.csv cannot be read: No such file"):
        await snapshot_of(source)


async def test_figures_hold_as_of_when_the_file_was_written(tmp_path: Path) -> None:
    (tmp_path / "stock.csv").write_text("place,code,units\nlille,A,5\n", encoding="utf-8")
    os.utime(tmp_path / "stock.csv", (1795600000, 1795600000))
    source = present(built(tmp_path, stock=STOCK).stock)
    (batch,) = await snapshot_of(source)
    assert batch.asked_at is not None
    assert batch.asked_at.timestamp() == 1795600000


async def test_an_unchanged_file_has_nothing_new(tmp_path: Path) -> None:
    (tmp_path / "products.csv").write_text("code,name,price,weight\nA,Lamp,12.90,\n", encoding="utf-8")
    source = present(built(tmp_path, catalogue=PRODUCTS).catalogue)
    cursor = (await batches_of(source))[-1].cursor
    assert [batch.rows for batch in await batches_of(source, cursor)] == [()]


async def test_a_joined_file_stands_beside_each_row(tmp_path: Path) -> None:
    (tmp_path / "products.csv").write_text("code,name,price,weight\nA,Lamp,1,\nB,Chair,1,\n", encoding="utf-8")
    (tmp_path / "prices.csv").write_text("key;amount\nA;12.90\n", encoding="utf-8")
    joined = {"prices": {"file": "prices.csv", "delimiter": ";", "column": "key", "on": "code"}}
    source = present(
        built(tmp_path, catalogue={**PRODUCTS, "join": joined, "fields": {**PRODUCTS["fields"], "price": "prices.amount"}}).catalogue
    )
    (batch,) = await batches_of(source)
    assert [row.price and str(row.price.amount) for row in batch.rows] == ["12.90", None]


async def test_rows_that_do_not_count_are_passed_over(tmp_path: Path) -> None:
    taken, refused = await rows(tmp_path, b"place,code,units\nlille,A,5\nlyon,B,5\n", when="place == 'lille'")
    assert ([row.item.sku for row in taken], refused) == (["A"], [])


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"stock": {**STOCK, "delimitr": ";"}}, "sources.files.options.stock.delimitr: unknown key; did you mean 'delimiter'?"),
        (
            {"stock": {**STOCK, "encoding": "latin-99"}},
            "sources.files.options.stock.encoding: 'latin-99' is no encoding; use utf-8, latin-1 or cp1252",
        ),
        ({"stock": {**STOCK, "encoding": "utf-16"}}, "sources.files.options.stock.encoding: 'utf-16' is not read; save the file as UTF-8"),
        (
            {"stock": {**STOCK, "fields": {"sku": "code", "quantity": "u"}}},
            "sources.files.options.stock: fields: location: is missing; add it",
        ),
    ],
)
def test_options_that_cannot_be_used_are_told_by_their_key(tmp_path: Path, options: dict[str, Any], line: str) -> None:
    with pytest.raises(ConfigurationInvalid) as refused:
        built(tmp_path, **options)
    assert refused.value.problems == (line,)


async def test_a_file_that_is_lost_beside_others_is_told_once_and_once_when_it_is_back(tmp_path: Path) -> None:
    source = built(tmp_path, stock=STOCK, catalogue=PRODUCTS)
    stock, catalogue = present(source.stock), present(source.catalogue)
    (tmp_path / "products.csv").write_text("code,name,price,weight\nA,Lamp,12.90,186 g\n", encoding="utf-8")
    with capture_logs() as lines:
        for _ in range(3):
            with pytest.raises(SourceUnavailable):
                await snapshot_of(stock)
            await batches_of(catalogue)
        (tmp_path / "stock.csv").write_text("place,code,units\nlille,A,5\n", encoding="utf-8")
        await snapshot_of(stock)
        await batches_of(catalogue)
    assert [(line["event"], line["source"], line.get("operation")) for line in lines] == [
        ("source_lost", "files", "stock"),
        ("source_recovered", "files", None),
    ]
