"""The document store and the gate: hits, bounds, and attacks that cost next to nothing."""

from typing import Any

import pytest
from graphql import get_introspection_query

from gateway.http.documents import Documents
from gateway.http.errors import RequestRefused
from gateway.http.gate import Limits
from tests.http.shop import SCHEMA
from tests.support.effort import calls_made_by

MOST_CALLS = 300_000
"""Of functions, to refuse one attack: some tens of milliseconds."""


def documents(**limits: Any) -> Documents:
    return Documents(SCHEMA._schema, Limits(**limits), hide_suggestions=True)


def told(store: Documents, text: str) -> str:
    with pytest.raises(RequestRefused) as refusal:
        store.document(text).operation(None)
    return refusal.value.errors[0].message


def test_a_text_is_worked_out_once_and_good_or_bad_kept() -> None:
    store = documents()
    first = store.document("{ hello }")
    assert store.document("{ hello }") is first
    bad = store.document("{ nothing }")
    assert store.document("{ nothing }") is bad
    assert (store.hits, store.misses) == (2, 2)


def test_the_least_used_document_leaves_first() -> None:
    store = documents(documents=2)
    for text in ("{ a: hello }", "{ b: hello }", "{ a: hello }", "{ c: hello }", "{ a: hello }"):
        store.document(text)
    assert (store.hits, store.misses, len(store.by_digest)) == (2, 3, 2)


def test_the_store_is_bounded_by_tokens_too() -> None:
    store = documents(document_tokens=20)
    for number in range(100):
        store.document(f"{{ a{number}: hello }}")
    assert store.tokens <= 20
    assert len(store.by_digest) == 4


@pytest.mark.parametrize(
    ("bound", "text", "message"),
    [
        ({"depth": 3}, '{ shoe(by: {sku: "a"}) { same { same { sku } } } }', "The operation has 4 levels of fields; at most 3 are taken."),
        (
            {"depth": 2},
            "{ ...A } fragment A on Query { shoe(by: {}) { ...B } } fragment B on Shoe { same { sku } }",
            "The operation has 3 levels",
        ),
        ({"aliases": 1}, "{ a: hello ... { b: hello } }", "The operation has 2 aliases; at most 1 are taken."),
        ({"aliases": 3}, "{ ...A ...A } fragment A on Query { a: hello b: later }", "The operation has 4 aliases; at most 3 are taken."),
        ({"directives": 1}, "{ hello @skip(if: true) later @skip(if: true) }", "The operation has 2 directives; at most 1 are taken."),
        ({"fields": 2}, "{ hello later who }", "The operation has 3 fields; at most 2 are taken."),
        (
            {"comparisons": 2},
            "{ hello ... { hello } ...A } fragment A on Query { hello }",
            "The operation has 3 comparisons of fields that share a name; at most 2 are taken.",
        ),
        ({"spreads": 1}, "{ ...A ...A } fragment A on Query { hello }", "The operation has 2 spreads of fragments; at most 1 are taken."),
    ],
)
def test_an_operation_over_a_bound_is_refused_by_its_name(bound: dict[str, int], text: str, message: str) -> None:
    assert told(documents(**bound), text).startswith(message)
    assert documents().document(text.replace("{}", '{sku: "a"}')).operation(None)


def test_tokens_are_bounded_while_parsing() -> None:
    assert told(documents(tokens=10), "{ " + "hello " * 20 + "}").startswith("Syntax Error: Document contains more than 10")


@pytest.mark.parametrize(
    "text",
    [
        "{" + "hello " * 990 + "}",
        "{" + "".join(f"a{number}:hello " for number in range(330)) + "}",
        "{" + "".join(f"u{number} " for number in range(990)) + "}",
        "{hello " + "@a " * 490 + "}",
        "{" + "same{" * 190 + "sku" + "}" * 191,
        "{" + "shoe(by:{sku:1}){sku}" * 75 + "}",
        "{...F0}" + "".join(f"fragment F{n} on Query{{...F{n + 1} ...F{n + 1}}}" for n in range(90)) + "fragment F90 on Query{hello}",
        "{" + "".join(f"...F{n} " for n in range(110)) + "}" + "".join(f"fragment F{n} on Query{{hello}}" for n in range(110)),
        "{...A} fragment A on Query {...B} fragment B on Query {...A}",
        "query (" + "$a:[" * 100 + "Int" + "]" * 100 + ") {hello}",
        "{at(at:" + "[" * 190 + "]" * 190 + ")}",
        "{" + "... on Query {" * 150 + "hello" + "}" * 150 + "}",
        "{" + "...{shoe(by:{sku:1}){same{sku}}}" * 50 + "}",
        "{" + "shoe(by:{sku:1}){same{same{sku}}}" * 44 + "nothing }",
        "{__schema{types{fields{type{fields{type{fields{type{fields{name}}}}}}}}}}",
        "#" * 200_000 + "\n{ nothing }",
    ],
)
def test_an_attack_is_refused_before_it_costs(text: str) -> None:
    store = documents()
    _, calls = calls_made_by(lambda: told(store, text))
    assert calls < MOST_CALLS
    assert len(store.document(text).errors) <= 10


def test_common_tools_may_introspect_and_production_may_forbid_it() -> None:
    text = get_introspection_query(specified_by_url=True, directive_is_repeatable=True, input_value_deprecation=True)
    assert documents().document(text).errors == ()
    closed = Documents(SCHEMA._schema, Limits(), hide_suggestions=True, introspection=False)
    assert told(closed, "{ __schema { types { name } } }").startswith("GraphQL introspection has been disabled")
    assert closed.document("{ __typename hello }").errors == ()
