"""Builds the ports of a Tryton database from its section of the network file."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.built import BuiltPorts
from adapters.mapping.moments import at_hour
from adapters.mapping.options import read_options
from adapters.mapping.places import LocationMaker
from adapters.mapping.products import ProductMaker
from adapters.transport.calls import Limits
from adapters.transport.http import HttpSource
from adapters.tryton.articles import Articles
from adapters.tryton.catalogue import TrytonCatalogue
from adapters.tryton.client import Reader
from adapters.tryton.company import Books
from adapters.tryton.config import Role, TrytonOptions
from adapters.tryton.drop_shipping import DropShipping
from adapters.tryton.figures import Figures
from adapters.tryton.hand_over import TrytonHandOver
from adapters.tryton.inbound import TrytonInbound
from adapters.tryton.locations import TrytonLocations
from adapters.tryton.news import TrytonNews
from adapters.tryton.orders import Making
from adapters.tryton.session import Session
from adapters.tryton.stock import TrytonStock
from adapters.tryton.trail import Trail
from gateway.domain.errors import ConfigurationInvalid
from gateway.domain.location import LocationKind
from gateway.domain.network import Network, Source, SourceKind
from gateway.ports.stores import Clock

KIND: dict[SourceKind, LocationKind] = {"POS": "STORE", "SUPPLIER": "SUPPLIER"}


def build(
    source: Source,
    network: Network,
    clock: Clock,
    *,
    environment: Mapping[str, str] | None = None,
    limits: Limits | None = None,
) -> BuiltPorts:
    """Raise ConfigurationInvalid for options that cannot be used, each problem with its key and the remedy. Nothing is called yet."""
    options = read_options(TrytonOptions, source.code, source.options)
    bounds = options.limits.over(limits or Limits())
    secrets = secrets_of(source, options, os.environ if environment is None else environment)
    check(source, options, bounds)
    http = HttpSource(source.code, options.base_url, clock, limits=bounds)
    reader = Reader(http, options.database, secrets["key_env"], clock, options.page_rows)
    session = Session(http, options.database, options.user or "", secrets.get("password_env", ""))
    return Building(source, network, options, reader, session).ports()


@dataclass(frozen=True)
class Building:
    """One source in the making."""

    source: Source
    network: Network
    options: TrytonOptions
    reader: Reader
    session: Session

    def ports(self) -> BuiltPorts:
        code, options, network = self.source.code, self.options, self.network
        articles = Articles(self.reader, mints=network.minting_source == code)
        books = Books(self.reader, options.company)
        figures = Figures(self.reader, articles, self.source.states, options.negative, options.till)
        product = ProductMaker(code, network.currency, includes_tax=network.prices_include_tax, currencies=network.currencies)
        place = LocationMaker(code, network.time_zone, network.country)
        kind = options.kind or KIND.get(self.source.kind, "WAREHOUSE")
        taxed = network.prices_include_tax
        dropping = DropShipping(self.reader, self.session, options.drop_shippers)
        making = Making(self.reader, self.session, articles, books, options.warehouses, options.invoice_method, taxed, dropping)
        return BuiltPorts(
            code=code,
            catalogue=self.playing("catalogue", TrytonCatalogue(self.reader, self.trail(), books, product, with_tax=taxed)),
            locations=self.playing("locations", TrytonLocations(self.reader, options.warehouses, place, kind, options.services)),
            stock=self.playing("stock", TrytonStock(self.reader, articles, figures, self.trail(), options.warehouses)),
            inbound=self.playing("inbound", TrytonInbound(self.reader, articles, options.warehouses, self.noon)),
            hand_over=self.playing("hand_over", TrytonHandOver(self.source, self.reader, self.session, making, articles)),
            news=self.playing("news", TrytonNews(self.reader, articles, self.trail(), dropping=bool(options.drop_shippers))),
            circuits=self.reader.http.guard.circuits,
            close=self.reader.http.close,
        )

    def playing(self, role: Role, port: Any) -> Any:
        return port if role in self.options.roles else None

    def trail(self) -> Trail:
        return Trail(self.source.code, self.options.overlap_s)

    def noon(self, day: Any) -> datetime:
        return at_hour(day, "12:00", self.network.time_zone)


def check(source: Source, options: TrytonOptions, limits: Limits) -> None:
    """Check what no part of the options knows alone."""
    path, problems = f"sources.{source.code}", []
    if "hand_over" in options.roles:
        problems += [
            f"{path}.options.{key}: is missing; hand_over needs it" for key in ("user", "password_env") if not getattr(options, key)
        ]
        if source.hand_over != "B":
            problems.append(f"{path}.hand_over: must be B; Tryton honors no key, and can be asked for our reference")
        if source.quiet_period.total_seconds() <= limits.mutation_timeout_s:
            remedy = f"use more than the time-out of its calls ({limits.mutation_timeout_s:g} s) and the longest that it works on one"
            problems.append(f"{path}.quiet_period: is too short; {remedy}")
    if source.ordered_by != "TIME":
        problems.append(f"{path}.ordered_by: must be TIME; Tryton numbers nothing")
    if problems:
        raise ConfigurationInvalid(f"source {source.code}", problems)


def secrets_of(source: Source, options: TrytonOptions, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the key and the password, as far as they are named."""
    named = {key: name for key in ("key_env", "password_env") if (name := getattr(options, key))}
    absent = [f"sources.{source.code}.options.{key}: {name} is not set; set this environment variable" for key, name in named.items()]
    absent = [line for line, name in zip(absent, named.values(), strict=True) if not environment.get(name)]
    if absent:
        raise ConfigurationInvalid(f"source {source.code}", absent)
    return {key: environment[name] for key, name in named.items()}
