"""Builds a supplier by EDI, and its ports, from its section of the network file."""

import os
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from adapters.built import BuiltPorts
from adapters.edi.config import EdiOptions
from adapters.edi.mail import PartnerMail
from adapters.edi.news import EdiNews
from adapters.edi.orders import EdiOrders
from adapters.edi.partner import Partner
from adapters.edi.stock import EdiStock
from adapters.mailbox.desk import MailDesk
from adapters.mailbox.entering import entered
from adapters.mapping.options import read_options
from adapters.transport.calls import Limits
from adapters.transport.health import Health
from gateway.domain.errors import ConfigurationInvalid
from gateway.domain.network import Network, Source
from gateway.ports.stores import Clock


def build(
    source: Source,
    network: Network,
    clock: Clock,
    *,
    environment: Mapping[str, str] | None = None,
    limits: Limits | None = None,  # noqa: ARG001 - every adapter is built alike; a mailbox has bounds of its own
) -> BuiltPorts:
    """Raise ConfigurationInvalid for options that cannot be used, each problem with its key and the remedy. Nothing is called yet."""
    options = read_options(EdiOptions, source.code, source.options)
    _check(source, options)
    surroundings = os.environ if environment is None else environment
    store = entered(source.code, options.mailbox, Path(options.folder), surroundings)
    partner = Partner(source.code, options, ZoneInfo(options.time_zone or network.time_zone))
    mail = PartnerMail(partner, store, clock, Health(source.code, clock))
    return BuiltPorts(
        code=source.code,
        stock=EdiStock(mail, options.stock) if options.stock else None,
        hand_over=EdiOrders(mail, source.hand_over) if options.sends else None,
        news=EdiNews(mail) if options.response or options.despatch or options.sends else None,
        mailbox=MailDesk(source.code, store, options.mailbox, clock, mail.arrivals, mail.departures, mail.silence.reports),
        close=store.close,
    )


def _check(source: Source, options: EdiOptions) -> None:
    """Check what no part of the options knows alone."""
    path = f"sources.{source.code}"
    problems = []
    if options.sends and source.hand_over not in {"B", "C"}:
        stated = "is missing" if source.hand_over is None else "cannot be A: a partner honors no key of ours"
        problems.append(f"{path}.hand_over: {stated}; say B (what was sent can be looked up in the mailbox) or C (it cannot)")
    if source.hand_over == "B" and source.quiet_period.total_seconds() <= options.mailbox.timeout_s:
        remedy = f"use more than mailbox.timeout_s ({options.mailbox.timeout_s:g} s)"
        problems.append(f"{path}.quiet_period: is too short; {remedy}")
    if options.stock and source.ordered_by != "TIME":
        problems.append(f"{path}.ordered_by: must be TIME; reports carry their time, and numbers of interchanges fall back")
    if options.time_zone:
        try:
            ZoneInfo(options.time_zone)
        except (KeyError, ValueError, OSError):
            problems.append(f"{path}.options.time_zone: {options.time_zone!r} is no time zone; use one as Europe/Paris")
    if problems:
        raise ConfigurationInvalid(f"source {source.code}", problems)
