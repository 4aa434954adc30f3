"""A shop of one depot and one article, its stock from a file: a gateway of its own process over the embedded database."""

import contextlib
import hashlib
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient

from adapters.mongo.embedded import EmbeddedDatabase
from adapters.mongo.order_documents import order_of
from adapters.mongo.stock_documents import stock_of
from gateway.domain.claims.documents import OrderDoc, StockDoc
from tests.support.demo import START_S
from tests.support.real_retailer import ANSWERS, told_line

SKU, PLACE = "CONSOLE-1", "depot"
DATABASE = "flash_sale"
NETWORK = """
[network]
name = "Flash"
currency = "EUR"
country = "FR"
time_zone = "Europe/Paris"
minting_source = "files"

[[sources]]
code = "files"
kind = "FILES"
adapter = "files"
fresh_for = "P1D"
stop_selling_when_older_than = "P2D"

[sources.options]
stock = { file = "stock.csv", fields = { location = "place", sku = "sku", quantity = "units" } }

[sources.options.catalogue]
file = "products.csv"
fields = { sku = "sku", name = "name", price = "price", weight_g = "to_grams(weight)" }

[[locations]]
code = "depot"
kind = "WAREHOUSE"
source = "files"
name = "Depot"
services = ["SHIP"]
working = [{ periods = ["24/7"] }]
pickups = [{ hour = "18:00", cutoff = "12:00", weekdays = [1, 2, 3, 4, 5, 6, 7] }]
address = { country_code = "FR", postal_code = "45000", city = "Orleans" }
position = { latitude = 47.88, longitude = 1.92 }

[[channels]]
code = "web"
name = "flash.example"
currency = "EUR"
time_zone = "Europe/Paris"

[[channels.services]]
code = "standard"
name = "Standard"
method = "SHIP"
carrier_services = ["parcel/home"]
fees = [{ amount = 0 }]

[[carriers]]
code = "parcel"
name = "Parcel"

[[carriers.services]]
code = "home"
name = "Home"
max_weight_g = 30000

[[carriers.services.zones]]
country = "FR"
transit_days = [2, 3]
bands = [{ up_to_g = 30000, price = 4.95 }]

[[callers]]
id = "storefront"
kind = "STOREFRONT"
channel = "web"
key_sha256 = "${STOREFRONT_KEY_SHA256}"
"""


@dataclass(frozen=True)
class Shop:
    """`url` and `key`: what a buyer needs."""

    url: str
    key: str
    uri: str

    async def ledger(self) -> tuple[StockDoc, list[OrderDoc]]:
        """Return what the database holds: the article's position, and every order."""
        client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(self.uri, tz_aware=True)
        try:
            stock = await client[DATABASE]["stock"].find_one({"_id": f"{SKU}|{PLACE}"})
            assert stock is not None
            return stock_of(stock), [order_of(document) async for document in client[DATABASE]["orders"].find()]
        finally:
            client.close()


@contextlib.contextmanager
def open_shop(folder: Path, units: int) -> Iterator[Shop]:
    """Fill the shop with so many units, and serve it until the block ends."""
    (folder / "products.csv").write_text(f"sku,name,price,weight\n{SKU},Console,499.00,3 kg\n", encoding="utf-8")
    (folder / "stock.csv").write_text(f"place,sku,units\n{PLACE},{SKU},{units}\n", encoding="utf-8")
    network, secret, log = folder / "network.toml", secrets.token_urlsafe(24), folder / "serve.log"
    network.write_text(NETWORK, encoding="utf-8")
    with EmbeddedDatabase(folder / "database") as database:
        environment = {
            **os.environ,
            "MONGODB_URI": database.uri,
            "GATEWAY_DATABASE": DATABASE,
            "GATEWAY_TOKEN_KEYS": secrets.token_urlsafe(32),
            "GATEWAY_ORDER_KEY": secrets.token_urlsafe(32),
            "STOREFRONT_KEY_SHA256": hashlib.sha256(secret.encode()).hexdigest(),
            "COLUMNS": "200",
        }
        command = [sys.executable, "-m", "gateway"]
        subprocess.run([*command, "sync", "all", "--network", str(network)], env=environment, check=True, capture_output=True)  # noqa: S603 - ours
        with log.open("ab") as out:
            serve = [*command, "serve", "--network", str(network), "--port", "0", "--with-worker"]
            process = subprocess.Popen(serve, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=environment)  # noqa: S603 - ours
        try:
            yield Shop(told_line(process, log, ANSWERS).partition(ANSWERS)[2].strip(), f"storefront.{secret}", database.uri)
        finally:
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(START_S)
            process.kill()
