"""The retailer: an ERP, a WMS and a POS on loopback behind the REST adapter, over the memory ledger; nothing is mocked between them."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from adapters.built import BuiltPorts
from adapters.rest.source import build
from adapters.transport.breaker import BreakerBounds
from adapters.transport.calls import MIB, Limits
from gateway.domain.errors import SourceError
from gateway.domain.ids import LocationCode, SourceCode, stock_key
from gateway.domain.network import Source
from resolvers.context import SourcePorts
from tests.campaigns.misbehaving.server import Asked, Misbehavior, System, Told
from tests.domain.retailer import LYON, NANTES, THURSDAY_8, WAREHOUSE
from tests.support.memory_shop import ERP, NETWORK, POS, WMS, MemoryShop, SteppedClock

SKUS = ("A", "B", "C")
GTINS = {"A": "4000000000006", "B": "4000000000013", "C": "4000000000020"}
FIGURES = {WAREHOUSE: {"A": 40, "B": 25, "C": 7}, LYON: {"A": 5, "B": 2, "C": 1}, NANTES: {"A": 3, "B": 4, "C": 9}}
UNTRUE = 999
"""What old and future data claim to lie everywhere."""
FEWEST_CALLS = 6
"""That open a circuit here, so that a cell need not make many."""
FEED_MAX_BYTES = 8 * MIB
PORTS = {
    "catalogue": (ERP, "/catalogue"),
    "stock": (WMS, "/stock"),
    "inbound": (ERP, "/inbound"),
    "locations": (WMS, "/locations"),
    "order": (ERP, "/orders"),
    "fulfillment": (WMS, "/shipments"),
}
"""The six ports: whose each is, and the path that misbehaves."""


class RunningClock(SteppedClock):
    """Goes on from a Thursday morning as real time does, and may be set forward."""

    def __post_init__(self) -> None:
        self.at, self._begun_s = THURSDAY_8, time.monotonic()

    def __init__(self) -> None:
        super().__init__()
        self.__post_init__()

    def now(self) -> datetime:
        return self.at + timedelta(seconds=time.monotonic() - self._begun_s)

    def now_ms(self) -> int:
        return int(self.now().timestamp() * 1000)


@dataclass
class Truth:
    """What the three systems know; `shift` makes what one port tells old, or of days to come, with figures that are not true."""

    clock: RunningClock
    figures: dict[LocationCode, dict[str, int]] = field(default_factory=lambda: {place: dict(units) for place, units in FIGURES.items()})
    sequence: int = 100
    shift: timedelta = timedelta(0)
    shifted: str = ""
    effects: Counter[str] = field(default_factory=Counter)
    """What was done, by our key: more than once is once too often."""
    orders: dict[str, str] = field(default_factory=dict)

    def shift_of(self, port: str) -> timedelta:
        return self.shift if port == self.shifted else timedelta(0)

    def stamp(self, port: str, ahead: timedelta = timedelta(0)) -> str:
        return (self.clock.now() + ahead + self.shift_of(port)).isoformat()

    def catalogue(self, _asked: Asked) -> Told:
        return Told({"rows": [{"sku": sku, "name": f"Product {sku}", "gtin": GTINS[sku], "price": "20.00", "grams": 400} for sku in SKUS]})

    def inbound(self, _asked: Asked) -> Told:
        at = self.stamp("inbound", timedelta(days=3))
        return Told({"rows": [{"place": WAREHOUSE, "sku": "C", "qty": 12, "at": at, "ref": "PO-1"}]})

    def places(self, *codes: LocationCode) -> Callable[[Asked], Told]:
        kind = "WAREHOUSE" if WAREHOUSE in codes else "STORE"
        rows = [{"code": code, "name": code, "kind": kind, "services": "SHIP,PICKUP", "rank": 1} for code in codes]
        return lambda _asked: Told({"rows": rows})

    def stock(self, port: str, *codes: LocationCode) -> Callable[[Asked], Told]:
        def told(asked: Asked) -> Told:
            wanted = set(asked.query.get("sku", SKUS))
            shift = self.shift_of(port)
            false = UNTRUE if shift else None
            rows = [
                {"place": code, "sku": sku, "qty": false or units}
                for code in codes
                for sku, units in self.figures[code].items()
                if sku in wanted
            ]
            step = (shift > timedelta(0)) - (shift < timedelta(0))
            return Told({"sequence": self.sequence + step, "at": self.stamp(port), "rows": rows})

        return told

    def sell(self, place: LocationCode, sku: str) -> None:
        """Sell a unit at the till, unknown to us."""
        self.figures[place][sku] -= 1
        self.sequence += 1

    def take_order(self, asked: Asked) -> Told:
        """Class B: every POST is one more order; GET finds one by our reference."""
        reference = asked.path.rpartition("/")[2]
        if asked.method == "GET":
            known = self.orders.get(reference)
            return Told({"id": known, "at": self.stamp("order"), "units": 1}) if known else Told({}, 404)
        reference = asked.json["reference"]
        self.effects[asked.json["key"]] += 1
        self.orders[reference] = f"E-{len(self.orders) + 1}"
        return Told({"id": self.orders[reference], "at": self.stamp("order"), "units": 1})

    def take_shipment(self, asked: Asked) -> Told:
        """Class A: our key makes a repeat the same shipment."""
        key = asked.headers["idempotency-key"]
        self.effects[key] = 1
        return Told({"id": f"W-{key[-6:]}", "at": self.stamp("fulfillment"), "units": 1})


FEED = {"rows": "rows"}
RECEIPT = {"reference": "id", "acknowledged_at": "at"}
STOCK = {
    "snapshot": {
        "path": "/stock",
        **FEED,
        "page": {"sequence": "sequence", "as_of": "at"},
        "fields": {"location": "place", "sku": "sku", "quantity": "qty"},
    },
    "lookup": {"path": "/stock", "query": {"sku": "keys"}, "rows": "rows", "page": {"sequence": "sequence", "as_of": "at"}},
}
LOCATIONS = {"path": "/locations", **FEED, "fields": {"code": "code", "name": "name", "kind": "kind", "services": "split(services, ',')"}}
OPTIONS: dict[SourceCode, dict[str, Any]] = {
    ERP: {
        "catalogue": {
            "path": "/catalogue",
            **FEED,
            "fields": {"sku": "sku", "name": "name", "gtin": "gtin", "price": "price", "weight_g": "grams"},
        },
        "inbound": {
            "path": "/inbound",
            **FEED,
            "fields": {"location": "place", "sku": "sku", "quantity": "qty", "expected_at": "at", "reference": "ref"},
        },
        "hand_over": {
            "order": {
                "path": "/orders",
                "body": {"reference": "message.reference", "key": "message.key"},
                "receipt": RECEIPT,
                "find": {"path": "/orders/{message.reference}", "rows": "[@]"},
            }
        },
    },
    WMS: {
        "locations": LOCATIONS,
        "stock": STOCK,
        "hand_over": {
            "shipment": {"path": "/shipments", "headers": {"Idempotency-Key": "message.key"}, "body": "message.lines", "receipt": RECEIPT}
        },
    },
    POS: {"locations": LOCATIONS, "stock": STOCK},
}


@dataclass
class Heard:
    """Stands before a port and remembers what it raised."""

    port: Any
    errors: list[tuple[str, SourceError]]
    """With the call that raised each."""

    def __getattr__(self, name: str) -> Any:
        call = getattr(self.port, name)
        if name == "takes":
            return call

        def passed_on(*arguments: Any) -> Any:
            made = call(*arguments)
            return self._listed(name, made) if hasattr(made, "__aiter__") else self._awaited(name, made)

        return passed_on

    async def _awaited(self, name: str, made: Any) -> Any:
        try:
            return await made
        except SourceError as error:
            self.errors.append((name, error))
            raise

    async def _listed(self, name: str, made: Any) -> AsyncIterator[Any]:
        try:
            async for batch in made:
                yield batch
        except SourceError as error:
            self.errors.append((name, error))
            raise


class Retailer(MemoryShop):
    """The shop of the memory adapters, its sources reached over HTTP."""

    def __init__(self, scale: float, victim: SourceCode) -> None:
        self.scale, self.victim = scale, victim
        clock = RunningClock()
        self.truth = Truth(clock)
        truth = self.truth
        self.systems = {
            ERP: System({"/catalogue": truth.catalogue, "/inbound": truth.inbound, "/orders": truth.take_order}),
            WMS: System(
                {"/stock": truth.stock("stock", WAREHOUSE), "/locations": truth.places(WAREHOUSE), "/shipments": truth.take_shipment}
            ),
            POS: System({"/stock": truth.stock("stock of shops", LYON, NANTES), "/locations": truth.places(LYON, NANTES)}),
        }
        self.built: list[BuiltPorts] = []
        self.errors: list[tuple[str, SourceError]] = []
        super().__init__(network_of(scale, victim), clock)

    async def connect(self, *, tls: bool = False) -> None:
        """Reach every system anew; `tls`: the one that misbehaves by its address with the certificate that nobody vouches for."""
        sources = {}
        for source in self.network.sources:
            system = self.systems[source.code]
            url = system.tls_url if tls and source.code == self.victim else system.url
            limits = limits_of(self.scale) if source.code == self.victim else Limits()
            stated = replace(source, options={"base_url": url, **OPTIONS[source.code]})
            built = build(stated, self.network, self.clock, environment={}, limits=limits)
            self.built.append(built)
            sources[source.code] = self.heard(built) if source.code == self.victim else ports_of(built)
        self.world = replace(self.world, sources=sources)

    def heard(self, built: BuiltPorts) -> SourcePorts:
        ports = ports_of(built)
        roles = ("catalogue", "locations", "stock", "inbound", "hand_over")
        return replace(ports, **{role: Heard(getattr(ports, role), self.errors) for role in roles if getattr(ports, role)})

    async def misbehave(self, kind: str, port: str) -> Misbehavior:
        source, path = PORTS[port]
        wrong = Misbehavior(kind, path, self.scale)
        self.truth.shifted = port
        self.truth.shift = {"old data": timedelta(days=-7), "future data": timedelta(days=7)}.get(kind, timedelta(0))
        await self.systems[source].misbehave(wrong)
        if kind == "bad tls":
            await self.connect(tls=True)
        return wrong

    async def heal(self) -> None:
        self.truth.shift = timedelta(0)
        for system in self.systems.values():
            tls = system.wrong is not None and system.wrong.kind == "bad tls"
            await system.heal()
            if tls:
                await self.connect()

    def known(self) -> dict[str, int]:
        """Return what the ledger knows to lie everywhere."""
        return {key: doc.q for key, doc in self.database.stock.items()}

    def true(self) -> dict[str, int]:
        return {stock_key(sku, place): units for place, all_units in self.truth.figures.items() for sku, units in all_units.items()}  # type: ignore[arg-type]


def ports_of(built: BuiltPorts) -> SourcePorts:
    return SourcePorts(
        SourceCode(built.code),
        built.catalogue,
        built.locations,
        built.stock,
        built.inbound,
        built.hand_over,
        circuits=built.circuits,
    )


def network_of(scale: float, victim: SourceCode) -> Any:
    """Return the shop's network with these systems; the clocks of the one that misbehaves are scaled."""
    kinds = {ERP: "ERP", WMS: "WMS", POS: "POS"}
    sources = [
        Source(
            code,
            kinds[code],  # type: ignore[arg-type]
            "rest",
            ordered_by="SEQUENCE" if code == WMS else "TIME",
            hand_over={ERP: "B", WMS: "A"}.get(code),  # type: ignore[arg-type]
            quiet_period=timedelta(seconds=15 * (scale if code == victim else 1)),
        )
        for code in (ERP, WMS, POS)
    ]
    return replace(NETWORK, sources=tuple(sources))


def limits_of(scale: float) -> Limits:
    """Return the limits of a real process, its clocks scaled, with a circuit that opens by fewer calls."""
    plain = Limits()
    return replace(
        plain,
        read_timeout_s=plain.read_timeout_s * scale,
        feed_timeout_s=plain.feed_timeout_s * scale,
        mutation_timeout_s=plain.mutation_timeout_s * scale,
        feed_max_bytes=FEED_MAX_BYTES,
        breaker=BreakerBounds(fewest_calls=FEWEST_CALLS, pause_s=5 * scale, longest_pause_s=60 * scale),
    )


@asynccontextmanager
async def opened(scale: float, victim: SourceCode) -> AsyncIterator[Retailer]:
    retailer = Retailer(scale, victim)
    for system in retailer.systems.values():
        await system.start()
    await retailer.connect()
    try:
        yield retailer
    finally:
        await asyncio.gather(*(built.close() for built in retailer.built), return_exceptions=True)
        await asyncio.gather(*(system.stop() for system in retailer.systems.values()), return_exceptions=True)
