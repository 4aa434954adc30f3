"""What the demo retailer sells: styles in colors and sizes, each with a valid GTIN-13."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from gateway.sandbox.dice import dice

_CLOTHES = ("XS", "S", "M", "L", "XL")
_SHOES = tuple(str(size) for size in range(37, 46))
_BEDDING = ("140x200", "200x200", "240x220")
_ONE: tuple[str | None, ...] = (None,)

# letters of the style | category path | nouns | sizes | price in euros from, to | weight in grams from, to
_RANGES: tuple[tuple[str, str, tuple[str, ...], tuple[str | None, ...], int, int, int, int], ...] = (
    ("MAN", "Mode/Femme/Manteaux", ("Parka", "Trench", "Manteau droit", "Doudoune"), _CLOTHES, 89, 249, 800, 1600),
    ("ROB", "Mode/Femme/Robes", ("Robe portefeuille", "Robe chemise", "Robe longue"), _CLOTHES, 39, 129, 220, 480),
    ("CHE", "Mode/Homme/Chemises", ("Chemise lin", "Chemise Oxford", "Surchemise"), _CLOTHES, 35, 95, 200, 520),
    ("PUL", "Mode/Mixte/Mailles", ("Pull marin", "Cardigan", "Col roulé", "Gilet"), _CLOTHES, 45, 139, 300, 700),
    ("PAN", "Mode/Mixte/Pantalons", ("Jean droit", "Chino", "Pantalon large"), _CLOTHES, 49, 119, 380, 750),
    ("CHA", "Chaussures/Ville", ("Derby", "Bottine", "Mocassin"), _SHOES, 79, 189, 750, 1400),
    ("BAS", "Chaussures/Baskets", ("Basket toile", "Basket cuir", "Chaussure de trail"), _SHOES, 59, 149, 500, 950),
    ("SAC", "Accessoires/Sacs", ("Cabas", "Sac à dos", "Besace", "Pochette"), _ONE, 35, 180, 250, 1100),
    ("LIT", "Maison/Linge de lit", ("Housse de couette", "Drap-housse", "Plaid"), _BEDDING, 29, 149, 600, 2400),
    ("LUM", "Maison/Luminaires", ("Lampe de table", "Suspension", "Lampadaire", "Applique"), _ONE, 39, 229, 700, 5200),
    ("CUI", "Maison/Cuisine", ("Cocotte", "Service à thé", "Planche à découper", "Carafe"), _ONE, 19, 139, 300, 4800),
    ("TEN", "Plein air/Camping", ("Tente 2 places", "Tente 4 places", "Hamac", "Réchaud"), _ONE, 29, 299, 350, 6400),
    ("RAN", "Plein air/Randonnée", ("Veste imperméable", "Polaire", "Coupe-vent"), _CLOTHES, 55, 219, 280, 820),
    ("SPO", "Plein air/Équipement", ("Gourde isotherme", "Lampe frontale", "Bâtons de marche", "Duvet"), _ONE, 15, 189, 120, 1900),
)
_BRANDS = (
    "Maison Brume",
    "Atelier Nord",
    "Sylve",
    "Kerlann",
    "Rivage",
    "Osmonde",
    "Pic Noir",
    "Lumen & Lin",
    "Grand Large",
    "Terre d'Ocre",
    "Halden",
    "Vieux Port",
)
_NAMES = (
    "Brume",
    "Alma",
    "Ouessant",
    "Cévennes",
    "Solène",
    "Galibier",
    "Margaux",
    "Iroise",
    "Camargue",
    "Lison",
    "Aubrac",
    "Vercors",
    "Honoré",
    "Belle-Île",
)
_COLORS = (
    ("noir", "NOI"),
    ("écru", "ECR"),
    ("bleu nuit", "BLN"),
    ("olive", "OLI"),
    ("brique", "BRI"),
    ("gris chiné", "GRI"),
    ("moutarde", "MOU"),
    ("sable", "SAB"),
)
_PACES = (0, 1, 2, 3)  # slow, steady, fast, star
_PACE_WEIGHTS = (50, 35, 12, 3)
_CLEARED = (0.6, 0.25, 0.05, 0.0)  # share of colors with a date of clearance, by pace
_PACKED_CM3_PER_G = 6  # folded clothes and shoes in their boxes weigh some 160 g a liter
_ON_SALE, _LEFT_OUT = 0.15, 0.02  # shares of styles with a strike price; no longer sold, or still to come


@dataclass(frozen=True, slots=True)
class Product:
    """`pace` is 0 (slow) to 3 (star); `released_after_days` counts from the day of the data, negative when long sold.

    `cleared_after_days` likewise: when what is left is marked down, and what a unit is expected to bring then, net; None: no such plan.
    """

    number: int
    item_no: str
    ean: str
    name: str
    brand: str
    category: str
    style_no: str
    style_name: str
    color: str
    size: str | None
    weight_g: int
    packed_cm3: int
    price_cents: int
    strike_cents: int | None
    cost_cents: int
    active: bool
    released_after_days: int
    pace: int
    cleared_after_days: int | None = None
    clearance_cents: int | None = None


def products(seed: int, count: int) -> list[Product]:
    """Return the first `count` skus of a seed; a longer list begins with the shorter one."""
    found: list[Product] = []
    style = 0
    while len(found) < count:
        style += 1
        found.extend(_variants(seed, style, len(found)))
    return found[:count]


def gtin13(body: str) -> str:
    """Return twelve digits with the check digit of GS1 behind them."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return f"{body}{-total % 10}"


