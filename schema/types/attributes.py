"""Names and values that callers and sources attach to objects."""

import strawberry

from gateway.domain import catalogue


@strawberry.type(description="A named value of the caller's or a source's own.")
class Attribute:
    name: str
    value: str

    @classmethod
    def of(cls, attribute: catalogue.Attribute) -> "Attribute":
        return cls(name=attribute.name, value=attribute.value)


@strawberry.input(description="A named value of the caller's own.")
class AttributeInput:
    name: str
    value: str

    def told(self) -> catalogue.Attribute:
        return catalogue.Attribute(self.name, self.value)


@strawberry.type(description="An object's name in a system behind the gateway.")
class ExternalId:
    source_code: str
    value: str

    @classmethod
    def of(cls, external_id: catalogue.ExternalId) -> "ExternalId":
        return cls(source_code=external_id.source, value=external_id.value)
