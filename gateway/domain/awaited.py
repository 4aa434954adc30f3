"""Units that are promised of supply to come."""

from dataclasses import dataclass
from datetime import datetime

from gateway.domain.ids import Sku


@dataclass(frozen=True, slots=True)
class Awaited:
    """Units of a shipment, and the lot that they wait for; `kept`: what else must stay of that lot, to fill up the safety stock."""

    sku: Sku
    units: int
    lot: str
    expected_at: datetime
    kept: int = 0
