"""Writes docs/network-file.md from the types that read the file, so that it lists every key and no other.

python -m tests.support.network_reference > docs/network-file.md
"""

import ast
import inspect
import sys
import textwrap
import types
from dataclasses import MISSING, fields, is_dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from adapters.edi import config as edi
from adapters.edi.selectors import Selector
from adapters.edi.templates import SegmentTemplate
from adapters.files import config as files
from adapters.mailbox import config as mailbox
from adapters.mapping import figures, functions, places, products, work
from adapters.mapping.expressions import Expression
from adapters.mapping.templates import BodyTemplate, PathTemplate
from adapters.rest import config as rest
from adapters.rest import endpoints
from adapters.tryton import config as tryton
from gateway.domain import location, location_override, network, quantities, sourcing_terms, stock_guard

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "network-file.md"
OWN: tuple[tuple[str, type], ...] = (
    ("[network]", network.Network),
    ("[[sources]]", network.Source),
    ("guard", stock_guard.StockGuard),
    ("[[locations]]", location_override.LocationOverride),
    ("opening and working rules", location_override.OpeningRule),
    ("pickups", location.Pickup),
    ("capacity", location.CapacityRule),
    ("address", location.Address),
    ("position", quantities.GeoPosition),
    ("organization", location.Organization),
    ("[[channels]]", network.Channel),
    ("[[channels.services]]", network.DeliveryService),
    ("fees", network.Fee),
    ("safety_stock", network.SafetyStock),
    ("[[profiles]]", sourcing_terms.SourcingProfile),
    ("[profiles.costs]", sourcing_terms.CostTerms),
    ("costs.places", sourcing_terms.PlaceCosts),
    ("[[profiles.strategies]]", sourcing_terms.Strategy),
    ("[profiles.strategies.split]", sourcing_terms.SplitPolicy),
    ("[profiles.search]", sourcing_terms.Search),
    ("[[carriers]]", network.Carrier),
    ("[[carriers.points]]", location.CarrierPoint),
    ("[[carriers.services]]", network.CarrierService),
    ("zones", network.Zone),
    ("bands", network.WeightBand),
    ("[[callers]]", network.Caller),
)
REST: tuple[tuple[str, type], ...] = (
    ("[sources.options]", rest.RestOptions),
    ("authentication", rest.Authentication),
    ("limits", rest.LimitOptions),
    ("refusals", endpoints.Refusals),
    ("catalogue, locations, inbound, news, stock.snapshot", rest.Feed),
    ("stock", rest.Stock),
    ("stock.changes", rest.Changes),
    ("stock.lookup", rest.Lookup),
    ("paging", rest.Paging),
    ("page", rest.Page),
    ("cursor", rest.Cursor),
    ("each", rest.FanOut),
    ("readings", rest.Alternative),
    ("hand_over.KIND", rest.HandOver),
    ("hand_over.KIND.before", rest.Step),
    ("hand_over.KIND.first, hand_over.KIND.find", rest.Found),
    ("webhook", rest.WebhookOptions),
)
FILES: tuple[tuple[str, type], ...] = (
    ("[sources.options]", files.FileOptions),
    ("catalogue, locations, stock, inbound", files.Table),
    ("join.NAME", files.Joined),
)
EDI: tuple[tuple[str, type], ...] = (
    ("[sources.options]", edi.EdiOptions),
    ("partner, own", edi.Party),
    ("separators", edi.SeparatorOptions),
    ("stock", edi.StockMessage),
    ("response", edi.ResponseMessage),
    ("despatch", edi.DespatchMessage),
    ("sends.purchase_order, sends.cancel", edi.SentMessage),
)
MAILBOX: tuple[tuple[str, type], ...] = (("mailbox", mailbox.MailboxOptions),)
TRYTON: tuple[tuple[str, type], ...] = (("[sources.options]; limits as of a source behind REST", tryton.TrytonOptions),)
RECORDS = (
    ("catalogue", products.FIELDS, products.NEEDED),
    ("locations", places.FIELDS, places.NEEDED),
    ("stock.snapshot, stock.lookup, stock.changes of ABSOLUTE", figures.STOCK_FIELDS, figures.STOCK_NEEDED),
    ("stock.changes of DELTA", figures.DELTA_FIELDS, figures.DELTA_NEEDED),
    ("inbound", figures.INBOUND_FIELDS, figures.INBOUND_NEEDED),
    ("news", work.NEWS_FIELDS, work.NEWS_NEEDED),
    ("receipt", work.RECEIPT_FIELDS, ()),
)
WORDS: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Decimal: "number",
    timedelta: "duration",
    Expression: "expression",
    PathTemplate: "path",
    BodyTemplate: "body",
    Selector: "place in a segment",
    SegmentTemplate: "segment",
    Any: "anything",
}
INTRODUCTION = """# The network file

<!-- Written by `python -m tests.support.network_reference > docs/network-file.md`; change the types, not this page. -->

One TOML file says what the retailer is: its systems, places, channels, carriers and callers.
`commerce-gateway doctor --network FILE` reads it, tells everything that is wrong with it at once
(each line names the key and the remedy; an unknown key names the nearest valid one) and reaches
every source. Six files to start from: [sandbox.toml](networks/sandbox.toml) (four kinds of systems, every kind of caller),
[real.toml](networks/real.toml) (files, with real data), [edi.toml](networks/edi.toml) (suppliers by EDI over SFTP),
[vendure.toml](networks/vendure.toml) (a commerce platform, by GraphQL),
[tryton.toml](networks/tryton.toml) (a Tryton server as ERP, WMS, POS and supplier) and
[peers.toml](networks/peers.toml) (systems that only answer for lists of skus).

- **Placeholders.** `${NAME}` is an environment variable, `${NAME:-otherwise}` has a default. Comments are left alone.
- **Secrets** are never values: keys that end in `_env` name an environment variable, `_file` a file. Of a caller's key, which is
  `id.secret`, the file holds the SHA-256 of the secret in hex.
- **Durations** are seconds (`900`) or ISO 8601 (`"PT15M"`, `"P2D"`). **Dates** are `2026-12-24`. **Weekdays** are 1 (Monday) to 7.
- **Opening hours** are `"Mo-Fr 09:30-12:00,14:00-19:00"`, `"Sa 10:00-20:00"`, `"24/7"`, `"closed"`; local times of the place.
- **Paths** of files are relative to the network file.
- **What stands over what**: what a mutation sets, over this file, over what a source says. Among entries of `[[locations]]` the
  narrowest has the last word: a code, then `"*"` with a kind, then `"*"`. Public holidays close a place on days of which neither its
  source nor the file speaks itself.
- A place that no source tells is defined by an entry with `code`, `kind` and `source`.
"""
EDI_INTRODUCTION = """
A partner's profile. What it leaves out is the usual form of its standard, which [edi.md](edi.md) lists with profiles of real partners. A
*place in a segment* is `TAG:ELEMENT`, `TAG:ELEMENT.COMPONENT` or `TAG+QUALIFIER:ELEMENT`, all counted from 1 (`TAG:ELEMENT&ELEMENT`: the
digits of another element behind it, as X12 writes a day and its hour); a *segment* is written with
`{blanks}`.
"""
EXPRESSIONS = """
## Expressions

Texts marked *expression* are [JMESPath](https://jmespath.org), compiled when the file is read. Text stands in quotes (`'open'`), numbers
in backticks. Names with dashes need double quotes (`"\\"vendor-ref\\""` in TOML). `!` binds closer than a dot: write
`!(a.b)`. Beside JMESPath's own functions there are:

```
{functions}
```

What they see: a request's `path` (in `{{ }}`), `query`, `headers`, `body` and `variables` see `cursor`, `since`, `page`, `offset`,
`limit`, `token`, `each`, `keys`, `items`, `message`, `found`, `before`, `one`, `source` and `now`, as far as they apply; a row sees its own
keys, `_page` (the whole answer), `_each` and `_source`; a row of a file its columns and one object for each joined file. A `message`
is what `gateway/domain/messages.py` lists at its top, with `kind`, `key` and `reference`.

## Fields of a mapping

What a mapping may say of each of our records; needed ones are bold (of several with a stroke between, one).
"""


