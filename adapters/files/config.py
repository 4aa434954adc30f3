"""What the network file says of a source made of files: its section `options`, every key of it.

Expressions see a row as an object of its columns (texts), beside them one object for each joined file, and `_source`.
"""

import codecs
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from adapters.mailbox.config import MailboxOptions
from adapters.mapping import figures, places, products
from adapters.mapping.expressions import Expression
from adapters.mapping.options import Options
from adapters.mapping.rows import Reading, field_problems

Names = tuple[str, ...]


def _encoding(name: str) -> str:
    try:
        known = codecs.lookup(name).name
    except LookupError as error:
        raise ValueError(f"{name!r} is no encoding; use utf-8, latin-1 or cp1252") from error
    if known.startswith(("utf-16", "utf-32")):
        raise ValueError(f"{name!r} is not read; save the file as UTF-8")
    return name


class Form(Options):
    """How a file is written. `.gz` files are unpacked."""

    delimiter: Literal[",", ";", "\t", "|"] = ","
    encoding: Annotated[str, AfterValidator(_encoding)] = "utf-8"
    """Latin-1 is "latin-1" or "cp1252"; a byte order mark of UTF-8 is passed over."""
    quote: Annotated[str, Field(max_length=1)] = '"'
    """Empty: quotes stand for themselves."""
    columns: tuple[str, ...] = ()
    """Names of the columns, for a file without a first line of names."""


class Joined(Form):
    """Another file whose row with the same key stands beside each row; a row without one sees null."""

    file: str
    column: str
    """Its column that holds the key."""
    on: Expression
    """The key of the row."""


class Table(Form):
    """A file of rows."""

    file: str
    """Its path. Of files that arrive in a mailbox: the form of their names, as stock-*.csv; the last that came counts."""
    when: Expression | None = None
    """Which rows count."""
    least_rows: Annotated[int, Field(ge=0)] = 0
    """A file of fewer rows is taken for a part of one: it is refused, and what was known stands."""
    join: dict[str, Joined] = Field(default_factory=dict)
    fields: dict[str, Expression]

    def ways(self) -> tuple[Reading, ...]:
        return (Reading(self.fields, self.when),)


def _checked(allowed: Names, needed: tuple[Names, ...]) -> Any:
    def check(table: Table) -> Table:
        if problems := field_problems(table.fields, allowed, needed):
            raise ValueError("fields: " + "; ".join(problems))
        return table

    return AfterValidator(check)


class FileOptions(Options):
    """The section of one source."""

    folder: str = "."
    """Where relative paths start; the network file's own folder when left out."""
    mailbox: MailboxOptions | None = None
    """Where files arrive, each of them once; left out: they lie in `folder` and are replaced there."""
    tables: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Tables of codes for lookup(); a key "*" stands for all others."""
    catalogue: Annotated[Table, _checked(products.FIELDS, products.NEEDED)] | None = None
    locations: Annotated[Table, _checked(places.FIELDS, places.NEEDED)] | None = None
    stock: Annotated[Table, _checked(figures.STOCK_FIELDS, figures.STOCK_NEEDED)] | None = None
    inbound: Annotated[Table, _checked(figures.INBOUND_FIELDS, figures.INBOUND_NEEDED)] | None = None
    negative: figures.Negative = "REJECT"

    @property
    def files(self) -> dict[str, Table]:
        """Return the tables by what they are for."""
        named = {"catalogue": self.catalogue, "locations": self.locations, "stock": self.stock, "inbound": self.inbound}
        return {name: table for name, table in named.items() if table}
