"""Where the demo retailer's shops, warehouses and suppliers stand: real French towns, made-up addresses."""

from dataclasses import dataclass

from gateway.sandbox.dice import picked

# Centers of communes and postcodes as published by La Poste (base officielle des codes postaux).
_TOWNS = """
Paris Rivoli|75001|Paris|48.8626|2.3363
Lyon Bellecour|69002|Lyon|45.7493|4.8262
Marseille Canebière|13001|Marseille|43.3000|5.3823
Toulouse Capitole|31000|Toulouse|43.5964|1.4317
Nice Masséna|06000|Nice|43.7120|7.2383
Nantes Commerce|44000|Nantes|47.2316|-1.5483
Strasbourg Kléber|67000|Strasbourg|48.5713|7.7675
Montpellier Comédie|34000|Montpellier|43.6134|3.8685
Bordeaux Sainte-Catherine|33000|Bordeaux|44.8572|-0.5737
Lille Grand-Place|59800|Lille|50.6317|3.0478
Rennes République|35000|Rennes|48.1120|-1.6819
Paris Bastille|75011|Paris|48.8594|2.3787
Reims|51100|Reims|49.2515|4.0402
Le Havre|76600|Le Havre|49.4985|0.1402
Saint-Étienne|42000|Saint-Étienne|45.4301|4.3791
Toulon|83000|Toulon|43.1361|5.9324
Grenoble|38000|Grenoble|45.1821|5.7213
Dijon|21000|Dijon|47.3229|5.0379
Angers|49000|Angers|47.4768|-0.5561
Nîmes|30000|Nîmes|43.8449|4.3481
Clermont-Ferrand|63000|Clermont-Ferrand|45.7856|3.1155
Aix-en-Provence|13100|Aix-en-Provence|43.5361|5.3986
Brest|29200|Brest|48.4005|-4.5028
Tours|37000|Tours|47.3986|0.6965
Amiens|80000|Amiens|49.9010|2.2901
Limoges|87000|Limoges|45.8543|1.2488
Annecy|74000|Annecy|45.8906|6.1255
Perpignan|66000|Perpignan|42.6966|2.8994
Metz|57000|Metz|49.1081|6.1955
Besançon|25000|Besançon|47.2554|6.0195
Orléans|45000|Orléans|47.8829|1.9161
Rouen|76000|Rouen|49.4413|1.0926
Mulhouse|68100|Mulhouse|47.7492|7.3257
Caen|14000|Caen|49.1848|-0.3698
Nancy|54000|Nancy|48.6902|6.1759
Poitiers|86000|Poitiers|46.5839|0.3599
La Rochelle|17000|La Rochelle|46.1621|-1.1747
Pau|64000|Pau|43.3200|-0.3503
Cannes|06400|Cannes|43.5526|7.0043
Avignon|84000|Avignon|43.9352|4.8407
Calais|62100|Calais|50.9502|1.8758
Arcachon|33120|Arcachon|44.6529|-1.1743
Vannes|56000|Vannes|47.6597|-2.7571
Quimper|29000|Quimper|47.9971|-4.0911
Troyes|10000|Troyes|48.2967|4.0783
Chambéry|73000|Chambéry|45.5646|5.9178
Lorient|56100|Lorient|47.7500|-3.3782
Niort|79000|Niort|46.3283|-0.4654
Le Mans|72000|Le Mans|47.9885|0.2000
Valence|26000|Valence|44.9230|4.9144
Bourges|18000|Bourges|47.0750|2.4042
Angoulême|16000|Angoulême|45.6472|0.1451
Saint-Brieuc|22000|Saint-Brieuc|48.5150|-2.7616
Béziers|34500|Béziers|43.3476|3.2308
Biarritz|64200|Biarritz|43.4832|-1.5586
Colmar|68000|Colmar|48.1099|7.3847
Saint-Malo|35400|Saint-Malo|48.6400|-1.9806
Versailles|78000|Versailles|48.8026|2.1179
Saint-Quentin|02100|Saint-Quentin|49.8489|3.2876
La Roche-sur-Yon|85000|La Roche-sur-Yon|46.6675|-1.4078
"""

_STREETS = (
    "rue de la République",
    "rue Nationale",
    "place du Marché",
    "rue Saint-Jean",
    "avenue Jean-Jaurès",
    "rue des Tanneurs",
    "cours Gambetta",
)
_HOURS = (
    "Mo-Sa 10:00-19:30",
    "Mo-Fr 09:30-19:30; Sa 10:00-19:00",
    "Mo 14:00-19:00; Tu-Sa 10:00-19:00",
    "Tu-Fr 10:00-13:00,14:00-19:00; Sa 10:00-19:00",
    "Mo-Sa 10:00-20:00; Su 11:00-18:00",
)


@dataclass(frozen=True, slots=True)
class Place:
    code: str
    name: str
    street: str
    postcode: str
    city: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Shop(Place):
    weekly_hours: str
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Supplier(Place):
    short: str
    lead_time_days: int
    order_cutoff: str


WAREHOUSES = (
    Place("WH-PAR", "Entrepôt Paris Nord", "12 rue de la Belle Étoile", "95500", "Gonesse", 48.9865, 2.4570),
    Place("WH-LYS", "Entrepôt Lyon Est", "4 avenue de Satolas", "38070", "Saint-Quentin-Fallavier", 45.6396, 5.1086),
    Place("WH-LIL", "Entrepôt Lille Sud", "8 rue des Peupliers", "59810", "Lesquin", 50.5892, 3.1119),
    Place("WH-BOD", "Entrepôt Bordeaux", "21 chemin du Lac Vert", "33610", "Cestas", 44.7237, -0.7268),
)

SUPPLIERS = (
    Supplier("atlas", "Atlas Distribution", "3 rue du Fontenoy", "59100", "Roubaix", 50.6880, 3.1826, "ATL", 2, "15:00"),
    Supplier("borealis", "Borealis Grossiste", "17 rue du Rhin Napoléon", "67000", "Strasbourg", 48.5713, 7.7675, "BOR", 3, "12:00"),
    Supplier("comet", "Comet Sourcing", "40 boulevard de Touraine", "49300", "Cholet", 47.0454, -0.8779, "COM", 5, "11:00"),
)


def shops(seed: int, count: int) -> tuple[Shop, ...]:
    """Return the shops of a seed; past the 60 towns a town gets its second, third … shop a little way off."""
    return tuple(_shop(seed, number) for number in range(count))


def _shop(seed: int, number: int) -> Shop:
    towns = _TOWNS.strip().splitlines()
    again, row = divmod(number, len(towns))
    name, postcode, city, latitude, longitude = towns[row].split("|")
    street = f"{picked(range(1, 150), seed, 'door', number)} {picked(_STREETS, seed, 'street', number)}"
    ships = picked((True, True, True, False), seed, "ships", number)
    return Shop(
        code=str(101 + number),
        name=f"{name} {again + 1}" if again else name,
        street=street,
        postcode=postcode,
        city=city,
        latitude=round(float(latitude) + again * 0.011, 4),
        longitude=round(float(longitude) + again * 0.013, 4),
        weekly_hours=picked(_HOURS, seed, "hours", number),
        services=("pickup", "ship", "return") if ships else ("pickup", "return"),
    )
