"""What the network file says of a Tryton database: its section `options`, every key of it."""

from typing import Annotated, Literal

from pydantic import Field

from adapters.mapping.figures import Negative
from adapters.mapping.limits import LimitOptions
from adapters.mapping.options import Options
from gateway.domain.location import LocationKind, LocationService

Role = Literal["catalogue", "locations", "stock", "inbound", "hand_over", "news"]


class TrytonOptions(Options):
    """One database of a Tryton 8.2 server. Its modules decide which roles it can play."""

    base_url: str = Field(pattern=r"^https?://[^\s]+$")
    database: str = Field(min_length=1)
    key_env: str
    """The environment variable that holds the key of a REST user application; by it everything is read."""
    user: str | None = None
    """Who hands work over. Needed for `hand_over`: orders are made in a session."""
    password_env: str | None = None
    """The environment variable that holds the user's password."""
    roles: Annotated[tuple[Role, ...], Field(min_length=1)]
    """What it is asked for."""
    company: int | None = None
    """The number of the company whose prices and orders are meant; the first where left out."""
    warehouses: tuple[str, ...] = ()
    """Codes of the warehouses that are ours to sell from; every active one where left out."""
    kind: LocationKind | None = None
    """What its warehouses are to us; by the source's kind where left out (a POS has stores, a supplier is a SUPPLIER)."""
    services: tuple[LocationService, ...] = ("SHIP",)
    """What its warehouses offer."""
    negative: Negative = "ZERO"
    """What a figure below 0 means; nothing checks the counter's sales, so they occur."""
    till: bool = False
    """Take units that were paid for at the counter and are not posted yet off what lies there."""
    drop_shippers: dict[str, str] = Field(default_factory=dict)
    """Codes of suppliers' parties by the location whose work they do: it is bought from them, and they send it (drop shipment)."""
    invoice_method: Literal["manual", "order", "shipment"] = "manual"
    """When its own invoices are made for orders of ours."""
    page_rows: Annotated[int, Field(ge=1, le=10_000)] = 1_000
    """Records of one answer."""
    overlap_s: Annotated[float, Field(ge=0)] = 60
    """How long before the last look changes are read again: records carry the time at which their transaction began."""
    limits: LimitOptions = LimitOptions()
