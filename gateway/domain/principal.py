"""Who calls, and what such a caller may do: kinds, scopes, and the channel and places it is bound to."""

from dataclasses import dataclass

from gateway.domain.errors import Forbidden
from gateway.domain.ids import ChannelCode, LocationCode
from gateway.domain.network import CallerKind
from gateway.domain.order import Actor
from gateway.domain.order_terms import ActorKind

SCOPES: dict[CallerKind, frozenset[str]] = {
    "STOREFRONT": frozenset({"catalogue:read", "reservations:write", "orders:place"}),
    "STAFF": frozenset(
        {
            "catalogue:read",
            "reservations:write",
            "orders:place",
            "stock:read",
            "orders:read",
            "orders:write",
            "returns:write",
            "fulfillments:write",
        }
    ),
    "PARTNER": frozenset({"catalogue:read", "reservations:write", "orders:place", "prices:write"}),
    "SUPPLIER": frozenset({"catalogue:read", "stock:report", "fulfillments:write"}),
    "OPERATOR": frozenset(
        {
            "catalogue:read",
            "reservations:write",
            "orders:place",
            "prices:write",
            "stock:read",
            "stock:report",
            "orders:read",
            "orders:write",
            "returns:write",
            "fulfillments:write",
            "insights:read",
            "sourcing:write",
            "sources:read",
            "sources:write",
        }
    ),
}
ACTOR_KIND: dict[CallerKind, ActorKind] = {
    "STOREFRONT": "STOREFRONT",
    "STAFF": "STAFF",
    "PARTNER": "PARTNER",
    "SUPPLIER": "PARTNER",
    "OPERATOR": "OPERATOR",
}


@dataclass(frozen=True, slots=True)
class Principal:
    """One caller. A storefront's shopper is told apart by `session` (a digest): key and session together are the principal."""

    id: str
    kind: CallerKind
    name: str
    scopes: frozenset[str]
    channel: ChannelCode | None = None
    locations: frozenset[LocationCode] = frozenset()
    """Staff and suppliers: where they may act. Empty for an operator: everywhere; for others: nowhere."""
    session: str | None = None

    @property
    def identity(self) -> str:
        """What idempotency keys, holds and orders belong to."""
        return f"{self.id}/{self.session}" if self.session else self.id

    @property
    def actor(self) -> Actor:
        return Actor(ACTOR_KIND[self.kind], self.name)

    def may(self, scope: str) -> bool:
        return scope in self.scopes

    def acts_at(self, location: LocationCode) -> bool:
        return location in self.locations or (self.kind == "OPERATOR" and not self.locations)

    def require(self, scope: str) -> None:
        if scope not in self.scopes:
            raise Forbidden(f"This needs the scope {scope}.")
