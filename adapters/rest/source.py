"""Builds a system's ports from its section of the network file."""

import os
from collections.abc import Mapping

from adapters.built import BuiltPorts
from adapters.mapping.expressions import Words
from adapters.mapping.figures import delta, inbound, stock_maker
from adapters.mapping.options import read_options
from adapters.mapping.places import LocationMaker
from adapters.mapping.products import ProductMaker
from adapters.mapping.work import news
from adapters.rest.authentication import authentication_headers
from adapters.rest.catalogue import RestCatalogue
from adapters.rest.config import Changes, RestOptions
from adapters.rest.feeds import FeedReader
from adapters.rest.hand_over import RestHandOver
from adapters.rest.inbound import RestInbound
from adapters.rest.locations import RestLocations
from adapters.rest.news import RestNews
from adapters.rest.stock import RestStock, lookup_reader
from adapters.rest.system import System
from adapters.rest.webhooks import RestWebhooks
from adapters.transport.calls import Limits
from adapters.transport.http import HttpSource
from gateway.domain.errors import ConfigurationInvalid
from gateway.domain.feeds import StockDelta, StockRow, WorkNews
from gateway.domain.network import Network, Source
from gateway.ports.stores import Clock


def build(
    source: Source,
    network: Network,
    clock: Clock,
    *,
    environment: Mapping[str, str] | None = None,
    limits: Limits | None = None,
) -> BuiltPorts:
    """Raise ConfigurationInvalid for options that cannot be used, each problem with its key and the remedy. Nothing is called yet."""
    surroundings = os.environ if environment is None else environment
    options = read_options(RestOptions, source.code, source.options)
    bounds = options.limits.over(limits or Limits())
    _check(source, options, bounds)
    headers = {**options.headers, **authentication_headers(source.code, options.authentication, surroundings)}
    secret = _webhook_secret(source, surroundings) if options.webhook else b""
    http = HttpSource(source.code, options.base_url, clock, headers=headers, limits=bounds)
    return _ports(System(source, http, Words(options.tables), clock, options.refusals), options, network, secret)


def _ports(system: System, options: RestOptions, network: Network, secret: bytes) -> BuiltPorts:
    code = system.source.code
    product = ProductMaker(code, network.currency, includes_tax=network.prices_include_tax, currencies=network.currencies)
    place = LocationMaker(code, network.time_zone, network.country)
    news_reader = FeedReader(system.doing("news"), options.news, news) if options.news else None
    return BuiltPorts(
        code=code,
        catalogue=RestCatalogue(FeedReader(system.doing("catalogue"), options.catalogue, product)) if options.catalogue else None,
        locations=RestLocations(FeedReader(system.doing("locations"), options.locations, place)) if options.locations else None,
        stock=_stock(system, options),
        inbound=RestInbound(FeedReader(system.doing("inbound"), options.inbound, inbound)) if options.inbound else None,
        hand_over=RestHandOver(system, options.hand_over) if options.hand_over else None,
        news=RestNews(news_reader) if news_reader else None,
        webhooks=_webhooks(system, options, secret, news_reader),
        circuits=system.http.guard.circuits,
        close=system.http.close,
    )


def _stock(system: System, options: RestOptions) -> RestStock | None:
    stated = options.stock
    if stated is None:
        return None
    snapshot = FeedReader(system.doing("stock.snapshot"), stated.snapshot, stock_maker(stated.negative))
    changes = _changes(system, stated.changes, options) if stated.changes else None
    return RestStock(snapshot, changes, lookup_reader(system, stated, snapshot), stated)


def _changes(system: System, changes: Changes, options: RestOptions) -> FeedReader[StockRow | StockDelta]:
    negative, system = options.stock.negative if options.stock else "REJECT", system.doing("stock.changes")
    if changes.state == "DELTA":
        return FeedReader[StockRow | StockDelta](system, changes, delta)
    return FeedReader[StockRow | StockDelta](system, changes, stock_maker(negative))


def _webhooks(system: System, options: RestOptions, secret: bytes, news_reader: FeedReader[WorkNews] | None) -> RestWebhooks | None:
    stated = options.webhook
    if stated is None:
        return None
    feeds: list[FeedReader[StockRow | StockDelta] | FeedReader[WorkNews]] = []
    if "changes" in stated.feeds and options.stock and options.stock.changes:
        feeds.append(_changes(system, options.stock.changes, options))
    if "news" in stated.feeds and news_reader:
        feeds.append(news_reader)
    return RestWebhooks(system, stated, secret, feeds)


def _check(source: Source, options: RestOptions, limits: Limits) -> None:
    """Check what no part of the options knows alone."""
    path = f"sources.{source.code}"
    problems = []
    if options.hand_over and source.hand_over is None:
        problems.append(f"{path}.hand_over: is missing; say A (honors our key), B (can be asked) or C (neither)")
    kinds = [kind for kind in ("order", "shipment", "store_task", "purchase_order") if kind in options.hand_over]
    if source.hand_over == "B":
        problems += [
            f"{path}.options.hand_over.{kind}.find: is missing; class B needs it" for kind in kinds if not options.hand_over[kind].find
        ]
        problems += _too_short(source, options, limits)
    if options.webhook and "changes" in options.webhook.feeds and not (options.stock and options.stock.changes):
        problems.append(f"{path}.options.webhook.feeds: names changes, and stock.changes is missing; add it")
    if options.webhook and "news" in options.webhook.feeds and not options.news:
        problems.append(f"{path}.options.webhook.feeds: names news, and news is missing; add it")
    if problems:
        raise ConfigurationInvalid(f"source {source.code}", problems)


def _too_short(source: Source, options: RestOptions, limits: Limits) -> list[str]:
    """A message that was asked after while its call could still be under way might be sent beside it."""
    longest_s = max((one.longest_s or limits.mutation_timeout_s for one in options.hand_over.values()), default=0.0)
    if source.quiet_period.total_seconds() > longest_s:
        return []
    remedy = f"use more than the time-out of its calls ({longest_s:g} s) and the longest that it works on one"
    return [f"sources.{source.code}.quiet_period: is too short; {remedy}"]


def _webhook_secret(source: Source, environment: Mapping[str, str]) -> bytes:
    name = source.webhook_secret_env
    if not name or not environment.get(name):
        what = f"{name} is not set; set this environment variable" if name else "is missing; name the variable that holds the secret"
        raise ConfigurationInvalid(f"source {source.code}", [f"sources.{source.code}.webhook_secret_env: {what}"])
    return environment[name].encode()
