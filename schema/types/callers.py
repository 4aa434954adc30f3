"""Who calls, and who did something."""

from enum import StrEnum

import strawberry

from gateway.domain import order as orders
from gateway.domain.principal import Principal
from resolvers.questions import viewer
from schema.types.channels import Channel
from schema.types.enums import described
from schema.types.fields import resolved
from schema.types.info import Info
from schema.types.locations import Location


@described("What kind of party acts.")
class ActorKind(StrEnum):
    STOREFRONT = "STOREFRONT"
    STAFF = "STAFF"
    PARTNER = "PARTNER"
    OPERATOR = "OPERATOR"
    SYSTEM = "SYSTEM"
    SOURCE = "SOURCE"


@strawberry.type(description="Who did something.")
class Actor:
    kind: ActorKind
    name: str

    @classmethod
    def of(cls, actor: orders.Actor) -> "Actor":
        return cls(kind=ActorKind(actor.kind), name=actor.name)


@strawberry.type(description="Who the caller is to the gateway.")
class Viewer:
    kind: ActorKind
    name: str
    scopes: list[str]

    @strawberry.field
    def channel(self, info: Info) -> Channel | None:
        own = viewer.own_channel(info.context)
        return Channel.of(own) if own else None

    @resolved("Staff and suppliers: where they may act.")
    def locations(self, info: Info) -> list[Location]:
        return [Location.of(place) for place in viewer.own_locations(info.context)]

    @classmethod
    def of(cls, principal: Principal) -> "Viewer":
        return cls(kind=ActorKind(principal.actor.kind), name=principal.name, scopes=sorted(principal.scopes))
