"""Orders as their books' tests need them: small, and with what lists are filtered by."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from gateway.domain.delivery_group import DeliveryGroup, DeliveryPromise
from gateway.domain.ids import ChannelCode, LocationCode, Rid, Sku, SourceCode, order_number
from gateway.domain.order import Actor, Fulfillment, FulfillmentLine, Milestone, Order, OrderLine, UnitGroup
from gateway.domain.outbox import OutboxEntry

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ERP, WMS = SourceCode("erp"), SourceCode("wms")
HERE, THERE = LocationCode("here"), LocationCode("there")


def order(rid: Rid, **fields: Any) -> Order:
    """Return an order of one shirt from `here`, placed now, not routed yet."""
    given: dict[str, Any] = {
        "channel": ChannelCode("web"),
        "currency": "EUR",
        "placed_at": NOW,
        "updated_at": NOW,
        "lines": (OrderLine("1", Sku("sku"), 1, Decimal("9.90"), "1", units=(UnitGroup(1, "ALLOCATED", HERE),)),),
        "groups": (DeliveryGroup("1", "standard", "SHIP", Decimal(5), promise=promise(2)),),
        "owner": "storefront/s1",
        "placed_by": Actor("STOREFRONT", "web"),
    }
    return Order(rid, order_number(rid), **{**given, **fields})


def promise(days: int) -> DeliveryPromise:
    return DeliveryPromise(NOW, NOW + timedelta(days=days), "DAY", "Europe/Paris", NOW)


def work(rid: Rid, n: int = 1, *, place: LocationCode = HERE, due_h: float = 1, **fields: Any) -> Fulfillment:
    given: dict[str, Any] = {
        "task": "SHIP",
        "state": "OFFERED",
        "group": "1",
        "location": place,
        "lines": (FulfillmentLine("1", "1", Sku("sku"), 1),),
        "created_at": NOW,
        "updated_at": NOW,
        "milestones": (Milestone("ACCEPT", NOW + timedelta(hours=due_h)),),
    }
    return Fulfillment(f"{order_number(rid)}-{n}", **{**given, **fields})


def message(rid: Rid, n: int = 1, source: SourceCode = WMS, **fields: Any) -> OutboxEntry:
    given: dict[str, Any] = {"leg": f"{order_number(rid)}-{n}", "kind": "SHIPMENT", "key": f"{rid}:{n}:1", "created_at": NOW}
    return OutboxEntry(n, source=source, **{**given, **fields})
