"""Orders as placing makes them: claimed, built and, unless they wait, routed in one write."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from gateway.domain.claims.documents import Entry, OrderDoc
from gateway.domain.claims.programs import NoOtherPlace, Pick, Request, reserve
from gateway.domain.delivery_group import PlannedShipment
from gateway.domain.ids import LocationCode, Rid, Sku, rid_of, stock_key
from gateway.domain.network import DeliveryMethod
from gateway.domain.order import OrderHold, Payment
from gateway.domain.ordering.building import built
from gateway.domain.ordering.drafts import GroupDraft, LineDraft, OrderDraft
from gateway.domain.ordering.owed import Owed
from gateway.domain.ordering.routing import routed
from gateway.domain.principal import Principal
from gateway.domain.quantities import SkuQuantity
from gateway.ports.order_book import Record
from resolvers.commands.routing_facts import routing_facts
from tests.domain.retailer import PLACES
from tests.support.memory_shop import SHOPPER, MemoryShop

PRICES = {Sku("A"): Decimal("20.00"), Sku("B"): Decimal("35.00")}
Part = tuple[Sku, int, LocationCode]


def goods(shop: MemoryShop, *parts: Part, method: DeliveryMethod = "SHIP", service: str = "standard") -> GroupDraft:
    """Return a delivery group whose parts come from the places named; promised for within a week."""
    now = shop.clock.at
    shipments = [
        PlannedShipment(place, (SkuQuantity(sku, units),), "post/parcel", now + timedelta(hours=5), now, now + timedelta(days=7))
        for sku, units, place in parts
    ]
    return GroupDraft(
        service=service,
        method=method,
        lines=tuple(LineDraft(sku, units, PRICES[sku]) for sku, units, _ in parts),
        earliest=now,
        latest=now + timedelta(days=7),
        precision="DAY",
        time_zone="Europe/Paris",
        plan=tuple(shipments),
        fee=Decimal("4.90"),
        country_code="FR",
        postal_code="69003",
        pickup_location=parts[0][2] if method == "PICKUP" else None,
    )


async def placed(
    shop: MemoryShop,
    *groups: GroupDraft,
    key: str = "placing",
    who: Principal = SHOPPER,
    hold: OrderHold | None = None,
    paid: Sequence[Payment] = (),
    route: bool = True,
) -> Record:
    rid = rid_of(who.identity, "placeOrder", key)
    channel = who.channel or shop.network.channels[0].code
    draft = OrderDraft(rid, channel, "EUR", groups, who.identity, who.actor, tuple(paid), hold)
    picks: dict[str, Pick] = {}
    for group in groups:
        for shipment in group.plan:
            for part in shipment.lines:
                at = stock_key(part.sku, shipment.location)
                picks[at] = Pick(at, part.quantity + (picks[at].units if at in picks else 0))
    now, facts = shop.clock.at, routing_facts(shop.world, PLACES)

    def write(doc: OrderDoc) -> Entry:
        order, owed = built(draft, doc.claims, now), Owed(rid, doc.outbox, now)
        return Entry(order=order if hold or not route else routed(order, owed, facts, now), outbox=owed.entries)

    await shop.world.claims.run(reserve(Request(rid, "fp", tuple(picks.values()), NoOtherPlace(), write, "PLACED")))
    return await shop.record(rid)


async def announced(shop: MemoryShop, rid: Rid, leg: str) -> Record:
    """Let a relay announce the message about a leg: from now on its source may have begun."""
    while True:
        claimed = await shop.world.outbox.claim("relay", list(shop.targets), shop.clock.now(), 30)
        assert claimed is not None, f"no message about {leg} is due"
        record, entry = claimed
        told = await shop.world.outbox.announce(record, entry, shop.clock.now(), 30)
        assert told is not None
        if record.rid == rid and entry.leg == leg:
            return told
