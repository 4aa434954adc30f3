# ruff: noqa: E501 - the lines that a user reads stand whole
"""A network file is read whole: each thing wrong with it is told by its key, with the remedy."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.domain.network import Network
from gateway.network.file import load, parse
from gateway.network.keys import new_key, secret_hash
from gateway.network.problems import NetworkFileInvalid
from gateway.network.references import unknown_locations

GOOD = """
[network]
name = "Maison"
currency = "EUR"
country = "FR"
time_zone = "Europe/Paris"
minting_source = "erp"
holidays = "FR"

[[sources]]
code = "erp"
kind = "ERP"
adapter = "rest"
hand_over = "B"
fresh_for = "PT10M"
[sources.options]
base_url = "${ERP_URL:-http://127.0.0.1:1}"

[[locations]]
code = "*"
kind = "STORE"
services = ["PICKUP"]
preparation_time = 3600

[[channels]]
code = "web"
name = "Web"
currency = "EUR"
time_zone = "Europe/Paris"
[[channels.services]]
code = "standard"
name = "Standard"
method = "SHIP"
carrier_services = ["colis/domicile"]
fees = [{ amount = 4.90 }, { amount = 0, from_basket = 60 }]

[[carriers]]
code = "colis"
[[carriers.services]]
code = "domicile"
zones = [{ country = "FR", transit_days = [2, 3], bands = [{ up_to_g = 500, price = 4.95 }, { up_to_g = 30000, price = 15.5 }] }]

[[profiles]]
name = "near"
channels = ["web"]
tolerance_days = [0, 2, 5]
[[profiles.strategies]]
name = "own"
split = { max_shipments = 2, allow_line_split = "NEVER" }

