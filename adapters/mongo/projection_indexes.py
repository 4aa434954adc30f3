"""The indexes of stock, feeds and events; making those that stand already changes nothing."""

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING, IndexModel

from adapters.mongo.writes import Document

EVENTS_KEPT_S = 30 * 86_400
INDEXES = {
    "rosters": [IndexModel([("place", ASCENDING)])],
    "movements": [IndexModel([("key", ASCENDING), ("at", DESCENDING)])],
    "inbox": [IndexModel([("at", ASCENDING)], expireAfterSeconds=EVENTS_KEPT_S)],
}


async def ensure_projection_indexes(database: AsyncIOMotorDatabase[Document]) -> None:
    for collection, indexes in INDEXES.items():
        await database[collection].create_indexes(indexes)
