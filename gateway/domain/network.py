"""What the retailer is, in the very shapes of the network file: a field's name is its key there; durations are ISO 8601 or seconds."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Literal

from gateway.domain.ids import ChannelCode, LocationCode, Sku, SourceCode
from gateway.domain.location import CarrierPoint, LocationKind
from gateway.domain.location_override import LocationOverride
from gateway.domain.sourcing_terms import FORBID_UNKNOWN, SourcingProfile
from gateway.domain.stock_guard import StockGuard

DeliveryMethod = Literal["SHIP", "COURIER", "PICKUP", "SHIP_TO_STORE", "PICKUP_POINT", "RESERVE_IN_STORE", "CARRY_OUT"]
COLLECTED_METHODS = frozenset({"PICKUP", "SHIP_TO_STORE", "RESERVE_IN_STORE", "CARRY_OUT"})
SourceKind = Literal["ERP", "WMS", "POS", "SUPPLIER", "COMMERCE", "FILES"]
HandOverClass = Literal["A", "B", "C"]
CallerKind = Literal["STOREFRONT", "STAFF", "PARTNER", "SUPPLIER", "OPERATOR"]


@dataclass(frozen=True, slots=True)
class WeightBand:
    """Price of a parcel up to this weight."""

    __pydantic_config__: ClassVar[dict[str, Any]] = FORBID_UNKNOWN
    up_to_g: int
    price: Decimal


@dataclass(frozen=True, slots=True)
class Zone:
    """Destinations by country and postcode prefix (the longest match of all zones wins; none given: the whole country)."""

    __pydantic_config__: ClassVar[dict[str, Any]] = FORBID_UNKNOWN
    country: str
    postcode_prefixes: tuple[str, ...] = ()
    transit_days: tuple[int, int] | None = None
    """Fewest and most transit days."""
    transit_hours: Decimal | None = None
    """Elapsed hours instead of days, for services that promise hours."""
    bands: tuple[WeightBand, ...] = ()
    holidays: str | None = None
    """Country or COUNTRY-REGION whose public holidays stop the carrier here; the country's when left out."""
    time_zone: str | None = None
    """IANA; in which days are counted there. Left out: the country's, where all of it keeps one time; else the channel's."""


@dataclass(frozen=True, slots=True)
class CarrierService:
    """One product of a carrier. Weekdays are ISO; holidays are those of the destination's country unless it works through them."""

    __pydantic_config__: ClassVar[dict[str, Any]] = FORBID_UNKNOWN
    code: str
    name: str = ""
    zones: tuple[Zone, ...] = ()
    transit_weekdays: tuple[int, ...] = (1, 2, 3, 4, 5)
    delivery_weekdays: tuple[int, ...] = (1, 2, 3, 4, 5, 6)
    non_transit_dates: tuple[date, ...] = ()
    non_delivery_dates: tuple[date, ...] = ()
    works_on_holidays: bool = False
    radius_m: int | None = None
    """For couriers: how far from the location they go."""
    max_weight_g: int | None = None
    """Of a parcel; heavier shipments go in several."""
    max_volume_cm3: int | None = None
    """Of a parcel, as packed; larger shipments go in several."""
    carbon_g_per_kg_km: Decimal = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Carrier:
    __pydantic_config__: ClassVar[dict[str, Any]] = FORBID_UNKNOWN
    code: str
    name: str = ""
    services: tuple[CarrierService, ...] = ()
    points: tuple[CarrierPoint, ...] = ()
    """Its parcel shops and lockers."""
    points_file: str | None = None
    """More: a CSV file of code, name, line1, postal_code, city, country_code, latitude, longitude, opening, exceptions, holidays."""


