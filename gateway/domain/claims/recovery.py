"""When an order's document needs recovery, if nobody comes back to it."""

from gateway.domain.claims.documents import OrderDoc


def recover_at(doc: OrderDoc) -> int | None:
    """Return the ms from which recovery may have to look at it (plus skew); None: it is at rest.

    A hold's end, an open change's deadline, or since when something decided has not been carried out.
    """
    times = [
        doc.exp if doc.st == "HELD" else None,
        doc.change.dl if doc.change else None,
        doc.touched_ms if doc.undo or doc.unsettled or doc.taken else None,
    ]
    return min((at for at in times if at is not None), default=None)
