"""Real files through the file adapter by docs/networks/real.toml: shops, products, postcodes, and what the command fills in."""

from pathlib import Path

import pytest

from adapters.files.fill import main
from adapters.files.source import build
from gateway.domain.catalogue import Product
from gateway.domain.quantities import GeoPosition, distance_m
from gateway.network.file import load
from gateway.network.locations import NetworkLocations
from gateway.network.postcodes import load_postcodes
from tests.contracts.catalogue_source import batches_of
from tests.contracts.inbound_source import inbound_of
from tests.contracts.stock_source import snapshot_of
from tests.support.real_retailer import DATA
from tests.support.sandbox_sources import WallClock, environment

ROOT = Path(__file__).resolve().parents[3]
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(
        not (DATA / "products" / "openfoodfacts_sample.csv").is_file(), reason="the real files do not lie beside the project"
    ),
]


def fill(out: Path, seed: int = 1) -> int:
    stores = ["--stores", str(DATA / "stores" / "ikea_stores.csv"), "--store-key", "slug(name)", "--store-when", "country == 'France'"]
    products = [
        "--products",
        str(DATA / "products" / "openfoodfacts_sample.csv"),
        "--product-key",
        "gtin(code)",
        "--product-when",
        "product_name",
    ]
    return main([*products, *stores, "--depot", "orleans", "--seed", str(seed), "--out", str(out), "--today", "2026-11-24"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("fill")
    assert fill(made) == 0
    return made


async def test_the_real_files_are_taken_with_what_the_seed_fills_in(folder: Path) -> None:
    filled = environment() | {"DATA_FOLDER": str(DATA), "FILL_FOLDER": str(folder)}
    network = load(ROOT / "docs" / "networks" / "real.toml", filled)
    ports = build(network.sources[0], network, WallClock())
    assert ports.catalogue
    assert ports.stock
    assert ports.inbound
    batches = await batches_of(ports.catalogue)
    products: dict[str, Product] = {row.sku: row for batch in batches for row in batch.rows}
    refused = [one.reason for batch in batches for one in batch.rejected]
    assert (len(products), len(refused)) == (1213, 32)
    assert "is no GTIN" in refused[0]
    assert products["8076809570787"].weight_g == 186
    assert all(product.price for product in products.values())
    places = {
        place.code: place
        for place in (await NetworkLocations(network, network.sources[0].code, ports.locations, WallClock()).locations()).rows
    }
    assert len(places) == 35
    assert places["lille"].taker == "files"
    assert places["lille"].opening.weekly
    assert places["lille"].address
    assert places["lille"].address.postal_code == "59160"
    stock = [row for batch in await snapshot_of(ports.stock) for row in batch.rows]
    assert len(stock) == 1213 * 35
    assert {row.location for row in stock} == set(places)
    assert [row for batch in await inbound_of(ports.inbound) for row in batch.rows]


async def test_a_gtin_that_is_named_twice_is_refused_and_the_first_row_stands(folder: Path, tmp_path: Path) -> None:
    names, *lines = (DATA / "products" / "openfoodfacts_sample.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "products").mkdir()
    twice = next(line for line in lines if line.startswith("8076809570787\t"))
    told = [names, *lines, twice.replace("\t", "\tagain ", 1)]
    (tmp_path / "products" / "openfoodfacts_sample.csv").write_text("".join(told), encoding="utf-8")
    (tmp_path / "geo").mkdir()
    (tmp_path / "geo" / "laposte_hexasmal.csv").touch()
    network = load(ROOT / "docs" / "networks" / "real.toml", environment() | {"DATA_FOLDER": str(tmp_path), "FILL_FOLDER": str(folder)})
    ports = build(network.sources[0], network, WallClock())
    assert ports.catalogue
    batches = await batches_of(ports.catalogue)
    refused = [one.reason for batch in batches for one in batch.rejected]
    assert [reason.partition(": ")[2] for reason in refused[32:]] == ["is named twice in one file; the first row was taken"]
    assert sum(row.gtin == "8076809570787" for batch in batches for row in batch.rows) == 1


def test_the_same_seed_makes_the_same_files(folder: Path, tmp_path: Path) -> None:
    fill(tmp_path)
    for name in ("stock.csv", "prices.csv", "hours.csv", "inbound.csv"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()
    fill(tmp_path, seed=2)
    assert (tmp_path / "stock.csv").read_bytes() != (folder / "stock.csv").read_bytes()


def test_a_postcode_lies_where_its_town_lies() -> None:
    positions = load_postcodes(DATA / "geo" / "laposte_hexasmal.csv")
    lyon = positions("FR", "69002")
    assert len(positions) > 6_000
    assert lyon is not None
    assert distance_m(lyon, GeoPosition(45.7578, 4.8320)) < 5_000
