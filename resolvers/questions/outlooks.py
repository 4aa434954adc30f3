"""What a product's stock is expected to come to where it lies, from what its source says of sales, markdowns and supply to come."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from gateway.domain.calendar import zone
from gateway.domain.catalogue import Product, sales_by_location
from gateway.domain.ids import LocationCode, Sku
from gateway.domain.network import Channel
from gateway.domain.sourcing.problem import Outlook
from gateway.domain.sourcing_terms import CostTerms
from gateway.domain.stock import StockPosition

ONE_DAY = timedelta(days=1)


def outlooks(
    products: Collection[Product], channel: Channel, terms: CostTerms, positions: Mapping[Sku, Collection[StockPosition]], now: datetime
) -> dict[Sku, Outlook]:
    """Return the outlook of each product of which counter sales are told."""
    return {
        product.sku: outlook(product, channel, terms, positions.get(product.sku, ()), now) for product in products if product.sales_per_day
    }


def outlook(product: Product, channel: Channel, terms: CostTerms, positions: Collection[StockPosition], now: datetime) -> Outlook:
    price = product.price_in(channel.code, channel.currency)
    amount = price.amount if price else Decimal(0)
    return Outlook(
        per_day=sales_by_location(product),
        margin=amount * terms.margin_share,
        replenished_in_days=replenished(positions, now),
        markdown_in_days=days_to_markdown(product, channel, now),
        markdown_loss=Decimal(0) if product.clearance_net is None else max(Decimal(0), amount - product.clearance_net),
    )


def replenished(positions: Collection[StockPosition], now: datetime) -> dict[LocationCode, float]:
    """Return in how many days supply comes, where some is announced that is not sold yet."""
    coming = {position.location: [lot.expected_at for lot in position.inbound if lot.available > 0] for position in positions}
    return {place: max(0.0, (min(moments) - now) / ONE_DAY) for place, moments in coming.items() if moments}


def days_to_markdown(product: Product, channel: Channel, now: datetime) -> float | None:
    """Return the days left until the markdown; None where none is planned, and once it has begun: the price says it then."""
    if product.markdown_on is None:
        return None
    days = (product.markdown_on - now.astimezone(zone(channel.time_zone)).date()).days
    return float(days) if days > 0 else None
