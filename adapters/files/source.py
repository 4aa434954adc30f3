"""Builds a source made of files, and its ports."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from adapters.built import BuiltPorts, nothing
from adapters.files.arriving import Arriving, Files, Resting
from adapters.files.config import FileOptions, Table
from adapters.files.feeds import FileReader
from adapters.mailbox.desk import MailDesk
from adapters.mailbox.entering import entered
from adapters.mapping.expressions import Words
from adapters.mapping.figures import inbound, stock_maker
from adapters.mapping.options import read_options
from adapters.mapping.places import LocationMaker
from adapters.mapping.products import ProductMaker
from adapters.mapping.rows import Maker
from adapters.transport.calls import Limits
from adapters.transport.health import Health
from gateway.domain.feeds import Batch, InboundRow, Item, LocationRow, ProductRow, StockDelta, StockRow
from gateway.domain.network import Network, Source
from gateway.ports.stores import Clock

Row = TypeVar("Row")


def build(
    source: Source,
    network: Network,
    clock: Clock,
    *,
    environment: Mapping[str, str] | None = None,
    limits: Limits | None = None,  # noqa: ARG001 - every adapter is built alike; a file knows no deadline
) -> BuiltPorts:
    """Raise ConfigurationInvalid for options that cannot be used; files are looked at when they are read."""
    options = read_options(FileOptions, source.code, source.options)
    words, health = Words(options.tables), Health(source.code, clock)
    files = _files(source, options, clock, health, os.environ if environment is None else environment)
    product = ProductMaker(source.code, network.currency, includes_tax=network.prices_include_tax, currencies=network.currencies)
    place = LocationMaker(source.code, network.time_zone, network.country)

    def reader(operation: str, table: Table, make: Maker[Row], key: Callable[[Row], Hashable]) -> FileReader[Row]:
        return FileReader(source.code, files.files, table, make, key, words, health, operation)

    return BuiltPorts(
        code=source.code,
        catalogue=FileCatalogue(reader("catalogue", options.catalogue, product, lambda row: row.sku)) if options.catalogue else None,
        locations=FileLocations(reader("locations", options.locations, place, lambda row: row.code)) if options.locations else None,
        stock=FileStock(reader("stock", options.stock, stock_maker(options.negative), stock_key)) if options.stock else None,
        inbound=FileInbound(reader("inbound", options.inbound, inbound, inbound_key)) if options.inbound else None,
        mailbox=files.mailbox,
        close=files.close,
    )


@dataclass(frozen=True)
class Found:
    """Where the files are, and the mailbox that they arrive in, if they do."""

    files: Files
    mailbox: MailDesk | None = None
    close: Callable[[], Awaitable[None]] = nothing


def _files(source: Source, options: FileOptions, clock: Clock, health: Health, environment: Mapping[str, str]) -> Found:
    folder, stated = Path(options.folder), options.mailbox
    if stated is None:
        return Found(Resting(folder))
    store = entered(source.code, stated, folder, environment)
    arriving = Arriving(source.code, store, stated, options.files, clock, health)

    async def close() -> None:
        arriving.close()
        await store.close()

    return Found(arriving, MailDesk(source.code, store, stated, clock, arriving.arrivals), close)


def stock_key(row: StockRow) -> tuple[str, str]:
    return row.location, str(row.item)


def inbound_key(row: InboundRow) -> tuple[str, str, str]:
    return row.location, str(row.item), row.reference


class FileCatalogue:
    """A CatalogueSource. The cursor is the stamp of its files: unchanged ones have nothing new."""

    def __init__(self, reader: FileReader[ProductRow]) -> None:
        self._reader = reader

    async def products(self, changed_since: str | None = None) -> AsyncIterator[Batch[ProductRow]]:
        await self._reader.look()
        stamp = self._reader.stamp()
        if changed_since == stamp:
            yield self._reader.nothing_new(stamp)
            return
        async for batch in self._reader.batches():
            yield replace(batch, cursor=stamp if batch.complete else None)


class FileLocations:
    """A LocationSource."""

    def __init__(self, reader: FileReader[LocationRow]) -> None:
        self._reader = reader

    async def locations(self) -> Batch[LocationRow]:
        await self._reader.look()
        batches = [batch async for batch in self._reader.batches()]
        rows = tuple(row for batch in batches for row in batch.rows)
        return Batch(rows, tuple(refused for batch in batches for refused in batch.rejected), batches[-1].asked_at)


class FileStock:
    """A StockSource. Figures hold as of when the file was written; a changed file is told whole.

    When the source began to write it nobody knows, but not before it had written the one before: that is since when it was surely made.
    """

    def __init__(self, reader: FileReader[StockRow]) -> None:
        self._reader = reader
        self._written_at: datetime | None = None
        self._before: datetime | None = None

    async def snapshot(self) -> AsyncIterator[Batch[StockRow]]:
        await self._reader.look()
        stamp = self._reader.stamp()
        async for batch in self._reader.batches():
            yield self._dated(replace(batch, cursor=stamp))

    def _dated(self, batch: Batch[StockRow]) -> Batch[StockRow]:
        if batch.asked_at != self._written_at:
            self._before, self._written_at = self._written_at, batch.asked_at
        return replace(batch, begun_at=self._before, unasked=True)

    async def changes(self, cursor: str | None) -> AsyncIterator[Batch[StockRow | StockDelta]]:
        await self._reader.look()
        stamp = self._reader.stamp()
        if cursor == stamp:
            yield self._dated(self._reader.nothing_new(stamp))
            return
        async for batch in self._reader.batches():
            yield self._dated(replace(batch, cursor=stamp if batch.complete else None, whole=True))

    async def positions(self, items: Collection[Item]) -> Batch[StockRow]:
        """Read the file again for some items; whichever of its names a row gives counts."""
        skus, gtins, codes = ({getattr(item, name) for item in items} - {None} for name in ("sku", "gtin", "code"))
        rows: list[StockRow] = []
        await self._reader.look(again=False)
        asked_at = self._reader.written_at()
        async for batch in self._reader.batches():
            rows += [row for row in batch.rows if row.item.sku in skus or row.item.gtin in gtins or row.item.code in codes]
        return self._dated(Batch(tuple(rows), asked_at=asked_at))


class FileInbound:
    """An InboundSource."""

    def __init__(self, reader: FileReader[InboundRow]) -> None:
        self._reader = reader

    async def inbound(self) -> AsyncIterator[Batch[InboundRow]]:
        await self._reader.look()
        async for batch in self._reader.batches():
            yield batch
