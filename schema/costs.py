"""Which fields cost more than the object that they answer: those that the engine searches for, or that ask a system behind."""

WEIGHT_BY_FIELD = {
    "Query.deliveryPromises": 20,
    "Query.earliestDeliveries": 20,
    "Query.simulateSourcing": 100,
    "Product.deliveryPromises": 20,
}
