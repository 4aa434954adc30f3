"""Builds a source made of files, and its ports."""

from collections.abc import AsyncIterator, Callable, Collection, Hashable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from adapters.built import BuiltPorts
from adapters.files.config import FileOptions, Table
from adapters.files.feeds import FileReader
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
    limits: Limits | None = None,  # noqa: ARG001 - every adapter is built alike; a file knows no deadline
) -> BuiltPorts:
    """Raise ConfigurationInvalid for options that cannot be used; files are looked at when they are read."""
    options = read_options(FileOptions, source.code, source.options)
    folder, words, health = Path(options.folder), Words(options.tables), Health(source.code, clock)
    product = ProductMaker(source.code, network.currency, includes_tax=network.prices_include_tax)
    place = LocationMaker(source.code, network.time_zone, network.country)

    def reader(operation: str, table: Table, make: Maker[Row], key: Callable[[Row], Hashable]) -> FileReader[Row]:
        return FileReader(source.code, folder, table, make, key, words, health, operation)

    return BuiltPorts(
        code=source.code,
        catalogue=FileCatalogue(reader("catalogue", options.catalogue, product, lambda row: row.sku)) if options.catalogue else None,
        locations=FileLocations(reader("locations", options.locations, place, lambda row: row.code)) if options.locations else None,
        stock=FileStock(reader("stock", options.stock, stock_maker(options.negative), stock_key)) if options.stock else None,
        inbound=FileInbound(reader("inbound", options.inbound, inbound, inbound_key)) if options.inbound else None,
    )


def stock_key(row: StockRow) -> tuple[str, str]:
    return row.location, str(row.item)


def inbound_key(row: InboundRow) -> tuple[str, str, str]:
    return row.location, str(row.item), row.reference


class FileCatalogue:
    """A CatalogueSource. The cursor is the stamp of its files: unchanged ones have nothing new."""

    def __init__(self, reader: FileReader[ProductRow]) -> None:
        self._reader = reader

    async def products(self, changed_since: str | None = None) -> AsyncIterator[Batch[ProductRow]]:
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
        stamp = self._reader.stamp()
        async for batch in self._reader.batches():
            yield self._dated(replace(batch, cursor=stamp))

    def _dated(self, batch: Batch[StockRow]) -> Batch[StockRow]:
        if batch.asked_at != self._written_at:
            self._before, self._written_at = self._written_at, batch.asked_at
        return replace(batch, begun_at=self._before, unasked=True)

    async def changes(self, cursor: str | None) -> AsyncIterator[Batch[StockRow | StockDelta]]:
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
        asked_at = self._reader.written_at()
        async for batch in self._reader.batches():
            rows += [row for row in batch.rows if row.item.sku in skus or row.item.gtin in gtins or row.item.code in codes]
        return self._dated(Batch(tuple(rows), asked_at=asked_at))


class FileInbound:
    """An InboundSource."""

    def __init__(self, reader: FileReader[InboundRow]) -> None:
        self._reader = reader

    async def inbound(self) -> AsyncIterator[Batch[InboundRow]]:
        async for batch in self._reader.batches():
            yield batch
