"""A real Vendure in a process of its own: installed by npm into the user's cache, started on an empty database, seeded over its API.

Vendure is GPL: it is reached over HTTP alone, and nothing of it is imported or shipped.
"""

import contextlib
import hashlib
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

SERVER = Path(__file__).parent / "vendure_server"
NETWORK_FILE = Path(__file__).resolve().parents[2] / "docs" / "networks" / "vendure.toml"
OLDEST_NODE = 20
INSTALL_S, START_S = 1_200, 300
ARTICLES = 12
UNITS = 50
"""Of the first article at the first place; each further one has one more."""
DEFAULT_PLACE, CORNER = "default-stock-location", "corner"
CALLERS = ("STOREFRONT", "OPERATOR")


class NotHere(Exception):
    """Vendure cannot be had on this machine; the message says why."""


@dataclass
class Vendure:
    """A running server, and how it is reached."""

    url: str
    token: str
    shipping_method: str
    process: subprocess.Popen[bytes]

    def environment(self, url: str | None = None) -> dict[str, str]:
        """Return what fills the placeholders and secrets of the network file; `url`: of a wire to the server."""
        own = {"VENDURE_URL": url or self.url, "VENDURE_TOKEN": self.token, "VENDURE_SHIPPING_METHOD": self.shipping_method}
        return own | {f"{caller}_KEY_SHA256": "0" * 64 for caller in CALLERS}

    def ask(self, document: str, **variables: Any) -> Any:
        return asked(self.url, self.token, document, **variables)

    def orders(self, reference: str) -> list[dict[str, Any]]:
        """Return all that it has under a reference of ours, drafts too."""
        shown = "items { id code state active totalQuantity lines { id quantity } customer { emailAddress } }"
        document = f"query ($r: String!) {{ orders(options: {{ filter: {{ gatewayReference: {{ eq: $r }} }} }}) {{ {shown} }} }}"
        found: list[dict[str, Any]] = self.ask(document, r=reference)["orders"]["items"]
        return found

    def figures(self, sku: str) -> dict[str, tuple[int, int]]:
        """Return what lies at each place, and what of it is allocated, as its own screen tells."""
        document = "query ($s: String!) { productVariants(options: { filter: { sku: { eq: $s } } }) { items { stockLevels { %s } } } }"
        shown = "stockOnHand stockAllocated stockLocation { name }"
        (variant,) = self.ask(document % shown, s=sku)["productVariants"]["items"]
        return {row["stockLocation"]["name"]: (row["stockOnHand"], row["stockAllocated"]) for row in variant["stockLevels"]}

    def ship(self, reference: str, tracking: str) -> None:
        """Send what was ordered, as its people do."""
        (order,) = self.orders(reference)
        terms = [{"name": "method", "value": "Colis"}, {"name": "trackingCode", "value": tracking}]
        lines = [{"orderLineId": line["id"], "quantity": line["quantity"]} for line in order["lines"]]
        document = "mutation ($i: FulfillOrderInput!) { addFulfillmentToOrder(input: $i) { ... on Fulfillment { id } } }"
        given = {"lines": lines, "handler": {"code": "manual-fulfillment", "arguments": terms}}
        made = self.ask(document, i=given)["addFulfillmentToOrder"]["id"]
        document = 'mutation ($f: ID!) { transitionFulfillmentToState(id: $f, state: "Shipped") { ... on Fulfillment { state } } }'
        assert self.ask(document, f=made)["transitionFulfillmentToState"] == {"state": "Shipped"}

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(20)