def document() -> str:
    parts = [INTRODUCTION, "\n## The retailer\n", *(_section(title, kind) for title, kind in OWN)]
    parts += ['\n## A source behind REST (`adapter = "rest"`)\n', *(_section(title, kind) for title, kind in REST)]
    parts += ['\n## A source made of files (`adapter = "files"`)\n', *(_section(title, kind) for title, kind in FILES)]
    parts += ['\n## A Tryton database (`adapter = "tryton"`)\n', *(_section(title, kind) for title, kind in TRYTON)]
    parts += ['\n## A supplier by EDI (`adapter = "edi"`)\n', EDI_INTRODUCTION, *(_section(title, kind) for title, kind in EDI)]
    parts += ["\n## A mailbox: a drop folder or SFTP\n", *(_section(title, kind) for title, kind in MAILBOX)]
    listed = (functions.__doc__ or "").partition("unless stated.")[2].strip()
    parts += [EXPRESSIONS.format(functions=listed), *(_record(*record) for record in RECORDS)]
    return "".join(parts)


def _section(title: str, kind: type) -> str:
    said = _docstrings(kind)
    about = _paragraph(
        inspect.getdoc(kind) if (kind.__doc__ or "").strip() and not (kind.__doc__ or "").startswith(f"{kind.__name__}(") else ""
    )
    rows = [f"| `{name}` | {shown} | {default} | {said.get(name, '')} |" for name, shown, default in _keys(kind)]
    return "\n".join(
        [f"\n### {title}\n", *([about, ""] if about else []), "| key | is | otherwise | |", "| --- | --- | --- | --- |", *rows, ""]
    )


