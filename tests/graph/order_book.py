"""Orders and holds as a test needs them: one shirt to Lyon's counter, two shoes by parcel from Gonesse."""

from datetime import datetime, timedelta
from decimal import Decimal

from gateway.domain.claims.documents import Claim, OrderDoc
from gateway.domain.delivery_group import DeliveryGroup, DeliveryPromise
from gateway.domain.ids import Rid, order_number, stock_key
from gateway.domain.location import Address
from gateway.domain.order import (
    Actor,
    Attention,
    Event,
    Fulfillment,
    FulfillmentLine,
    Milestone,
    Order,
    OrderLine,
    Payment,
    Refund,
    UnitGroup,
)
from gateway.domain.outbox import OutboxEntry
from gateway.domain.personal import PersonalData
from gateway.domain.reservation import Reservation, ReservedLine
from tests.domain.retailer import LYON, WAREHOUSE
from tests.graph.conftest import NOW, SHIRT, SHOE, WMS

RID = Rid("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
HOLD = Rid("HOLDHOLDHOLDHOLDHOLDHOLDHO")
NUMBER = order_number(RID)
PICKUP, PARCEL = f"{NUMBER}-1", f"{NUMBER}-2"
PROMISE = DeliveryPromise(NOW + timedelta(hours=2), NOW + timedelta(days=2), "DAY", "Europe/Paris", NOW)


def ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def work(number: str, task: str, place: str, line: str, units: int) -> Fulfillment:
    return Fulfillment(
        number,
        task,  # type: ignore[arg-type]
        "OFFERED",
        group="1" if task == "HAND_OVER" else "2",
        location=place,  # type: ignore[arg-type]
        lines=(FulfillmentLine("1", line, SHIRT if line == "1" else SHOE, units),),
        created_at=NOW,
        updated_at=NOW,
        milestones=(Milestone("ACCEPT", NOW - timedelta(minutes=5)),),
    )


def placed(owner: str = "storefront/s1", rid: Rid = RID, channel: str = "web") -> OrderDoc:
    number = order_number(rid)
    order = Order(
        rid,
        number,
        channel,  # type: ignore[arg-type]
        "EUR",
        NOW - timedelta(hours=1),
        NOW,
        lines=(
            OrderLine("1", SHIRT, 1, Decimal("20.00"), "1", units=(UnitGroup(1, "OFFERED", LYON, f"{number}-1"),)),
            OrderLine(
                "2",
                SHOE,
                3,
                Decimal("35.00"),
                "2",
                discount=Decimal("5.00"),
                units=(UnitGroup(2, "OFFERED", WAREHOUSE, f"{number}-2"), UnitGroup(1, "CANCELED")),
            ),
        ),
        groups=(
            DeliveryGroup("1", "collect", "PICKUP", Decimal(0), pickup_location=LYON, promise=PROMISE),
            DeliveryGroup("2", "standard", "SHIP", Decimal("4.90"), "FR", "69003", promise=PROMISE),
        ),
        owner=owner,
        placed_by=Actor("STOREFRONT", "Shop"),
        fulfillments=(work(f"{number}-1", "HAND_OVER", LYON, "1", 1), work(f"{number}-2", "SHIP", WAREHOUSE, "2", 2)),
        attention=(Attention("SHORTFALL", "One shoe is missing.", NOW, f"{number}-2"),),
        history=(
            Event("e1", NOW, "ORDER_PLACED", "Placed."),
            Event("e2", NOW, "FULFILLMENT_OFFERED", "Offered to Lyon.", fulfillment=f"{number}-1"),
            Event("e3", NOW, "ORDER_ROUTED", "Routed."),
        ),
        payments=(Payment("psp", "p1", Decimal("119.90"), "EUR"),),
        refunds=(Refund("1", Decimal("33.33"), "CANCELLATION", "DUE", NOW, (("2", 1),)),),
        reference="R-1",
        customer_reference="C-1",
        routed=True,
    )
    outbox = (OutboxEntry(1, f"{number}-2", "SHIPMENT", WMS, f"{rid}:x:1", "DEAD", attempts=3, last_error="no"),)
    return OrderDoc(rid, "fp", "PLACED", 1, 1, created_ms=ms(NOW), order=order, outbox=outbox)


def person(rid: Rid = RID) -> PersonalData:
    address = Address("FR", "Ada", "1 rue X", postal_code="69003", city="Lyon")
    return PersonalData(rid, "Ada", "ada@example.com", address_by_group={"2": address})


def held(owner: str = "storefront/s1", rid: Rid = HOLD) -> OrderDoc:
    claims = (Claim("m1", stock_key(SHIRT, WAREHOUSE), 2), Claim("m2", stock_key(SHIRT, LYON), 1))
    lines = (ReservedLine(SHIRT, 1), ReservedLine(SHIRT, 3))
    hold = Reservation(rid, "web", owner, lines, NOW)  # type: ignore[arg-type]
    return OrderDoc(rid, "fp", "HELD", 1, 1, created_ms=ms(NOW), claims=claims, exp=ms(NOW + timedelta(minutes=15)), reservation=hold)
