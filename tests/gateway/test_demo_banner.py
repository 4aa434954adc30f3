"""What the demo prints once it answers."""

import io

from rich.console import Console

from gateway.demo.banner import print_banner

KEYS = {kind: f"{kind}.secret" for kind in ("storefront", "clienteling", "partner", "supplier", "operator")}


def test_the_demo_prints_an_address_that_opens_graphiql_signed_in() -> None:
    told = io.StringIO()
    print_banner(Console(file=told, width=40), "http://127.0.0.1:4000/graphql", KEYS, {"erp": {"url": "http://127.0.0.1:4001"}}, "SHIRT-1")
    assert "  http://127.0.0.1:4000/graphql#key=operator.secret\n" in told.getvalue()
