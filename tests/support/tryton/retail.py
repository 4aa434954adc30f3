"""The ports of docs/networks/tryton.toml on a running Tryton, and what a person does there."""

import datetime as dt
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from adapters.built import BuiltPorts
from adapters.transport.calls import Limits
from adapters.tryton.source import build
from gateway.demo.tryton.rpc import PASSWORD, Rpc
from gateway.demo.tryton.seed import REST_KEY
from gateway.demo.tryton.server import Tryton
from gateway.domain.network import Network, Source
from gateway.network.file import load
from tests.support.sandbox_sources import WallClock

NETWORK_FILE = Path(__file__).resolve().parents[3] / "docs" / "networks" / "tryton.toml"
CALLERS = ("STOREFRONT", "CLIENTELING", "OPERATOR")
PATIENT = {"read_timeout_s": 60, "feed_timeout_s": 120, "mutation_timeout_s": 90}
QUIET_PERIOD = dt.timedelta(seconds=120)
"""A machine under load answers late, and a test that is not about that waits for it."""
STEPS = ("assign_try", "pick", "pack", "ship", "do")


def environment(url: str) -> dict[str, str]:
    """Return what fills the placeholders and secrets of the network file."""
    own = {"TRYTON_URL": url, "TRYTON_KEY": REST_KEY, "TRYTON_PASSWORD": PASSWORD}
    return own | {f"{caller}_KEY_SHA256": "0" * 64 for caller in CALLERS}


