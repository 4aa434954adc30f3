"""The indexes of orders, keys, personal data and decisions; making those that stand already changes nothing."""

from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING, IndexModel

Document = dict[str, Any]
ORDERS = [
    IndexModel([("facts.number", ASCENDING)]),
    IndexModel([("owner", ASCENDING), ("facts.reference", ASCENDING)]),
    IndexModel([("owner", ASCENDING), ("st", ASCENDING), ("exp", ASCENDING)]),
    IndexModel([("facts.placed_at", DESCENDING), ("facts.number", DESCENDING)]),
    IndexModel([("facts.updated_at", ASCENDING), ("facts.number", ASCENDING)]),
    IndexModel([("facts.promised_until", ASCENDING), ("facts.number", ASCENDING)]),
    IndexModel([("facts.due_at", ASCENDING), ("facts.number", ASCENDING)]),
    IndexModel([("facts.waits_for_routing", ASCENDING), ("facts.routes_from", ASCENDING), ("_id", ASCENDING)]),
    IndexModel([("facts.lapses_at", ASCENDING), ("_id", ASCENDING)]),
    IndexModel([("facts.waits_for_supply", ASCENDING), ("_id", ASCENDING)]),
    IndexModel([("facts.words", ASCENDING)]),
    IndexModel([("facts.outcomes.at", DESCENDING)]),
    IndexModel([("facts.work.location", ASCENDING), ("facts.work.state", ASCENDING)]),
    IndexModel([("due.source", ASCENDING), ("due.at", ASCENDING)]),
    IndexModel([("messages.state", ASCENDING), ("messages.source", ASCENDING)]),
    IndexModel([("recover", ASCENDING), ("_id", ASCENDING)]),
]
PERSONAL = [IndexModel([("words", ASCENDING)]), IndexModel([("waits_since", ASCENDING)], sparse=True)]


DECISIONS = [
    IndexModel([("rid", ASCENDING), ("at", DESCENDING)]),
    IndexModel([("waits_since", ASCENDING)], sparse=True),
]


async def ensure_order_indexes(database: AsyncIOMotorDatabase[Document]) -> None:
    await database["orders"].create_indexes(ORDERS)
    await database["personal"].create_indexes(PERSONAL)
    await database["decisions"].create_indexes(DECISIONS)