def _variants(seed: int, style: int, first: int) -> Iterator[Product]:
    roll = dice(seed, "style", style)
    letters, category, nouns, sizes, low, high, light, heavy = _RANGES[(style - 1) % len(_RANGES)]
    style_no, style_name = f"{letters}{style:05d}", f"{roll.choice(nouns)} {roll.choice(_NAMES)}"
    brand, price = roll.choice(_BRANDS), roll.randint(low, high) * 100 - 10
    weight_g, sale, days = roll.randint(light // 10, heavy // 10) * 10, roll.random() < _ON_SALE, _released_after_days(roll)
    number = first
    for color, short in roll.sample(_COLORS, roll.randint(1, 3)):
        pace = roll.choices(_PACES, _PACE_WEIGHTS)[0]
        cleared, share = _clearance(seed, style_no + short, pace)
        for place, size in enumerate(sizes):
            yield Product(
                number=number,
                item_no=f"{style_no}-{short}" + (f"-{size}" if size else ""),
                ean=gtin13(f"376{seed % 1000:03d}{number:06d}"),
                name=f"{style_name} {color}" + (f" {size}" if size else ""),
                brand=brand,
                category=category,
                style_no=style_no,
                style_name=style_name,
                color=color,
                size=size,
                weight_g=weight_g + place * (weight_g // 40),
                packed_cm3=_PACKED_CM3_PER_G * (weight_g + place * (weight_g // 40)),
                price_cents=price,
                strike_cents=price + price // 400 * 100 if sale else None,
                cost_cents=price * roll.randint(38, 52) // 100,
                active=roll.random() >= _LEFT_OUT,
                released_after_days=days,
                pace=pace,
                cleared_after_days=cleared,
                clearance_cents=None if cleared is None else price * share // 100,
            )
            number += 1


def _clearance(seed: int, variant: str, pace: int) -> tuple[int | None, int]:
    """Return when a color is cleared, in days, and for what share of its price in per cent, net: slow sellers mostly, stars never."""
    roll = dice(seed, "clearance", variant)
    cleared = roll.random() < _CLEARED[pace]
    return (roll.randint(10, 70) if cleared else None), roll.randint(20, 45)


def _released_after_days(roll: Random) -> int:
    coming = roll.random() < _LEFT_OUT
    return roll.randint(10, 45) if coming else -roll.randint(20, 900)
