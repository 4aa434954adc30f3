"""What commands answer. Reservation commands answer the hold's Record, route, hold and release the order's, work commands a Worked."""

from dataclasses import dataclass

from gateway.domain.order import Refund
from gateway.ports.order_book import Record


@dataclass(frozen=True, slots=True)
class Placed:
    """`access_secret` None: it was reissued since."""

    record: Record
    access_secret: str | None


@dataclass(frozen=True, slots=True)
class Canceled:
    """Units by order line id: canceled at once, and those whose location was asked."""

    record: Record
    canceled: tuple[tuple[str, int], ...]
    requested: tuple[tuple[str, int], ...]
    refund: Refund | None


@dataclass(frozen=True, slots=True)
class Worked:
    """`number` is the fulfillment's."""

    record: Record
    number: str
