"""Numbers, weights and volumes of articles as other systems write them."""

import re
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

GRAMS_BY_UNIT = {
    "g": Decimal(1),
    "gr": Decimal(1),
    "gramm": Decimal(1),
    "grammes": Decimal(1),
    "grams": Decimal(1),
    "kg": Decimal(1000),
    "kgs": Decimal(1000),
    "mg": Decimal("0.001"),
    "t": Decimal(1_000_000),
    "lb": Decimal("453.59237"),
    "lbs": Decimal("453.59237"),
    "oz": Decimal("28.349523125"),
}
CUBIC_CM_BY_UNIT = {
    "cm3": Decimal(1),
    "cc": Decimal(1),
    "ml": Decimal(1),
    "cl": Decimal(10),
    "l": Decimal(1000),
    "dm3": Decimal(1000),
    "m3": Decimal(1_000_000),
}
CM_BY_UNIT = {"mm": Decimal("0.1"), "cm": Decimal(1), "dm": Decimal(10), "m": Decimal(100), "in": Decimal("2.54")}
LARGEST_CM3 = 100_000_000
_CUBE = re.compile(r"(\d+(?:[.,]\d+)?)\s*[x\u00d7*]\s*(\d+(?:[.,]\d+)?)\s*[x\u00d7*]\s*(\d+(?:[.,]\d+)?)\s*([a-zA-Z]+)")
_VOLUME = re.compile(r"(\d+(?:[.,]\d+)?)\s*([a-zA-Z]+3?)\b")
GTIN_LENGTHS = (8, 12, 13, 14)
HEAVIEST_G = 10_000_000
_AMOUNT = re.compile(r"(\d+(?:[.,]\d+)?)\s*([a-zA-Z]+)\b\.?")
_TIMES = re.compile(r"(\d+)\s*[x\u00d7*]\s*(\d+(?:[.,]\d+)?)\s*([a-zA-Z]+)\b|(\d+(?:[.,]\d+)?)\s*([a-zA-Z]+)\s*[x\u00d7*]\s*(\d+)\b")


def decimal_of(value: Any) -> Decimal:
    """Return a number written with a point or a comma, with or without spaces between thousands. Raise ValueError."""
    if isinstance(value, bool) or value is None:
        raise ValueError(f"{value!r} is no number")
    text = str(value).replace("\u00a0", "").replace("\u202f", "").replace(" ", "").replace("'", "")
    if "," in text:
        text = text.replace(".", "").replace(",", ".") if text.rfind(",") > text.rfind(".") else text.replace(",", "")
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"{value!r} is no number") from error
    if not number.is_finite():
        raise ValueError(f"{value!r} is no number")
    return number


def whole(value: Any) -> int:
    """Return a whole number; 3.0 and "3" are whole, 1.5 and true are not."""
    if type(value) is int:
        return value
    number = decimal_of(value)
    if number != number.to_integral_value():
        raise ValueError(f"{value!r} is no whole number")
    return int(number)


def grams(value: Any, unit: str | None = None) -> int | None:
    """Return the grams of "186 g", "1,5 kg", "6 x 125 g", or of a number in `unit`; None for text without a weight ("33 cl")."""
    if value in (None, ""):
        return None
    if unit is not None:
        return _rounded(decimal_of(value) * _factor(unit))
    text = str(value)
    if many := _TIMES.search(text):
        count, each, kind = (many[1], many[2], many[3]) if many[1] else (many[6], many[4], many[5])
        total = _weight(each, kind)
        before = _AMOUNT.match(text.strip())
        if before and before.start() == 0 and before[2].lower() in GRAMS_BY_UNIT and not text.strip().startswith(many[0]):
            return _rounded(_weight(before[1], before[2]) or Decimal(0))
        return None if total is None else _rounded(total * int(count))
    for found in _AMOUNT.finditer(text):
        if (weight := _weight(found[1], found[2])) is not None:
            return _rounded(weight)
    return None


def cubic_cm(value: Any, unit: str | None = None) -> int | None:
    """Return the cubic centimeters of "40 x 30 x 20 cm", "1,5 l", or of a number in `unit`; None for text without a volume."""
    if value in (None, ""):
        return None
    if unit is not None:
        if unit.lower() not in CUBIC_CM_BY_UNIT:
            raise ValueError(f"{unit!r} is no unit of volume; there are: {', '.join(CUBIC_CM_BY_UNIT)}")
        return _bounded(decimal_of(value) * CUBIC_CM_BY_UNIT[unit.lower()])
    if (sides := _CUBE.search(str(value))) and (cm := CM_BY_UNIT.get(sides[4].lower())):
        return _bounded(decimal_of(sides[1]) * decimal_of(sides[2]) * decimal_of(sides[3]) * cm**3)
    found = ((decimal_of(one[1]), CUBIC_CM_BY_UNIT.get(one[2].lower())) for one in _VOLUME.finditer(str(value)))
    return next((_bounded(amount * factor) for amount, factor in found if factor), None)


def _bounded(volume: Decimal) -> int:
    """Return whole cubic centimeters, rounded up: what does not fit does not fit."""
    if not 0 <= volume <= LARGEST_CM3:
        raise ValueError(f"{volume} cm3 is no volume of a parcel")
    return int(volume.to_integral_value(ROUND_CEILING))


def gtin(value: Any) -> str | None:
    """Return a GTIN of 8, 12, 13 or 14 digits whose check digit is right; None otherwise."""
    digits = str(value or "").strip()
    return (
        digits
        if len(digits) in GTIN_LENGTHS and digits.isascii() and digits.isdigit() and _check_digit(digits[:-1]) == digits[-1]
        else None
    )


def _check_digit(body: str) -> str:
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return str(-total % 10)


def _weight(amount: str, unit: str) -> Decimal | None:
    factor = GRAMS_BY_UNIT.get(unit.lower())
    return None if factor is None else decimal_of(amount) * factor


def _factor(unit: str) -> Decimal:
    factor = GRAMS_BY_UNIT.get(unit.lower())
    if factor is None:
        raise ValueError(f"{unit!r} is no unit of weight; use {', '.join(sorted(GRAMS_BY_UNIT))}")
    return factor


def _rounded(weight: Decimal) -> int | None:
    rounded = int(weight.quantize(Decimal(1), ROUND_HALF_UP))
    if not 0 <= rounded <= HEAVIEST_G:
        raise ValueError(f"{weight} g cannot be meant; is the unit right?")
    return rounded or None
