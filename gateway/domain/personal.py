"""What identifies the person behind an order."""

from dataclasses import dataclass, field

from gateway.domain.ids import Rid
from gateway.domain.location import Address


@dataclass(frozen=True, slots=True)
class PersonalData:
    """What identifies a person, in a document of its own: deletable without losing the order."""

    rid: Rid
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    locale: str | None = None
    reference: str | None = None
    billing: Address | None = None
    address_by_group: dict[str, Address] = field(default_factory=dict)
    """By the name that a delivery group has for it."""
