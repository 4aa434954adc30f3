"""The identity that objects share."""

import strawberry


@strawberry.interface(description="An object with an identity for caches and refetching; the id is opaque.")
class Node:
    id: strawberry.ID
