"""Three pages of a storefront over 10,000 skus in 55 places, as our contract and as the peers ask for them; the facts both must tell."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

STOCK = "stock(filter: {kinds: [WAREHOUSE, STORE]}, first: 60) { nodes"
OURS = {
    "A": f"""query ProductPage($skus: [String!]!) {{ productsBySku(skus: $skus) {{ sku gtin name brand price {{ amount currency }}
  {STOCK} {{ location {{ code name }} onHand unavailable available inbound {{ expectedAt quantity }} }} }}
  offers: stock(filter: {{kinds: [SUPPLIER]}}, first: 10) {{ nodes {{ location {{ code name }} available }} }} }} }}""",
    "B": """query Listing($skus: [String!]!) { productsBySku(skus: $skus) { sku name brand price { amount currency }
  availability { quantity byKind { kind quantity locationCount } } } }""",
    "C": f"""query Basket($skus: [String!]!) {{ productsBySku(skus: $skus) {{ sku
  {STOCK} {{ location {{ code }} onHand available }} }} }} }}""",
}
SKUS = {"A": 1, "B": 24, "C": 5}


@dataclass(frozen=True)
class Page:
    """One page: its queries, how many skus it asks for, and what both answers are reduced to."""

    name: str
    ours: str
    skus: int
    from_ours: Callable[[dict[str, Any]], Any]
    from_peer: Callable[[dict[str, Any]], Any]


def price(product: dict[str, Any]) -> tuple[str, str]:
    return product["price"]["amount"], product["price"]["currency"]


def our_product_page(product: dict[str, Any]) -> Any:
    stock = {
        row["location"]["code"]: (
            row["location"]["name"],
            row["onHand"],
            row["unavailable"],
            row["available"],
            sorted((lot["expectedAt"][:10], lot["quantity"]) for lot in row["inbound"]),
        )
        for row in product["stock"]["nodes"]
    }
    offers = {row["location"]["code"]: (row["location"]["name"], row["available"]) for row in product["offers"]["nodes"]}
    return product["gtin"], product["name"], product["brand"], price(product), stock, offers


def peer_product_page(product: dict[str, Any]) -> Any:
    stock = {
        row["location"]["id"]: (
            row["location"]["name"],
            row["onHand"],
            row["reserved"],
            row["available"],
            sorted((lot["date"], lot["quantity"]) for lot in row["inbound"]),
        )
        for row in product["stock"]
    }
    offers = {offer["supplier"]["id"]: (offer["supplier"]["name"], offer["available"]) for offer in product["supplierOffers"]}
    return product["gtin"], product["name"], product["brand"], price(product), stock, offers


def our_listing(product: dict[str, Any]) -> Any:
    kinds = {row["kind"]: row for row in product["availability"]["byKind"]}
    own = [kinds[kind] for kind in ("WAREHOUSE", "STORE") if kind in kinds]
    supplier = kinds.get("SUPPLIER", {"quantity": 0})["quantity"]
    counted = sum(row["quantity"] for row in own), sum(row["locationCount"] for row in own), supplier
    return product["name"], product["brand"], price(product), counted, product["availability"]["quantity"] == counted[0] + supplier


def peer_listing(product: dict[str, Any]) -> Any:
    sums = product["availability"]
    return product["name"], product["brand"], price(product), (sums["available"], sums["locationsInStock"], sums["supplierAvailable"]), True


def our_basket(product: dict[str, Any]) -> Any:
    return {row["location"]["code"]: (row["onHand"], row["available"]) for row in product["stock"]["nodes"]}


def peer_basket(product: dict[str, Any]) -> Any:
    return {row["location"]["id"]: (row["onHand"], row["available"]) for row in product["stock"]}


PAGES = (
    Page("A", OURS["A"], SKUS["A"], our_product_page, peer_product_page),
    Page("B", OURS["B"], SKUS["B"], our_listing, peer_listing),
    Page("C", OURS["C"], SKUS["C"], our_basket, peer_basket),
)
