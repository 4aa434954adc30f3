"""Past orders of a file: a JSON list, or one JSON object a line; rows of one number are one order."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gateway.domain.errors import ConfigurationInvalid
from gateway.domain.ids import ChannelCode, LocationCode, Sku
from gateway.domain.network import Network
from gateway.domain.promise.options import Destination
from gateway.domain.quantities import SkuQuantity
from gateway.domain.simulation import PastGroup, PastOrder

MOST_PROBLEMS = 20


def past_orders(path: Path, network: Network) -> list[PastOrder]:
    """Return the orders; raises ConfigurationInvalid with what is wrong in which row."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = json.loads(text) if text.lstrip().startswith("[") else [json.loads(line) for line in text.splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise ConfigurationInvalid(str(path), [f"cannot be read: {error}"]) from error
    services = {channel.code: frozenset(service.code for service in channel.services) for channel in network.channels}
    orders: dict[str, PastOrder] = {}
    problems = []
    for number, row in enumerate(rows, 1):
        try:
            order = order_of(row, number, network.channels[0].code, services)
        except (KeyError, TypeError, ValueError) as error:
            problems.append(f"row {number}: {told(error)}")
            continue
        known = orders.get(order.number)
        orders[order.number] = PastOrder(order.number, order.channel, (*known.groups, *order.groups)) if known else order
    if problems:
        raise ConfigurationInvalid(str(path), problems[:MOST_PROBLEMS])
    return list(orders.values())


def told(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)


def order_of(row: Mapping[str, Any], number: int, first_channel: ChannelCode, services: Mapping[ChannelCode, frozenset[str]]) -> PastOrder:
    channel = ChannelCode(row.get("channel") or first_channel)
    if channel not in services:
        raise ValueError(f"there is no channel {channel!r}")
    if row["service"] not in services[channel]:
        raise ValueError(f"{channel} has no service {row['service']!r}; it has: {', '.join(sorted(services[channel]))}")
    lines = tuple(SkuQuantity(Sku(line["sku"]), whole(line["quantity"])) for line in row["lines"])
    if not lines:
        raise ValueError("lines is empty")
    country, pickup = row.get("countryCode"), row.get("pickupLocation")
    group = PastGroup(
        row["service"],
        lines,
        Destination(country, row.get("postalCode")) if country else None,
        LocationCode(pickup) if pickup else None,
    )
    return PastOrder(str(row.get("number") or f"row {number}"), channel, (group,))


def whole(quantity: object) -> int:
    if not isinstance(quantity, int) or quantity < 1:
        raise ValueError(f"quantity {quantity!r} is no number of units")
    return quantity
