"""The retail company that Tryton plays, made through its own screens' calls: company, accounts, places, articles, stock."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gateway.demo.tryton.rpc import Rpc

ARTICLES = 40
REST_KEY = "key-of-demos-of-the-commerce-gateway"
STOCKED = 24
"""Articles with this number and above have no stock anywhere."""


@dataclass(frozen=True)
class Place:
    """A warehouse as Tryton means it: input, storage and output; `each` units of every article that is stocked."""

    code: str
    name: str
    postal_code: str
    city: str
    each: int


@dataclass(frozen=True)
class Role:
    """What one database plays. `code_of` and `shift`: articles have other codes, and other ids, in each."""

    name: str
    code_of: Callable[[int], str]
    shift: int
    places: tuple[Place, ...]
    till: bool = False


ROLES: dict[str, Role] = {
    role.name: role
    for role in (
        Role("erp", lambda n: f"A{n:03}", 0, (Place("HQ", "Head office", "75001", "Paris", 500),)),
        Role(
            "wms",
            lambda n: f"W-{n:05}",
            7,
            (Place("DC-NORTH", "Entrepot Nord", "59000", "Lille", 60), Place("DC-SOUTH", "Entrepot Sud", "69007", "Lyon", 25)),
        ),
        Role(
            "pos",
            lambda n: f"P{n}",
            13,
            (
                Place("S01", "Boutique Rivoli", "75004", "Paris", 6),
                Place("S02", "Boutique Bellecour", "69002", "Lyon", 4),
                Place("S03", "Boutique Vieux Port", "13001", "Marseille", 3),
            ),
            till=True,
        ),
        Role("sup", lambda n: f"SUP/{n}", 21, (Place("SUP", "Fabrique de l'Ouest", "44000", "Nantes", 100),)),
    )
}


def gtin(number: int) -> str:
    body = f"376{number:09}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return body + str(-total % 10)


def price(number: int) -> Decimal:
    """Return an article's price before tax; with 20 % tax it has two digits too."""
    return Decimal(10 + number) + Decimal("0.50")


def seed(rpc: Rpc, role: Role) -> None:
    """Fill an empty database. What depends on today (supply to come) is made later."""
    Seeding(rpc, role).run()