@dataclass(frozen=True, slots=True)
class Fee:
    """What the customer pays: the first entry whose basket value is reached and whose area fits, so that special areas come first."""

    __pydantic_config__: ClassVar[dict[str, Any]] = FORBID_UNKNOWN
    amount: Decimal
    from_basket: Decimal = Decimal(0)
    countries: tuple[str, ...] = ()
    """None given: every country."""
    postcode_prefixes: tuple[str, ...] = ()
    """As "20" for Corsica; none given: all of these countries. Where the postcode is not known yet, such an entry does not hold."""


@dataclass(frozen=True, slots=True)
class DeliveryService:
    """What a channel sells, as Standard, Express, Click & collect."""

    __pydantic_config__: ClassVar[dict[str, Any]] = FORBID_UNKNOWN
    code: str
    name: str
    method: DeliveryMethod
    carrier_services: tuple[str, ...] = ()
    """`carrier/service` codes, any of which may carry it."""
    fees: tuple[Fee, ...] = ()
    countries: tuple[str, ...] = ()
    max_weight_g: int | None = None
    max_distance_m: int | None = None
    kinds: tuple[LocationKind, ...] = ("WAREHOUSE", "STORE", "SUPPLIER")
    """Kinds of location that may supply it."""
    hold: timedelta = timedelta(days=7)
    """How long a collected order is kept."""
    collect_within_m: int | None = None
    """How far from the customer a place of collection may be to be offered, unless the caller says; one that is named may be farther."""
    step: timedelta = timedelta(seconds=1)
    """Hours are promised in such steps, the next one being told; a window so stays the same for a while as the clock goes on."""


@dataclass(frozen=True, slots=True)
class SafetyStock:
    """Units kept back; None stands for all. The narrowest rule wins (sku, then location)."""

    __pydantic_config__: ClassVar[dict[str, Any]] = FORBID_UNKNOWN
    quantity: int
    location: LocationCode | None = None
    sku: Sku | None = None
    kind: LocationKind | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to sell. No `locations` and no `kinds`: every location is in its scope."""

    __pydantic_config__: ClassVar[dict[str, Any]] = FORBID_UNKNOWN
    code: ChannelCode
    name: str
    currency: str
    """ISO 4217; an article whose price is in another one has no price here, and is not sold."""
    time_zone: str
    services: tuple[DeliveryService, ...] = ()
    locations: tuple[LocationCode, ...] = ()
    kinds: tuple[LocationKind, ...] = ()
    safety_stock: tuple[SafetyStock, ...] = ()
    limited_at: int = 3
    """At or under so many units the status is LIMITED."""
    hold: timedelta = timedelta(minutes=15)
    """How long a reservation lasts that asks for no time."""
    max_hold: timedelta = timedelta(minutes=30)
    """How long a reservation may last, counted from when it is made or extended."""
    max_hold_in_all: timedelta = timedelta(hours=2)
    """How long it may last with all its extensions."""
    most_holds: int = 20
    """How many baskets one shopper may hold at a time."""
    most_holds_of_others: int = 1_000
    """How many a partner or a member of staff may."""
    max_held_share: Decimal = Decimal("0.5")
    """Which part of an article's stock one shopper may hold at a time."""
    held_freely: int = 10
    """So many units a shopper may hold, whatever part of the stock they are."""
    sells_supply_within: timedelta = timedelta(days=60)
    """How far ahead supply to come, and articles before their first day of sale, are sold; 0: they are only shown."""
    release_delay: timedelta = timedelta(0)
    """How long a placed order waits until it is routed."""
    most_attempts: int = 3
    """So many places may refuse or miss work of an order; then a person decides."""
    look_again_every: timedelta = timedelta(minutes=1)
    """How often another place is looked for to which to give what waits at one that takes no work."""
    token_life: timedelta = timedelta(minutes=30)
    """How long a quoted option can be redeemed."""
    max_age_floor: timedelta = timedelta(seconds=30)
    """Live reads are made for no tighter bound than this."""


