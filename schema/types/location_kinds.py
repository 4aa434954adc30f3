"""What locations are and can do."""

from enum import StrEnum

from schema.types.enums import described


@described("What kind of place it is.")
class LocationKind(StrEnum):
    WAREHOUSE = "WAREHOUSE"
    STORE = "STORE"
    SUPPLIER = "SUPPLIER"


@described("What a location can do for orders.")
class LocationService(StrEnum):
    SHIP = "SHIP"
    COURIER = "COURIER"
    PICKUP = "PICKUP"
    SHIP_TO_STORE = "SHIP_TO_STORE"
    RESERVE_IN_STORE = "RESERVE_IN_STORE"
    CARRY_OUT = "CARRY_OUT"
    RETURNS = "RETURNS"


@described("Whether a location takes work.")
class LocationStatus(StrEnum):
    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    CLOSED = "CLOSED"


@described("What is counted against a location's capacity.", ORDERS="Shipments, whatever they hold.")
class CapacityUnit(StrEnum):
    ORDERS = "ORDERS"
    UNITS = "UNITS"
