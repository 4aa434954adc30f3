"""Where something is: positions, postal codes, addresses."""

import strawberry
from strawberry import UNSET

from gateway.domain.location import Address as Place
from gateway.domain.quantities import GeoPosition as Position
from schema.scalars import CountryCode


@strawberry.type(description="WGS 84 degrees.")
class GeoPosition:
    latitude: float
    longitude: float

    @classmethod
    def of(cls, position: Position) -> "GeoPosition":
        return cls(latitude=position.latitude, longitude=position.longitude)


@strawberry.input(description="WGS 84 degrees.")
class GeoPositionInput:
    latitude: float
    longitude: float

    def told(self) -> Position:
        return Position(self.latitude, self.longitude)


@strawberry.input(description="A postal code and its country.")
class PostalCodeInput:
    country_code: CountryCode
    postal_code: str


@strawberry.input(one_of=True, description="A place to measure distance from. Exactly one.")
class NearInput:
    position: GeoPositionInput | None = UNSET
    postal_code: PostalCodeInput | None = UNSET
    location_code: str | None = UNSET


@strawberry.type(description="A postal address.")
class Address:
    name: str | None
    line1: str | None
    line2: str | None
    postal_code: str | None
    city: str | None
    region: str | None
    country_code: CountryCode

    @classmethod
    def of(cls, place: Place) -> "Address":
        return cls(
            name=place.name,
            line1=place.line1,
            line2=place.line2,
            postal_code=place.postal_code,
            city=place.city,
            region=place.region,
            country_code=CountryCode(place.country_code),
        )


@strawberry.input(description="A postal address.")
class AddressInput:
    name: str | None = UNSET
    line1: str | None = UNSET
    line2: str | None = UNSET
    postal_code: str | None = UNSET
    city: str | None = UNSET
    region: str | None = UNSET
    country_code: CountryCode
    position: GeoPositionInput | None = UNSET

    def told(self) -> Place:
        return Place(
            country_code=self.country_code,
            name=self.name or None,
            line1=self.line1 or None,
            line2=self.line2 or None,
            postal_code=self.postal_code or None,
            city=self.city or None,
            region=self.region or None,
        )