@dataclass(frozen=True, slots=True)
class Source:
    """A system behind the gateway. `adapter` names how it is reached; `options` is that adapter's own section."""

    __pydantic_config__: ClassVar[dict[str, Any]] = FORBID_UNKNOWN
    code: SourceCode
    kind: SourceKind
    adapter: str
    """`rest` (any JSON system, by REST or GraphQL), `files` (separated columns), `edi` (EDIFACT or X12 in a mailbox), `tryton` (a Tryton
    database), or `module:function` of an adapter of your own."""
    options: dict[str, Any] = field(default_factory=dict)
    """The adapter's own section, see below."""
    fresh_for: timedelta = timedelta(minutes=5)
    """Figures older than this are marked STALE."""
    stop_selling_when_older_than: timedelta = timedelta(hours=24)
    """Figures older than this are shown and not promised."""
    poll_every: timedelta = timedelta(seconds=15)
    """How often changes are asked for."""
    full_every: timedelta = timedelta(hours=6)
    """How often everything is read: what its changes never told is known by then."""
    states: Literal["ON_HAND", "AVAILABLE"] = "ON_HAND"
    """What its numbers mean: what lies there, or what it can still sell."""
    ordered_by: Literal["SEQUENCE", "TIME"] = "TIME"
    """Whether it numbers its changes, or only times them."""
    settle_delay: timedelta = timedelta(seconds=60)
    """δ: how long after a source's word that names no place in its order, its figures surely include what it told of."""
    acknowledges_within: timedelta = timedelta(minutes=5)
    """How long its word on claims may be behind its figures: for so long, too low a figure may count claims that it was sent."""
    guard: StockGuard = field(default_factory=StockGuard)
    """What of its stock is not believed at once."""
    hand_over: HandOverClass | None = None
    """A honors our idempotency key, B can be asked for our reference, C neither."""
    quiet_period: timedelta = timedelta(seconds=15)
    """Class B: how long to wait after an unknown answer before asking; longer than our time-out plus the longest that it works on one."""
    max_attempts: int = 40
    """Tries of one message until it is left to a person."""
    webhook_secret_env: str | None = None
    """The environment variable that holds the secret of its pushes."""


@dataclass(frozen=True, slots=True)
class Caller:
    """One key. `key_sha256` is the hex digest of the secret part; the key that is sent is `id.secret`."""

    __pydantic_config__: ClassVar[dict[str, Any]] = FORBID_UNKNOWN
    id: str
    kind: CallerKind
    key_sha256: str
    name: str = ""
    channel: ChannelCode | None = None
    """The channel it sells in; the first of the file when left out."""
    locations: tuple[LocationCode, ...] = ()
    """Where staff and suppliers may act."""
    scopes: tuple[str, ...] | None = None
    """None: the scopes of its kind."""
    most_cost: int | None = None
    """What one of its operations may cost; None: as GATEWAY_MAX_COST says."""


@dataclass(frozen=True, slots=True)
class Network:
    """The whole file."""

    __pydantic_config__: ClassVar[dict[str, Any]] = FORBID_UNKNOWN
    name: str
    currency: str
    """ISO 4217; of prices that name none."""
    country: str
    """ISO 3166, two letters; of addresses that name none."""
    time_zone: str
    """IANA; of places that name none."""
    minting_source: SourceCode
    """The source whose skus are ours."""
    prices_include_tax: bool = True
    postcode_file: str | None = None
    """Positions of postcodes: La Poste's "base officielle des codes postaux" or a file of its form."""
    holidays: str | None = None
    """Country or COUNTRY-REGION whose public holidays close every place that names none."""
    sources: tuple[Source, ...] = ()
    locations: tuple[LocationOverride, ...] = ()
    channels: tuple[Channel, ...] = ()
    profiles: tuple[SourcingProfile, ...] = ()
    carriers: tuple[Carrier, ...] = ()
    callers: tuple[Caller, ...] = ()

    @property
    def currencies(self) -> dict[str, str]:
        """The currencies of its channels; of a price that is told for a channel, and names none, it is the channel's."""
        return {channel.code: channel.currency for channel in self.channels}
