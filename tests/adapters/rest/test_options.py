# ruff: noqa: E501 - the lines that a user reads stand whole
"""Options that cannot be used are refused when they are read, each problem with its key and the remedy."""

from typing import Any

import pytest

from adapters.rest.source import build
from gateway.domain.errors import ConfigurationInvalid
from gateway.domain.ids import SourceCode
from gateway.domain.network import Network, Source
from tests.support.sandbox_sources import WallClock

NETWORK = Network("n", "EUR", "FR", "Europe/Paris", SourceCode("wms"))
SNAPSHOT = {"path": "/stock", "rows": "items", "fields": {"location": "f", "sku": "c", "quantity": "q"}}
WEBHOOK = {"feeds": ["news"], "signature_header": "X-S", "signature": "t={timestamp},v1={signature}"}
NEWS = {"path": "/n", "rows": "e", "fields": {"event": "e", "reference": "r", "step": "s", "at": "a"}}


def problems(options: dict[str, Any], environment: dict[str, str] | None = None, **source: Any) -> list[str]:
    stated = Source(SourceCode("wms"), "WMS", "rest", options={"base_url": "http://x", **options}, **source)
    with pytest.raises(ConfigurationInvalid) as refused:
        build(stated, NETWORK, WallClock(), environment=environment or {})
    return list(refused.value.problems)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"base_url": "ftp://x"}, "sources.wms.options.base_url: string should match pattern '^https?://[^\\s]+$', not 'ftp://x'"),
        ({"stok": {}}, "sources.wms.options.stok: unknown key; did you mean 'stock'?"),
        (
            {"stock": {"snapshot": {**SNAPSHOT, "pathx": "/x"}}},
            "sources.wms.options.stock.snapshot.pathx: unknown key; did you mean 'path'?",
        ),
        (
            {"stock": {"snapshot": {**SNAPSHOT, "rows": "items["}}},
            "sources.wms.options.stock.snapshot.rows: 'items[' is no JMESPath expression: ",
        ),
        (
            {"stock": {"snapshot": {**SNAPSHOT, "fields": {**SNAPSHOT["fields"], "quantity": "lokup(q, 'x')"}}}},
            "sources.wms.options.stock.snapshot.fields.quantity: \"lokup(q, 'x')\" calls lokup(), which does not exist; did you mean 'lookup'?",
        ),
        (
            {"stock": {"snapshot": {**SNAPSHOT, "fields": {"location": "f", "sku": "c", "quantty": "q"}}}},
            (
                "sources.wms.options: stock.snapshot.fields.quantty: unknown field; did you mean 'quantity'?; "
                "stock.snapshot.fields.quantity: is missing; add it"
            ),
        ),
        ({"catalogue": {**SNAPSHOT, "pathx": "/x"}}, "sources.wms.options.catalogue.pathx: unknown key; did you mean 'path'?"),
        (
            {"hand_over": {"order": {"pathx": "/x", "path": "/x"}}},
            "sources.wms.options.hand_over.order.pathx: unknown key; did you mean 'path'?",
        ),
        ({"hand_over": {"orders": {"path": "/x"}}}, "sources.wms.options.hand_over.orders.[key]: 'orders' is not possible; use 'order', "),
        ({"stock": {"snapshot": {"rows": "r", "fields": {}}}}, "sources.wms.options.stock.snapshot.path: is missing; add it"),
        (
            {"stock": {"snapshot": {**SNAPSHOT, "paging": {"style": "PAGES"}}}},
            "sources.wms.options.stock.snapshot.paging.style: 'PAGES' is not possible; use 'NONE', 'PAGE', 'OFFSET', 'TOKEN', 'AFTER' or 'LINK'",
        ),
        (
            {"stock": {"snapshot": {**SNAPSHOT, "paging": {"style": "TOKEN"}}}},
            "sources.wms.options.stock.snapshot.paging: style TOKEN needs `next`",
        ),
        (
            {"news": {**NEWS, "fields": {"event": "e"}}},
            "sources.wms.options.news: fields: reference: is missing; add it; step: is missing; add it; at: is missing; add it",
        ),
        (
            {"news": {**NEWS, "path": "n"}},
            "sources.wms.options.news.path: 'n' must start with / or http",
        ),
        (
            {"hand_over": {"order": {"path": "/o", "body": {"a": {"b": "c d"}}}}},
            "sources.wms.options.hand_over.order.body: a.b: 'c d' is no JMESPath expression: ",
        ),
        (
            {"authentication": {"scheme": "BEARER", "secret_env": "ABSENT"}},
            "sources.wms.options.authentication.secret_env: ABSENT is not set; set this environment variable",
        ),
        (
            {"authentication": {"scheme": "BASIC", "user": "u"}},
            "sources.wms.options.authentication.secret_env: is missing; name the environment variable, or secret_file, that holds the secret",
        ),
        (
            {"authentication": {"scheme": "HEADER", "secret_file": "/no/such/file"}},
            "sources.wms.options.authentication.secret_file: /no/such/file cannot be read: No such file or directory",
        ),
        (
            {"hand_over": {"order": {"path": "/o"}}},
            "sources.wms.hand_over: is missing; say A (honors our key), B (can be asked) or C (neither)",
        ),
        (
            {"news": NEWS, "webhook": {**WEBHOOK, "signature": "{signature}", "signed": "{body}"}},
            "sources.wms.options.webhook: a push without a signed time can be replayed: name timestamp_header, or {timestamp} in `signature`",
        ),
        (
            {"news": NEWS, "webhook": WEBHOOK},
            "sources.wms.webhook_secret_env: is missing; name the variable that holds the secret",
        ),
        ({"webhook": WEBHOOK}, "sources.wms.options.webhook.feeds: names news, and news is missing; add it"),
    ],
)
def test_what_is_wrong_is_told_by_its_key(options: dict[str, Any], line: str) -> None:
    told = problems(options)
    assert any(one.startswith(line) for one in told), told


def test_class_b_must_be_able_to_ask() -> None:
    lines = problems({"hand_over": {"order": {"path": "/o"}}}, hand_over="B")
    assert lines == ["sources.wms.options.hand_over.order.find: is missing; class B needs it"]


async def test_class_b_must_not_be_asked_while_a_call_may_be_under_way() -> None:
    order = {"path": "/o", "timeout_s": 20, "find": {"path": "/o", "rows": "o"}}
    lines = problems({"hand_over": {"order": order}}, hand_over="B")
    remedy = "use more than the time-out of its calls (20 s) and the longest that it works on one"
    assert lines == [f"sources.wms.quiet_period: is too short; {remedy}"]
    shorter = {"base_url": "http://x", "hand_over": {"order": {**order, "timeout_s": 14}}}
    await build(Source(SourceCode("wms"), "WMS", "rest", options=shorter, hand_over="B"), NETWORK, WallClock()).close()


def test_a_secret_that_is_not_there_names_its_variable() -> None:
    lines = problems({"news": NEWS, "webhook": WEBHOOK}, webhook_secret_env="WMS_SECRET")
    assert lines == ["sources.wms.webhook_secret_env: WMS_SECRET is not set; set this environment variable"]


def test_a_secret_value_is_never_told() -> None:
    lines = problems({"stok": {}, "authentication": {"scheme": "BEARER", "secret_env": "S"}}, {"S": "very-secret"})
    assert "very-secret" not in "\n".join(lines)