class Seeding:
    """The steps, in the order in which one needs the other."""

    def __init__(self, rpc: Rpc, role: Role) -> None:
        self.rpc, self.role = rpc, role

    def run(self) -> None:
        self.rpc.model("res.user", "write", [self.rpc.uid], {"groups": [["add", self.rpc.ids("res.group")]]})
        self.company()
        self.accounts()
        self.units()
        self.rpc.model("stock.location", "write", self.rpc.ids("stock.location", ["type", "=", "warehouse"]), {"active": False})
        warehouses = [self.warehouse(place) for place in self.role.places]
        products = self.articles()
        for place, warehouse in zip(self.role.places, warehouses, strict=True):
            if place.each:
                self.count(warehouse, {product: place.each for number, product in products.items() if number < STOCKED})
            if self.role.till:
                self.till(place, warehouse)
        self.rpc.one("res.user.application", {"application": "rest", "key": REST_KEY, "user": self.rpc.uid})

    def company(self) -> None:
        rpc = self.rpc
        self.currency = rpc.one(
            "currency.currency", {"name": "Euro", "code": "EUR", "symbol": "EUR", "rounding": Decimal("0.01"), "digits": 2}
        )
        rpc.create("currency.currency.rate", {"currency": self.currency, "rate": Decimal(1), "date": dt.date(2020, 1, 1)})
        self.country = rpc.one("country.country", {"name": "France", "code": "FR", "code3": "FRA"})
        party = rpc.one("party.party", {"name": f"Retailer ({self.role.name})"})
        self.company_id = rpc.one("company.company", {"party": party, "currency": self.currency})
        rpc.model("res.user", "write", [rpc.uid], {"companies": [["add", [self.company_id]]], "company": self.company_id})
        rpc.renew()

    def accounts(self) -> None:
        rpc = self.rpc
        template = rpc.ids("account.account.template", ["parent", "=", None])[0]
        forms = {"account": {"company": self.company_id, "account_template": template}}
        rpc.wizard("account.create_chart", (forms, "create_account"))
        defaults = {f"default_account_{kind}": self.account(kind) for kind in ("receivable", "payable")}
        rpc.model("account.configuration", "write", [1], defaults)
        self.fiscal_year()
        revenue, expense = (self.account(kind) for kind in ("revenue", "expense"))
        self.revenue = revenue
        tax = {"name": "TVA 20 %", "description": "TVA 20 %", "type": "percentage", "rate": Decimal("0.2"), "company": self.company_id}
        owed = self.account("payable")
        self.tax = rpc.one("account.tax", {**tax, "invoice_account": owed, "credit_note_account": owed})
        self.category = rpc.one(
            "product.category",
            {
                "name": "Goods",
                "accounting": True,
                "account_revenue": revenue,
                "account_expense": expense,
                "customer_taxes": [["add", [self.tax]]],
            },
        )

    def account(self, kind: str) -> int:
        statement = "income" if kind in {"revenue", "expense"} else "balance"
        wanted = [[f"type.{kind}", "=", True], ["type.statement", "=", statement], ["closed", "!=", True]]
        return self.rpc.ids("account.account", *wanted)[0]

    def fiscal_year(self) -> None:
        """Open this year and the next, so that what was seeded once is good for long."""
        rpc, this_year = self.rpc, dt.datetime.now(dt.UTC).year
        kind = rpc.ids("ir.sequence.type", ["name", "=", "Account Move"])[0]
        for year in (this_year, this_year + 1):
            sequence = rpc.one("ir.sequence.strict", {"name": f"Moves {year}", "sequence_type": kind, "company": self.company_id})
            days = {"start_date": dt.date(year, 1, 1), "end_date": dt.date(year, 12, 31)}
            made = rpc.one("account.fiscalyear", {"name": str(year), **days, "company": self.company_id, "move_sequence": sequence})
            rpc.create("account.period", {"name": str(year), "fiscalyear": made, **days, "type": "standard"})

    def units(self) -> None:
        self.unit = self.rpc.ids("product.uom", ["name", "=", "Unit"])[0]

    def warehouse(self, place: Place) -> int:
        rpc = self.rpc
        party = rpc.one("party.party", {"name": place.name})
        where = {"party": party, "street": f"1 quai {place.name}", "postal_code": place.postal_code, "city": place.city}
        address = rpc.one("party.address", {**where, "country": self.country})
        storages = [{"name": f"{place.code} {part}", "code": f"{place.code}-{part}", "type": "storage"} for part in ("IN", "OUT", "STO")]
        into, out, storage = rpc.create("stock.location", *storages)
        lost = rpc.ids("stock.location", ["type", "=", "lost_found"])[0]
        values = {"name": place.name, "code": place.code, "type": "warehouse", "address": address, "lost_found_location": lost}
        parts = {"input_location": into, "output_location": out, "storage_location": storage}
        made = rpc.one("stock.location", {**values, **parts})
        rpc.model("stock.location", "write", [into, out, storage], {"parent": made})
        return made

    def articles(self) -> dict[int, int]:
        """Make the articles, in an order of this role's own; return their ids by number."""
        order = [(step + self.role.shift) % ARTICLES for step in range(ARTICLES)]
        templates = [self.article(number) for number in order]
        made = self.rpc.create("product.template", *templates)
        told = self.rpc.model("product.template", "read", made, ["products"])
        product_of = {one["id"]: one["products"][0] for one in told}
        return {number: product_of[template] for number, template in zip(order, made, strict=True)}

    def article(self, number: int) -> dict[str, Any]:
        return {
            "name": f"Article {number}",
            "type": "goods",
            "default_uom": self.unit,
            "sale_uom": self.unit,
            "purchase_uom": self.unit,
            "salable": True,
            "purchasable": True,
            "list_price": price(number),
            "gross_price": price(number) * Decimal("1.2"),
            "account_category": self.category,
            "products": [
                [
                    "create",
                    [
                        {
                            "suffix_code": self.role.code_of(number),
                            "cost_price": Decimal(5),
                            "identifiers": [["create", [{"type": "ean", "code": gtin(number)}]]],
                        }
                    ],
                ]
            ],
        }

    def count(self, warehouse: int, units: dict[int, int]) -> None:
        rpc = self.rpc
        storage = rpc.model("stock.location", "read", [warehouse], ["storage_location"])[0]["storage_location"]
        lines = [{"product": product, "quantity": float(quantity)} for product, quantity in units.items()]
        inventory = {"location": storage, "date": dt.datetime.now(dt.UTC).date(), "company": self.company_id, "empty_quantity": "keep"}
        rpc.press("stock.inventory", "confirm", rpc.one("stock.inventory", {**inventory, "lines": [["create", lines]]}))

    def till(self, place: Place, warehouse: int) -> None:
        rpc = self.rpc
        storage = rpc.model("stock.location", "read", [warehouse], ["storage_location"])[0]["storage_location"]
        kind = rpc.ids("ir.sequence.type", ["name", "=", "POS"])[0]
        sequence = rpc.one("ir.sequence.strict", {"name": f"Till {place.code}", "sequence_type": kind, "company": self.company_id})
        journal = rpc.ids("account.journal", ["type", "=", "revenue"])[0]
        rpc.create(
            "sale.point",
            {
                "name": place.code,
                "company": self.company_id,
                "sequence": sequence,
                "storage_location": storage,
                "customer_location": rpc.ids("stock.location", ["type", "=", "customer"])[0],
                "journal": journal,
                "tax_included": True,
            },
        )
        if not rpc.ids("sale.point.payment.method"):
            cash = {"name": "Cash", "company": self.company_id, "account": self.revenue, "cash": True}
            rpc.create("sale.point.payment.method", cash)