def installed() -> Path:
    """Return the folder of an installed Vendure; raise NotHere where Node is too old, or npm cannot reach its registry."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise NotHere("Node and npm are not installed")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603 - ours
    if int(version.removeprefix("v").partition(".")[0]) < OLDEST_NODE:
        raise NotHere(f"Node {version} is older than {OLDEST_NODE}")
    package = (SERVER / "package.json").read_bytes()
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "commerce-gateway"
    folder = cache / f"vendure-{hashlib.sha256(package + version.encode()).hexdigest()[:12]}"
    if not folder.is_dir():
        _install(npm, package, folder)
    return folder


def _install(npm: str, package: bytes, folder: Path) -> None:
    half = folder.with_name(f"{folder.name}.{os.getpid()}")
    half.mkdir(parents=True)
    (half / "package.json").write_bytes(package)
    try:
        subprocess.run(  # noqa: S603 - ours
            [npm, "install", "--no-audit", "--no-fund", "--loglevel=error"], cwd=half, capture_output=True, check=True, timeout=INSTALL_S
        )
        half.rename(folder)
    except (subprocess.SubprocessError, OSError) as error:
        shutil.rmtree(half, ignore_errors=True)
        if not folder.is_dir():
            raise NotHere(f"npm could not install it: {type(error).__name__}") from error


@contextlib.contextmanager
def running(data: Path) -> Iterator[Vendure]:
    """Start a server on a new database in `data`, and seed it; raise NotHere where it cannot be had."""
    folder = installed()
    password, port = secrets.token_urlsafe(12), _free_port()
    environment = {
        **os.environ,
        "NODE_PATH": str(folder / "node_modules"),
        "VENDURE_PORT": str(port),
        "VENDURE_PASSWORD": password,
        "VENDURE_DATABASE": str(data / "vendure.sqlite"),
    }
    with (data / "vendure.log").open("wb") as log:
        process = subprocess.Popen(["node", str(SERVER / "server.cjs")], env=environment, cwd=data, stdout=log, stderr=log)  # noqa: S603, S607 - ours
        server = Vendure(f"http://127.0.0.1:{port}", "", "", process)
        try:
            _await(server, data / "vendure.log")
            server.token = _login(server.url, password)
            server.shipping_method = seed(server)
            yield server
        finally:
            server.stop()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _await(server: Vendure, log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            break
        with contextlib.suppress(httpx2.HTTPError):
            if httpx2.post(f"{server.url}/admin-api", json={"query": "{ __typename }"}, timeout=5).is_success:
                return
        time.sleep(0.5)
    raise AssertionError(f"Vendure did not start: {log.read_text(encoding='utf-8')[-2_000:]}")


def _login(url: str, password: str) -> str:
    document = 'mutation ($p: String!) { login(username: "superadmin", password: $p) { __typename } }'
    answer = httpx2.post(f"{url}/admin-api", json={"query": document, "variables": {"p": password}}, timeout=60)
    return answer.headers["vendure-auth-token"]


def asked(url: str, token: str, document: str, **variables: Any) -> Any:
    answer = httpx2.post(
        f"{url}/admin-api", json={"query": document, "variables": variables}, headers={"authorization": f"Bearer {token}"}, timeout=60
    )
    content = answer.json()
    assert "errors" not in content, content["errors"]
    return content["data"]


def named(name: str) -> list[dict[str, str]]:
    return [{"languageCode": "en", "name": name, "description": ""}]


def seed(server: Vendure) -> str:
    """Make a country with its tax, a way to ship and one to pay, a second place and some articles; return the id of the way to ship."""
    country = server.ask(
        'mutation { createCountry(input: { code: "FR", enabled: true, translations: [{ languageCode: en, name: "France" }] }) { id } }'
    )
    members = [country["createCountry"]["id"]]
    zone = server.ask('mutation ($m: [ID!]) { createZone(input: { name: "France", memberIds: $m }) { id } }', m=members)["createZone"]["id"]
    category = server.ask('mutation { createTaxCategory(input: { name: "Standard", isDefault: true }) { id } }')["createTaxCategory"]["id"]
    tax = {"name": "VAT", "enabled": True, "value": 20, "categoryId": category, "zoneId": zone}
    server.ask("mutation ($i: CreateTaxRateInput!) { createTaxRate(input: $i) { id } }", i=tax)
    channel = {"id": "1", "defaultTaxZoneId": zone, "defaultShippingZoneId": zone, "pricesIncludeTax": True, "defaultCurrencyCode": "EUR"}
    channel["availableCurrencyCodes"] = ["EUR"]
    server.ask("mutation ($i: UpdateChannelInput!) { updateChannel(input: $i) { __typename } }", i=channel)
    server.ask("mutation ($i: CreatePaymentMethodInput!) { createPaymentMethod(input: $i) { id } }", i=_payment())
    place = server.ask('mutation { createStockLocation(input: { name: "Corner" }) { id } }')["createStockLocation"]["id"]
    for number in range(ARTICLES):
        _article(server, number, place)
    method = server.ask("mutation ($i: CreateShippingMethodInput!) { createShippingMethod(input: $i) { id } }", i=_shipping())
    shipping: str = method["createShippingMethod"]["id"]
    return shipping


def _payment() -> dict[str, Any]:
    handler = {"code": "dummy-payment-handler", "arguments": [{"name": "automaticSettle", "value": "true"}]}
    return {"code": "gateway", "enabled": True, "handler": handler, "translations": named("Gateway")}


def _shipping() -> dict[str, Any]:
    terms = {"rate": "490", "includesTax": "include", "taxRate": "20"}
    return {
        "code": "standard",
        "fulfillmentHandler": "manual-fulfillment",
        "checker": {"code": "default-shipping-eligibility-checker", "arguments": [{"name": "orderMinimum", "value": "0"}]},
        "calculator": {
            "code": "default-shipping-calculator",
            "arguments": [{"name": name, "value": value} for name, value in terms.items()],
        },
        "translations": named("Standard"),
    }


def _article(server: Vendure, number: int, corner: str) -> None:
    product = {"enabled": True, "translations": [{**named(f"Lamp {number}")[0], "slug": f"lamp-{number}"}]}
    made = server.ask("mutation ($i: CreateProductInput!) { createProduct(input: $i) { id } }", i=product)["createProduct"]["id"]
    variant = {
        "productId": made,
        "sku": f"V-{number:02}",
        "price": 1990 + number * 100,
        "translations": [{"languageCode": "en", "name": f"Lamp {number}"}],
        "trackInventory": "TRUE",
        "stockLevels": [
            {"stockLocationId": "1", "stockOnHand": UNITS + number},
            {"stockLocationId": corner, "stockOnHand": number},
        ],
    }
    server.ask("mutation ($i: [CreateProductVariantInput!]!) { createProductVariants(input: $i) { id } }", i=[variant])
