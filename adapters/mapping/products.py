"""Rows of a catalogue, made into our products."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, get_args

from adapters.mapping.articles import decimal_of, gtin, whole
from adapters.mapping.moments import day
from adapters.mapping.rows import RowRefused, Values
from gateway.domain.catalogue import Attribute, ExternalId, Price, Product, QuantityUnit
from gateway.domain.ids import Sku, SourceCode
from gateway.domain.quantities import CENT

FIELDS = (
    "sku",
    "name",
    "gtin",
    "brand",
    "categories",
    "image_url",
    "attributes",
    "weight_g",
    "volume_cm3",
    "quantity_unit",
    "group_code",
    "group_name",
    "release_on",
    "external_id",
    "active",
    "price",
    "price_currency",
    "price_includes_tax",
    "compare_at",
    "price_by_channel",
    "sales_per_day",
    "markdown_on",
    "clearance_net",
)
NEEDED = (("sku",), ("name", "gtin"))
LONGEST_SKU = 100
CENT_EXPONENT = -2
DEAREST = Decimal(10_000_000)
FASTEST = Decimal(100_000)
"""Most units that a place can be said to sell of an article in a day."""
_NO = frozenset({"false", "0", "no", "n", "inactive", "non", "nein"})
_YES = frozenset({"true", "1", "yes", "y", "active", "oui", "ja"})


class ProductMaker:
    """Makes products of one source. A GTIN with a wrong check digit refuses the row."""

    def __init__(
        self, source: SourceCode, currency: str, *, includes_tax: bool = True, currencies: Mapping[str, str] | None = None
    ) -> None:
        self._source, self._currency, self._includes_tax = source, currency, includes_tax
        self._currencies = currencies or {}

    def __call__(self, values: Values) -> Product:
        sku = values.needed("sku")
        if len(sku) > LONGEST_SKU or any(char.isspace() or not char.isprintable() for char in sku):
            raise RowRefused(f"sku: {sku[:50]!r} cannot be a sku; it has spaces or more than {LONGEST_SKU} characters")
        external = values.text("external_id")
        return Product(
            sku=Sku(sku),
            name=values.text("name") or sku,
            gtin=values.converted("gtin", checked_gtin),
            brand=values.text("brand"),
            categories=tuple(words(values.raw("categories"))),
            image_url=values.text("image_url"),
            attributes=attributes(values.raw("attributes")),
            weight_g=values.converted("weight_g", not_negative),
            volume_cm3=values.converted("volume_cm3", not_negative),
            quantity_unit=values.converted("quantity_unit", quantity_unit) or "EACH",
            group_code=values.text("group_code"),
            group_name=values.text("group_name"),
            release_on=values.converted("release_on", day),
            external_ids=(ExternalId(self._source, external),) if external else (),
            price=self._price(values),
            price_by_channel=self._prices(values),
            active=truth(values.raw("active")),
            sales_per_day=values.converted("sales_per_day", sales_per_day) or None,
            markdown_on=values.converted("markdown_on", day),
            clearance_net=values.converted("clearance_net", price),
        )

    def _price(self, values: Values) -> Price | None:
        amount = values.converted("price", price)
        if amount is None:
            return None
        compare_at = values.converted("compare_at", price)
        return Price(
            amount,
            values.text("price_currency") or self._currency,
            truth(values.raw("price_includes_tax"), unless_said=self._includes_tax),
            compare_at if compare_at and compare_at > amount else None,
        )

    def _prices(self, values: Values) -> dict[str, Price] | None:
        stated = values.raw("price_by_channel")
        if not stated:
            return None
        if not isinstance(stated, dict):
            raise RowRefused("price_by_channel: must be an object of channel and amount")
        told = values.text("price_currency")
        try:
            return {
                channel: Price(price(amount), told or self._currencies.get(channel, self._currency), self._includes_tax)
                for channel, amount in ((str(name), amount) for name, amount in stated.items())
                if amount is not None
            }
        except ValueError as error:
            raise RowRefused(f"price_by_channel: {error}") from error


def checked_gtin(value: Any) -> str:
    checked = gtin(value)
    if checked is None:
        raise ValueError(f"{str(value)[:20]!r} is no GTIN: 8, 12, 13 or 14 digits with a right check digit")
    return checked


def price(value: Any) -> Decimal:
    amount = decimal_of(value)
    if not 0 <= amount <= DEAREST:
        raise ValueError(f"{amount} cannot be a price")
    exponent = amount.as_tuple().exponent
    return amount.quantize(CENT) if isinstance(exponent, int) and exponent > CENT_EXPONENT else amount


def sales_per_day(value: Any) -> str:
    """Return rates by location as one text, from an object of location and rate, or from such a text."""
    stated = value.items() if isinstance(value, dict) else [part.rpartition(":")[::2] for part in str(value).split()]
    told = []
    for place, said in stated:
        rate = decimal_of(said)
        if not 0 <= rate <= FASTEST:
            raise ValueError(f"{rate} units a day at {place} cannot be meant")
        if not place or any(char.isspace() for char in str(place)):
            raise ValueError(f"{str(place)[:50]!r} is no location")
        told.append(f"{place}:{rate.normalize():f}")
    return " ".join(sorted(told))


def not_negative(value: Any) -> int:
    number = whole(value)
    if number < 0:
        raise ValueError(f"{number} is negative")
    return number


def quantity_unit(value: Any) -> QuantityUnit:
    units: tuple[QuantityUnit, ...] = get_args(QuantityUnit)
    for unit in units:
        if str(value).upper() == unit:
            return unit
    raise ValueError(f"{value!r} is no unit of ours; map it to {', '.join(units)} with lookup()")


def truth(value: Any, *, unless_said: bool = True) -> bool:
    """Return yes or no as systems write it."""
    if value is None or value == "":
        return unless_said
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in _YES or word in _NO:
        return word in _YES
    raise RowRefused(f"{value!r} is neither true nor false")


def words(value: Any) -> list[str]:
    """Return a list of texts; one text is a list of one."""
    if value is None:
        return []
    parts = value if isinstance(value, list) else [value]
    return [str(part).strip() for part in parts if part is not None and str(part).strip()]


def attributes(value: Any) -> tuple[Attribute, ...]:
    """Return attributes of an object, or of a list of {name, value}; those without a value are left out."""
    pairs = (
        value.items() if isinstance(value, dict) else [(one.get("name"), one.get("value")) for one in value or [] if isinstance(one, dict)]
    )
    return tuple(Attribute(str(name), str(said)) for name, said in pairs if name and said not in (None, ""))