[[callers]]
id = "shop"
kind = "STOREFRONT"
key_sha256 = "HASH"
channel = "web"
""".replace("HASH", "a" * 64)


def read(text: str, **environment: str) -> Network:
    return parse(text.encode(), Path("network.toml"), environment)


def problems(old: str, new: str) -> tuple[str, ...]:
    assert old in GOOD
    with pytest.raises(NetworkFileInvalid) as refused:
        read(GOOD.replace(old, new, 1))
    return refused.value.problems


def test_a_good_file_is_read_into_the_domains_types() -> None:
    network = read(GOOD, ERP_URL="http://erp.example")
    assert network.sources[0].fresh_for == timedelta(minutes=10)
    assert network.sources[0].options == {"base_url": "http://erp.example"}
    assert network.locations[0].preparation_time == timedelta(hours=1)
    assert network.channels[0].services[0].fees[0].amount == Decimal("4.90")
    assert network.carriers[0].services[0].zones[0].bands[0].price == Decimal("4.95")


def test_a_placeholder_takes_its_default_when_the_environment_has_none() -> None:
    assert read(GOOD).sources[0].options == {"base_url": "http://127.0.0.1:1"}


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('fresh_for = "PT10M"', "fresh_fro = 5", "sources.erp.fresh_fro: unknown key; did you mean 'fresh_for'?"),
        ('method = "SHIP"', 'methode = "SHIP"', "channels.web.services.standard.methode: unknown key; did you mean 'method'?"),
        ('fresh_for = "PT10M"', 'fresh_for = "10 min"', "sources.erp.fresh_for: '10 min' is no duration; write seconds (900) or ISO 8601 (\"PT15M\")"),
        ('currency = "EUR"\ncountry', 'currency = "EURO"\ncountry', "currency: 'EURO' is no currency; did you mean 'EUR'?"),
        ('country = "FR"\ntime', 'country = "France"\ntime', "country: 'France' is no country; use its ISO code of two capital letters, as FR"),
        (
            'time_zone = "Europe/Paris"\nminting',
            'time_zone = "Europe/Pari"\nminting',
            "time_zone: 'Europe/Pari' is no time zone; did you mean 'Europe/Paris'?",
        ),
        ('minting_source = "erp"', 'minting_source = "erq"', "minting_source: there is no source 'erq'; did you mean 'erp'?"),
        ('"colis/domicile"', '"colis/domicil"', "channels.web.services.standard.carrier_services: there is no carrier service 'colis/domicil'; did you mean 'colis/domicile'?"),
        ('channel = "web"', 'channel = "wep"', "callers.shop.channel: there is no channel 'wep'; did you mean 'web'?"),
        ('adapter = "rest"', 'adapter = "rset"', "sources.erp.adapter: there is no adapter 'rset'; did you mean 'rest'?"),
        ("transit_days = [2, 3]", "transit_days = [3, 2]", "carriers.colis.services.domicile.zones.0.transit_days: write the fewest first, then the most, as [1, 2]"),
        (
            "transit_days = [2, 3]",
            'transit_days = [2, 3], time_zone = "Indian/Reunio"',
            "carriers.colis.services.domicile.zones.0.time_zone: 'Indian/Reunio' is no time zone; did you mean 'Indian/Reunion'?",
        ),
        ("up_to_g = 30000", "up_to_g = 300", "carriers.colis.services.domicile.zones.0.bands: need rising up_to_g above 0 and prices of 0 or more"),
        ('holidays = "FR"', 'holidays = "XX"', "holidays: no public holidays are known for 'XX'; use a country's code, as FR, or leave it empty"),
        ('name = "Maison"\n', "", "name: is missing; add it"),
        ("a" * 64, "secret", "callers.shop.key_sha256: is no SHA-256 in hex (64 digits); make one with `commerce-gateway key shop`"),
        ("${ERP_URL:-http://127.0.0.1:1}", "${ERP_URL}", "${ERP_URL} is not set; set the environment variable ERP_URL"),
        ('kind = "ERP"', 'kind = "EPR"', "sources.erp.kind: 'EPR' is not possible; use 'ERP', 'WMS', 'POS', 'SUPPLIER', 'COMMERCE' or 'FILES'"),
        ("preparation_time = 3600", 'opening = [{ periods = ["Mo-Fx 09:00-12:00"] }]', "locations.*.opening.0.periods: 'Fx' is no weekday; use Mo Tu We Th Fr Sa Su"),
        ("preparation_time = 3600", 'pickups = [{ hour = "25:00", cutoff = "16:00" }]', "locations.*.pickups.0.hour: '25:00' is no hour; write it as 09:30"),
        ('name = "Web"', 'name = "Web"\nmost_attempts = 0', "channels.web.most_attempts: 0 is too small; use 1 or more"),
        ('method = "SHIP"', 'method = "SHIP"\nstep = 0', "channels.web.services.standard.step: hours are promised in steps of a second to a day"),
        ('method = "SHIP"', 'method = "SHIP"\ncollect_within_m = 0', "channels.web.services.standard.collect_within_m: 0 is too small; use 1 or more"),
        ("key_sha256 =", "most_cost = 0\nkey_sha256 =", "callers.shop.most_cost: 0 is too small; use 1 or more"),
        ("preparation_time = 3600", "accept_within = 0", "locations.*.accept_within: must be longer than 0"),
        ('channels = ["web"]', 'channels = ["wep"]', "profiles.near.channels: there is no channel 'wep'; did you mean 'web'?"),
        ("tolerance_days = [0, 2, 5]", "tolerance_days = [2, 0]", "profiles.near.tolerance_days: need rising days of 0 or more, as [0, 2, 5]"),
        ("max_shipments = 2", "max_shipments = 0", "profiles.near.strategies.own.split.max_shipments: 0 is too small; use 1 or more"),
        ("max_shipments = 2", "max_shipment = 2", "profiles.near.strategies.own.split.max_shipment: unknown key; did you mean 'max_shipments'?"),
        ('name = "own"', 'name = "own"\nfallback = true', "profiles.near.strategies: all are fallbacks; the first that is tried must be none"),
        ('name = "near"', 'name = "far"\nchannels = ["web"]\n\n[[profiles]]\nname = "near"', "profiles: 2 that are no drafts name the channel 'web'; leave it to one"),
        ("preparation_time = 3600", 'name = "X"', "locations.*.name: cannot hold for all places; name one place by its code"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_its_key_with_the_remedy(old: str, new: str, line: str) -> None:
    assert line in problems(old, new)


def test_an_unknown_key_of_a_nested_table_is_refused_too() -> None:
    lines = problems("preparation_time = 3600", 'address = { country_code = "FR", citty = "Lyon" }')
    assert lines == ("locations.*.address.citty: unknown key; did you mean 'city'?",)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(NetworkFileInvalid) as refused:
        read(GOOD.replace('minting_source = "erp"', 'minting_source = "x"').replace('holidays = "FR"', 'holidays = "QQ"'))
    assert len(refused.value.problems) == 2


def test_two_entries_of_one_code_are_refused() -> None:
    lines = problems("[[locations]]", '[[sources]]\ncode = "erp"\nkind = "WMS"\nadapter = "rest"\n\n[[locations]]')
    assert lines == ("sources: 'erp' stands there 2 times; use a code once",)


def test_a_file_that_is_no_toml_or_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NetworkFileInvalid, match="is no TOML"):
        read("name = ")
    with pytest.raises(NetworkFileInvalid, match="is not UTF-8"):
        parse('name = "é"'.encode("latin-1"), Path("n.toml"), {})
    with pytest.raises(NetworkFileInvalid, match="cannot be read"):
        load(tmp_path / "absent.toml")


def test_places_that_nothing_defines_are_told_once_the_sources_were_read() -> None:
    network = read(GOOD.replace('channel = "web"', 'channel = "web"\nlocations = ["101"]'))
    assert unknown_locations(network, ["102"]) == ["callers.shop.locations: there is no location '101'; did you mean '102'?"]


def test_a_key_is_an_id_and_a_secret_whose_hash_alone_is_kept() -> None:
    made = new_key("shop")
    name, _, secret = made.key.partition(".")
    assert name == "shop"
    assert len(secret) == 32
    assert made.key_sha256 == secret_hash(secret)
    with pytest.raises(ValueError, match="cannot name a caller"):
        new_key("my shop")


def test_a_day_of_the_file_is_a_date() -> None:
    text = GOOD.replace("preparation_time = 3600", "opening = [{ on = 2026-12-24, periods = ['10:00-17:00'] }]")
    assert (read(text).locations[0].opening or ())[0].on == date(2026, 12, 24)
