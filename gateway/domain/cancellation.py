"""What a place was asked to cancel of its work, and has not answered."""

from dataclasses import dataclass
from datetime import datetime

from gateway.domain.order_terms import CancelReason
from gateway.domain.quantities import SkuQuantity


@dataclass(frozen=True, slots=True)
class CancellationRequest:
    lines: tuple[SkuQuantity, ...]
    reason: CancelReason
    requested_at: datetime