def _keys(kind: type) -> list[tuple[str, str, str]]:
    hints = get_type_hints(kind, include_extras=True)
    if is_dataclass(kind):
        return [(one.name, _type(hints[one.name]), _default(one.default, one.default_factory)) for one in fields(kind)]
    assert issubclass(kind, BaseModel)
    return [(name, _type(hints[name]), _default(one.default, one.default_factory)) for name, one in kind.model_fields.items()]


def _default(value: Any, factory: Any) -> str:
    if value in (MISSING, PydanticUndefined) or value is ...:
        return "**needed**" if factory in (MISSING, None) else ""
    if value is None or value == () or isinstance(value, BaseModel):
        return ""
    if isinstance(value, timedelta):
        return f"`{_iso(value)}`"
    if isinstance(value, tuple):
        return f"`[{', '.join(repr(one) for one in value)}]`".replace("'", '"')
    return (
        f"`{str(value).lower() if isinstance(value, bool) else value!r}`".replace("'", '"')
        if not isinstance(value, Decimal)
        else f"`{value}`"
    )


def _iso(span: timedelta) -> str:
    seconds = span.total_seconds()
    for size, form in ((86_400, "P{}D"), (3_600, "PT{}H"), (60, "PT{}M")):
        if seconds and seconds % size == 0:
            return form.format(int(seconds // size))
    return f"PT{seconds:g}S"


def _type(kind: Any) -> str:  # noqa: PLR0911 - one return per kind of type
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _type(arguments[0])
    if origin in {Union, types.UnionType}:
        return _type(next(one for one in arguments if one is not type(None)))
    if origin is Literal:
        return ", ".join(f"`{one}`" if one not in ("\t", "|") else ("tab" if one == "\t" else "`\\|`") for one in arguments)
    if origin is tuple:
        plain = [one for one in arguments if one is not ...]
        return f"list of {_type(plain[0])}" if ... in arguments else " and ".join(dict.fromkeys(_type(one) for one in plain)) + " (two)"
    if origin is dict:
        return f"table of {_type(arguments[1])}"
    if hasattr(kind, "__supertype__"):
        return _type(kind.__supertype__)
    return WORDS.get(kind, "date" if getattr(kind, "__name__", "") == "date" else "table")


def _docstrings(kind: type) -> dict[str, str]:
    """Return what stands under each field, of the class and of those it inherits from."""
    said: dict[str, str] = {}
    for one in reversed(kind.__mro__):
        if one.__module__.split(".")[0] not in {"gateway", "adapters"}:
            continue
        body = ast.parse(textwrap.dedent(inspect.getsource(one))).body[0]
        assert isinstance(body, ast.ClassDef)
        for field, text in zip(body.body, body.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
                said[field.target.id] = _paragraph(str(ast.literal_eval(text.value)))
    return said


def _paragraph(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


def _record(title: str, names: tuple[str, ...], needed: tuple[tuple[str, ...], ...]) -> str:
    groups = [" / ".join(f"**{name}**" for name in group) for group in needed]
    rest_of = [name for name in names if not any(name in group for group in needed)]
    return f"\n- `{title}`: {', '.join([*groups, *rest_of])}"


if __name__ == "__main__":
    sys.stdout.write(document() + "\n")
