"""A promise that could not be kept, as it was told: what there was instead then."""

from dataclasses import dataclass
from datetime import datetime

from gateway.domain.promise.options import DeliveryOption


@dataclass(frozen=True, slots=True)
class Instead:
    """The option that was offered in its place, with its token."""

    option: DeliveryOption
    token: str
    expires_at: datetime
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class RefusedPromise:
    """`field`: of the input, the token that could not be redeemed."""

    message: str
    reason: str
    field: tuple[str, ...]
    instead: Instead | None = None
