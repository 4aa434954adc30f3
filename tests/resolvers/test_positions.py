"""Stock documents become a channel's positions."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gateway.domain.ids import ChannelCode, LocationCode, Sku, SourceCode, stock_key
from gateway.domain.location import Location
from gateway.domain.network import Channel, DeliveryService, SafetyStock, Source
from gateway.domain.scope import channel_scope
from gateway.domain.stock import StockPosition, available_to_sell
from gateway.ports.ledger import Marker, StockState
from gateway.ports.stores import FeedState
from resolvers.positions import positions_of, source_facts, source_known

NOW = datetime(2025, 6, 26, 8, tzinfo=UTC)
WMS, PARIS, SKU = SourceCode("wms"), LocationCode("PAR"), Sku("A|1")
SOURCE = Source(WMS, "WMS", "rest")
LOCATIONS = {PARIS: Location(PARIS, "Paris", "WAREHOUSE", "Europe/Paris", WMS, services=("SHIP",))}
CHANNEL = Channel(ChannelCode("web"), "Web", "EUR", "Europe/Paris", services=(DeliveryService("std", "Standard", "SHIP"),))
STATE = StockState(stock_key(SKU, PARIS), 10, 1, 10, NOW - timedelta(hours=2), None, WMS)


def seen(state: StockState, feeds: tuple[FeedState, ...] = (), channel: Channel = CHANNEL, *, down: bool = False) -> StockPosition:
    return positions_of([state], channel, LOCATIONS, {WMS: source_facts(SOURCE, feeds, down=down)}, NOW)[0]


def test_holds_are_reserved_until_their_end_and_orders_allocated() -> None:
    markers = (Marker(2, NOW + timedelta(minutes=1)), Marker(3, NOW), Marker(1, None))
    position = seen(replace(STATE, free=4, markers=markers))
    assert (position.sku, position.reserved, position.allocated, available_to_sell(position)) == ("A|1", 2, 1, 7)


def test_a_position_is_as_fresh_as_the_later_of_its_row_and_its_feeds_watermark() -> None:
    assert (seen(STATE).as_of, seen(STATE).freshness) == (NOW - timedelta(hours=2), "STALE")
    swept = FeedState(WMS, "stock", as_of_by_location={PARIS: NOW - timedelta(minutes=1)})
    assert (seen(STATE, (swept,)).as_of, seen(STATE, (swept,)).freshness) == (NOW - timedelta(minutes=1), "FRESH")
    assert seen(STATE, (swept,), down=True).freshness == "DOWN"


def test_a_figure_past_its_sources_bound_is_shown_and_not_sold() -> None:
    assert seen(replace(STATE, as_of=NOW - timedelta(hours=24))).sellable
    assert not seen(replace(STATE, as_of=NOW - timedelta(hours=24, seconds=1))).sellable


def test_the_channels_safety_stock_is_in() -> None:
    assert available_to_sell(seen(STATE, channel=replace(CHANNEL, safety_stock=(SafetyStock(4),)))) == 6


def test_positions_of_other_channels_and_lost_places_are_left_out() -> None:
    facts = {WMS: source_facts(SOURCE, (), down=False)}
    assert positions_of([STATE], replace(CHANNEL, kinds=("STORE",)), LOCATIONS, facts, NOW) == ()
    assert positions_of([STATE], CHANNEL, {}, facts, NOW) == ()


def test_no_position_means_none_unless_its_owner_is_away_and_never_told_the_place_whole() -> None:
    scope = channel_scope(CHANNEL, LOCATIONS.values())
    swept = FeedState(WMS, "stock", as_of_by_location={PARIS: NOW})
    assert source_known(scope, (), LOCATIONS, {WMS: source_facts(SOURCE, (), down=False)})
    assert not source_known(scope, (), LOCATIONS, {WMS: source_facts(SOURCE, (), down=True)})
    assert source_known(scope, (), LOCATIONS, {WMS: source_facts(SOURCE, (swept,), down=True)})
    assert source_known(scope, (seen(STATE),), LOCATIONS, {WMS: source_facts(SOURCE, (), down=True)})
