"""What the network file says of a system behind REST: its section `options`, every key of it.

All texts marked Expression are JMESPath with the functions of adapters/mapping/functions.py, worked out on a scope:
requests see `cursor since page offset limit token each keys items message found before one now source`, rows see their own keys beside
`_page` (the whole answer), `_each` (the values of `each`) and `_source` (the source's code).
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from adapters.mapping import figures, places, products, work
from adapters.mapping.expressions import Expression
from adapters.mapping.limits import LimitOptions
from adapters.mapping.options import Options
from adapters.mapping.rows import Reading, field_problems
from adapters.rest.endpoints import Endpoint, Names, Refusals

Scheme = Literal["NONE", "BASIC", "BEARER", "TOKEN", "HEADER"]
Kind = Literal["order", "shipment", "store_task", "purchase_order", "step", "change", "cancel"]


class Authentication(Options):
    """How calls are signed. Secrets are environment variables or files, never values."""

    scheme: Scheme = "NONE"
    user: str | None = None
    user_env: str | None = None
    secret_env: str | None = None
    secret_file: str | None = None
    header: str = "X-Api-Key"
    """For HEADER: which header holds the secret."""


class Paging(Options):
    """How an answer goes on.

    PAGE: `page` counts from `first`; OFFSET: `offset` counts rows; TOKEN: `token` is what `next` gives; AFTER: `cursor` is what `next`,
    else the cursor's `value`, gives; LINK: `next`, or the Link header, gives the next address. It ends where `pages` or `total` say, where
    `next` gives nothing, and else with a part of fewer rows than `size` (AFTER too).
    """

    style: Literal["NONE", "PAGE", "OFFSET", "TOKEN", "AFTER", "LINK"] = "NONE"
    size: Annotated[int, Field(ge=1, le=100_000)] = 100
    first: int = 1
    next: Expression | None = None
    pages: Expression | None = None
    total: Expression | None = None
    count: Expression | None = None
    """Rows of a part, where `rows` does not give one per listed object."""

    @model_validator(mode="after")
    def _whole(self) -> "Paging":
        if self.style == "TOKEN" and self.next is None:
            raise ValueError("style TOKEN needs `next`")
        return self


class FanOut(Endpoint):
    """Asks for values first, then makes the feed's request for every `batch` of them; `each` is their list."""

    rows: Expression
    paging: Paging = Paging()
    batch: Annotated[int, Field(ge=1, le=10_000)] = 1


class Page(Options):
    """What an answer says of all its rows."""

    epoch: Expression | None = None
    sequence: Expression | None = None
    as_of: Expression | None = None


class Cursor(Options):
    """How a feed goes on at its next call. TIME: `since` is the last pass's start less `overlap_s` (`value`: the source's own time).

    SEQUENCE: `cursor` is the number that `value` gives, as of `overlap_s` ago, so that numbers that show late are still read.
    """

    kind: Literal["TIME", "SEQUENCE"]
    value: Expression | None = None
    overlap_s: Annotated[float, Field(ge=0)] = 0
    start_s: Annotated[float, Field(ge=0)] = 3600
    """TIME: how far back the first call looks."""
    start: int = 0
    """SEQUENCE: after which number the first call reads."""


class Alternative(Options):
    """One of several ways to read a row."""

    when: Expression | None = None
    fields: dict[str, Expression]


class Feed(Endpoint):
    """A list of rows."""

    rows: Expression
    fields: dict[str, Expression] = Field(default_factory=dict)
    readings: tuple[Alternative, ...] = ()
    """Instead of `fields`: a row gives one of ours for every reading whose `when` holds."""
    when: Expression | None = None
    """Which rows count."""
    paging: Paging = Paging()
    page: Page = Page()
    each: FanOut | None = None
    cursor: Cursor | None = None

    @model_validator(mode="after")
    def _whole(self) -> "Feed":
        if self.paging.style == "AFTER" and self.paging.next is None and (self.cursor is None or self.cursor.value is None):
            raise ValueError("paging of style AFTER needs `next`, or a cursor with `value`")
        return self

    def ways(self) -> tuple[Reading, ...]:
        return tuple(Reading(one.fields, one.when) for one in self.readings) or (Reading(self.fields, self.when),)


class Lookup(Endpoint):
    """Reads some items live. `keys` are the items' names of kind `key`; items without one are left out."""

    rows: Expression
    fields: dict[str, Expression] = Field(default_factory=dict)
    """Those of the snapshot, when left out."""
    page: Page = Page()
    key: Literal["sku", "gtin", "code"] = "sku"
    batch: Annotated[int, Field(ge=1, le=10_000)] = 100


class Changes(Feed):
    """What came since the cursor: differences, or figures that stand for themselves."""

    state: Literal["DELTA", "ABSOLUTE"]
    expired_statuses: tuple[int, ...] = (410,)
    """Answers that mean: the cursor is too old, read a snapshot."""
    gaps: Literal["PASS", "WAIT"] | None = None
    """WAIT: numbers have no gaps; what follows one waits `gap_wait_s`, then a snapshot is read. PASS: they have gaps by nature. Left out:
    WAIT for differences that are read on from a number, where a missing one would be lost; PASS for all else.
    """
    gap_wait_s: Annotated[float, Field(ge=0)] = 5

    @property
    def waits(self) -> bool:
        numbered = self.cursor is not None and self.cursor.kind == "SEQUENCE"
        return numbered and (self.gaps == "WAIT" or (self.gaps is None and self.state == "DELTA"))


class Stock(Options):
    """Stock by snapshot, by changes, and live."""

    snapshot: Feed
    changes: Changes | None = None
    lookup: Lookup | None = None
    negative: figures.Negative = "REJECT"