@dataclass
class Retail:
    """A running Tryton, the sources made of it, and people at work in each of its databases."""

    server: Tryton
    people: dict[str, Rpc] = field(default_factory=dict)
    built: list[BuiltPorts] = field(default_factory=list)

    def network(self, url: str | None = None) -> Network:
        return load(NETWORK_FILE, environment(url or self.server.url))

    def source(self, code: str, url: str | None = None, **options: Any) -> Source:
        source = next(one for one in self.network(url).sources if one.code == code)
        source.options.update({"limits": PATIENT, **options})
        return replace(source, quiet_period=QUIET_PERIOD)

    def ports(self, code: str, *, url: str | None = None, **options: Any) -> BuiltPorts:
        source = self.source(code, url, **options)
        ports = build(source, self.network(url), WallClock(), environment=environment(url or self.server.url), limits=Limits())
        self.built.append(ports)
        return ports

    def person(self, role: str) -> Rpc:
        if role not in self.people:
            self.people[role] = Rpc(self.server.url, role)
        return self.people[role]

    def product(self, role: str, gtin: str) -> int:
        return self.person(role).ids("product.product", ["identifiers.code", "=", gtin])[0]

    def warehouse(self, role: str, code: str) -> dict[str, Any]:
        fields = ("code", "input_location", "output_location", "storage_location")
        found: dict[str, Any] = self.person(role).rows("stock.location", [["code", "=", code], ["type", "=", "warehouse"]], *fields)[0]
        return found

    def on_hand(self, role: str, code: str, gtin: str, **context: Any) -> int:
        """Return what Tryton's own screen says lies in a warehouse."""
        warehouse, product = self.warehouse(role, code)["id"], self.product(role, gtin)
        told = self.person(role).model(
            "product.product", "read", [product], ["quantity"], locations=[warehouse], with_childs=True, **context
        )
        return int(told[0]["quantity"])

    def count(self, role: str, code: str, gtin: str, quantity: int) -> None:
        """Count a product in a warehouse: it then lies there."""
        person, storage = self.person(role), self.warehouse(role, code)["storage_location"]
        line = {"product": self.product(role, gtin), "quantity": float(quantity)}
        today = dt.datetime.now(dt.UTC).date()
        company = person.ids("company.company")[0]
        values = {"location": storage, "date": today, "company": company, "empty_quantity": "keep", "lines": [["create", [line]]]}
        person.press("stock.inventory", "confirm", person.one("stock.inventory", values))

    def sales(self, role: str, reference: str) -> list[dict[str, Any]]:
        fields = ("number", "state", "shipments", "shipment_state", "untaxed_amount", "total_amount")
        return self.person(role).rows("sale.sale", [["reference", "=", reference]], *fields)

    def shipments(self, role: str, reference: str) -> list[int]:
        return [number for sale in self.sales(role, reference) for number in sale["shipments"]]

    def states(self, role: str, reference: str) -> list[str]:
        told = self.person(role).model("stock.shipment.out", "read", self.shipments(role, reference), ["state"])
        return [row["state"] for row in told]

    def ship(self, role: str, reference: str, *buttons: str) -> None:
        """Let the warehouse's people do their work, as far as these buttons."""
        for button in buttons or STEPS:
            self.person(role).press("stock.shipment.out", button, *self.shipments(role, reference))

    def pick_short(self, role: str, reference: str, gtin: str, units: int) -> None:
        """Let the warehouse's people find fewer units of an article than a waiting shipment asks for, and pick those."""
        person, product = self.person(role), self.product(role, gtin)
        (shipment,) = self.shipments(role, reference)
        moves = person.model("stock.shipment.out", "read", [shipment], ["inventory_moves"])[0]["inventory_moves"]
        of_article = person.ids("stock.move", ["id", "in", moves], ["product", "=", product])
        person.model("stock.move", "write", of_article, {"quantity": float(units)})
        self.ship(role, reference, "assign_try", "pick")

    def drop_shipper(self, code: str, *gtins: str) -> None:
        """Let a supplier of the ERP send these articles by itself, from now on."""
        person, company = self.person("erp"), self.person("erp").rows("company.company", [], "currency")[0]
        party = person.one("party.party", {"name": code, "code": code, "addresses": [["create", [{"city": "Nantes"}]]]})
        terms = {"party": party, "company": company["id"], "currency": company["currency"], "drop_shipment": True}
        terms |= {"prices": [["create", [{"quantity": 0.0, "unit_price": Decimal(5)}]]]}
        for gtin in gtins:
            product = self.product("erp", gtin)
            template = person.model("product.product", "read", [product], ["template"])[0]["template"]
            person.model("product.template", "write", [template], {"supply_on_sale": "always"})
            person.create("purchase.product_supplier", {**terms, "template": template, "product": product})

    def dropped(self, reference: str) -> list[int]:
        """Return the drop shipments of a sale of the ERP."""
        return [
            one
            for sale in self.person("erp").rows("sale.sale", [["reference", "=", reference]], "drop_shipments")
            for one in sale["drop_shipments"]
        ]

    def bought(self, reference: str) -> list[str]:
        """Return the states of the purchases that a sale of the ERP led to."""
        person = self.person("erp")
        sales = [f"sale.sale,{number}" for number in person.ids("sale.sale", ["reference", "=", reference])]
        told = person.rows("purchase.request", [["origin", "in", sales]], "purchase.state")
        return [(row["purchase."] or {}).get("state", "") for row in told]

    def taken_back(self, role: str, reference: str) -> list[tuple[str, Decimal]]:
        """Return state and total of the returns of a sale."""
        person = self.person(role)
        sales = [f"sale.sale,{number}" for number in person.ids("sale.sale", ["reference", "=", reference])]
        told = person.rows("sale.sale", [["origin", "in", sales]], "state", "total_amount")
        return [(row["state"], row["total_amount"]) for row in told]

    def purchase(self, role: str, code: str, units_by_gtin: dict[str, int], on: dt.date) -> str:
        """Buy for a warehouse; return the purchase's number."""
        person = self.person(role)
        party = person.one("party.party", {"name": "A supplier", "addresses": [["create", [{"city": "Nantes"}]]]})
        address = person.model("party.party", "read", [party], ["addresses"])[0]["addresses"][0]
        company = person.rows("company.company", [], "currency")[0]
        unit = person.ids("product.uom", ["name", "=", "Unit"])[0]
        lines = [
            {
                "type": "line",
                "product": self.product(role, gtin),
                "unit": unit,
                "quantity": float(units),
                "unit_price": Decimal(5),
                "delivery_date_edit": True,
                "delivery_date_store": on,
            }
            for gtin, units in units_by_gtin.items()
        ]
        values = {
            "party": party,
            "invoice_address": address,
            "company": company["id"],
            "currency": company["currency"],
            "warehouse": self.warehouse(role, code)["id"],
            "payment_term": None,
            "invoice_method": "manual",
            "lines": [["create", lines]],
        }
        made = person.one("purchase.purchase", values)
        person.press("purchase.purchase", "quote", made)
        person.press("purchase.purchase", "confirm", made)
        number: str = person.model("purchase.purchase", "read", [made], ["number"])[0]["number"]
        return number

    def sell(self, shop: str, gtin: str, units: int, *, posted: bool) -> int:
        """Sell at a shop's till and take the money; stock moves when it is posted."""
        person = self.person("pos")
        point = person.rows("sale.point", [["name", "=", shop]], "company")[0]
        today = dt.datetime.now(dt.UTC).date()
        line = {
            "product": self.product("pos", gtin),
            "quantity": float(units),
            "unit_list_price": Decimal(12),
            "unit_gross_price": Decimal(12),
        }
        sale = person.one(
            "sale.point.sale", {"point": point["id"], "company": point["company"], "date": today, "lines": [["create", [line]]]}
        )
        total = person.model("sale.point.sale", "read", [sale], ["total"])[0]["total"]
        method = person.ids("sale.point.payment.method")[0]
        person.create("sale.point.payment", {"sale": sale, "method": method, "amount": total})
        person.press("sale.point.sale", "process", sale)
        if posted:
            self.post(sale)
        return sale

    def post(self, sale: int) -> None:
        self.person("pos").press("sale.point.sale", "post", sale)

    async def close(self) -> None:
        for ports in self.built:
            await ports.close()
        self.built.clear()
