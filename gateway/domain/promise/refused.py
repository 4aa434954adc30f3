"""A promise that could not be kept, as it was told: what there was instead then."""

from dataclasses import dataclass

from gateway.domain.promise.options import Quote


@dataclass(frozen=True, slots=True)
class RefusedPromise:
    """`field`: of the input, the token that could not be redeemed."""

    message: str
    reason: str
    field: tuple[str, ...]
    instead: Quote | None = None
