"""What the demo prints once it answers: addresses, keys, and three queries to try."""

from collections.abc import Mapping

from rich.console import Console

QUERIES = (
    (
        "A storefront asks what it can sell",
        "storefront",
        "{ products(first: 3, filter: {inStock: true}) { nodes { sku name availability { status quantity } } } }",
    ),
    (
        "A storefront asks when it can be there",
        "storefront",
        (
            '{ product(by: {sku: "%s"}) { name deliveryPromises(destination: {countryCode: "FR", postalCode: "69002"}) '
            "{ options { service { name } earliest latest fee { amount } } } } }"
        ),
    ),
    ("An operator asks how the systems behind do", "operator", "{ sources { code kind health feeds { name rows lastSyncAt } } }"),
)


def print_banner(
    console: Console, graphql: str, keys: Mapping[str, str], sources: Mapping[str, Mapping[str, object]], sku: str, doctor: str
) -> None:
    """`doctor`: the command by which another shell works on this demo."""
    console.print(f"\n[bold]The graph answers at[/bold] {graphql}", highlight=False)
    console.print("[bold]GraphiQL[/bold], as the operator, with what each kind of caller sends:")
    console.print(f"  {graphql}#key={keys['operator']}", highlight=False, soft_wrap=True, markup=False)
    console.print("\n[bold]Keys[/bold], one per kind of caller (send as `authorization: Bearer KEY`)")
    for kind, key in keys.items():
        console.print(f"  {kind:12} {key}", highlight=False)
    console.print("\n[bold]The systems behind it[/bold]")
    for code, source in sources.items():
        console.print(f"  {code:12} {source['url']}", highlight=False)
    console.print("\n[bold]Try[/bold]")
    for title, kind, query in QUERIES:
        body = (query % sku if "%s" in query else query).replace('"', '\\"')
        console.print(f"  # {title}", highlight=False)
        headers = f"-H 'content-type: application/json' -H 'authorization: Bearer {keys[kind]}'"
        console.print(f'  curl -s {graphql} {headers} -d \'{{"query":"{body}"}}\'', highlight=False, soft_wrap=True, markup=False)
    console.print("  # In another shell: doctor, audit, outbox list, simulate … on the running demo")
    console.print(f"  {doctor}", highlight=False, soft_wrap=True, markup=False)
    console.print("\nCtrl-C ends everything that was started.")