class Found(Endpoint):
    """Asks the source for what it has under our reference: the first of the rows that count.

    `rows` must give a list in every answer, an empty one where there is nothing: what is no list is taken for garbage, never for "none".
    """

    rows: Expression
    when: Expression | None = None
    """Which rows count; sees a row's keys, and `message`."""
    absent_statuses: tuple[int, ...] = (404,)


class Step(Endpoint):
    """A request before the one that counts; its answer is `before.NAME` in those after it. With `each`, one for every value, as `one`."""

    method: Literal["GET", "POST", "PUT", "PATCH"] = "POST"
    name: str = Field(pattern=r"^[A-Za-z_]\w*$")
    each: Expression | None = None
    """A list; `before.NAME` is then the list of answers."""


class HandOver(Endpoint):
    """One kind of message: what is sent and what the answer says. `find` asks whether it arrived (class B)."""

    method: Literal["GET", "POST", "PUT", "PATCH"] = "POST"
    when: Expression | None = None
    """Which messages of the kind this source takes."""
    first: Found | None = None
    """Read before: its row is `found` in the request."""
    before: tuple[Step, ...] = ()
    """Made in turn before it, and not the work itself: a try that ends between them leaves what they made, and the next starts anew."""
    receipt: dict[str, Expression] = Field(default_factory=dict)
    find: Found | None = None

    @property
    def longest_s(self) -> float | None:
        """The longest time-out that it states of its requests."""
        return max((one.timeout_s for one in (self, *self.before) if one.timeout_s is not None), default=None)


class WebhookOptions(Options):
    """How what a source pushes is verified and read; the secret is the source's `webhook_secret_env`."""

    feeds: tuple[Literal["changes", "news"], ...]
    """The feeds whose rows and fields are read from the body."""
    signature_header: str
    signature: str = "{signature}"
    """The header's form, of `{signature}` and perhaps `{timestamp}`, as "t={timestamp},v1={signature}"."""
    timestamp_header: str | None = None
    timestamp_unit: Literal["S", "MS"] = "S"
    signed: str = "{timestamp}.{body}"
    encoding: Literal["HEX", "BASE64"] = "HEX"
    tolerance_s: Annotated[float, Field(gt=0, le=3600)] = 300

    @model_validator(mode="after")
    def _whole(self) -> "WebhookOptions":
        if "{signature}" not in self.signature or "{body}" not in self.signed:
            raise ValueError("`signature` must hold {signature}, `signed` must hold {body}")
        if "{timestamp}" not in self.signature and self.timestamp_header is None:
            raise ValueError("a push without a signed time can be replayed: name timestamp_header, or {timestamp} in `signature`")
        if "{timestamp}" not in self.signed:
            raise ValueError("`signed` must hold {timestamp}, else the time is not protected")
        return self


def _checked(allowed: Names, needed: tuple[Names, ...]) -> Any:
    def check(feed: Feed) -> Feed:
        for reading in feed.ways():
            if problems := field_problems(reading.fields, allowed, needed):
                raise ValueError("fields: " + "; ".join(problems))
        return feed

    return AfterValidator(check)


def _receipts(stated: dict[Kind, HandOver]) -> dict[Kind, HandOver]:
    for kind, one in stated.items():
        if problems := field_problems(one.receipt, work.RECEIPT_FIELDS, ()):
            raise ValueError(f"{kind}.receipt: {'; '.join(problems)}")
    return stated


class RestOptions(Options):
    """The section of one source."""

    base_url: str = Field(pattern=r"^https?://[^\s]+$")
    authentication: Authentication = Authentication()
    headers: dict[str, str] = Field(default_factory=dict)
    limits: LimitOptions = LimitOptions()
    refusals: Refusals = Refusals()
    tables: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Tables of codes for lookup(); a key "*" stands for all others."""
    catalogue: Annotated[Feed, _checked(products.FIELDS, products.NEEDED)] | None = None
    locations: Annotated[Feed, _checked(places.FIELDS, places.NEEDED)] | None = None
    stock: Stock | None = None
    inbound: Annotated[Feed, _checked(figures.INBOUND_FIELDS, figures.INBOUND_NEEDED)] | None = None
    news: Annotated[Feed, _checked(work.NEWS_FIELDS, work.NEWS_NEEDED)] | None = None
    hand_over: Annotated[dict[Kind, HandOver], AfterValidator(_receipts)] = Field(default_factory=dict)
    webhook: WebhookOptions | None = None

    @model_validator(mode="after")
    def _stock_fields(self) -> "RestOptions":
        if self.stock is None:
            return self
        snapshot, changes, lookup = self.stock.snapshot, self.stock.changes, self.stock.lookup
        problems = [f"stock.snapshot.fields.{line}" for line in field_problems(snapshot.fields, figures.STOCK_FIELDS, figures.STOCK_NEEDED)]
        if changes:
            delta = changes.state == "DELTA"
            allowed, needed = (figures.DELTA_FIELDS, figures.DELTA_NEEDED) if delta else (figures.STOCK_FIELDS, figures.STOCK_NEEDED)
            problems += [f"stock.changes.fields.{line}" for way in changes.ways() for line in field_problems(way.fields, allowed, needed)]
            if changes.cursor is None:
                problems.append("stock.changes.cursor: is missing; say how the feed goes on")
        if lookup and lookup.fields:
            problems += [
                f"stock.lookup.fields.{line}" for line in field_problems(lookup.fields, figures.STOCK_FIELDS, figures.STOCK_NEEDED)
            ]
        if problems:
            raise ValueError("; ".join(problems))
        return self
