"""Each step on stock as one conditional update: a filter, and a pipeline whose fence is judged by the server's own clock.

The fence stands in the pipeline: in the filter it would keep the server from using the document's key. A pipeline that changes nothing
leaves `modified_count` at 0.
"""

from typing import Any

from adapters.mongo.folds import is_not_folded
from gateway.domain.claims.meaning import Times
from gateway.domain.claims.steps import Ack, GiveBack, Settle, Take, Withhold

Filter = dict[str, Any]
Pipeline = list[dict[str, Any]]
NOW = {"$toLong": "$$NOW"}


def purged(times: Times) -> dict[str, Any]:
    """Return the markers without tombstones that the fence has made needless."""
    needed = {"$or": [{"$gt": ["$$e.v.q", 0]}, {"$gte": [{"$add": ["$$e.v.dl", times.skew_ms]}, NOW]}]}
    return {"$arrayToObject": {"$filter": {"input": {"$objectToArray": "$m"}, "as": "e", "cond": needed}}}


def take(step: Take, times: Times) -> tuple[Filter, Pipeline]:
    claim = step.claim
    end = {} if step.exp is None else {"exp": step.exp}
    marker = {claim.mid: {"q": claim.units, "dl": claim.dl, "ok": False, **end}}
    where = {"_id": claim.key, f"m.{claim.mid}": {"$exists": False}, "free": {"$gte": claim.units + claim.safety}}
    fence = {"$lt": [NOW, claim.dl]}
    return where, [
        {
            "$set": {
                "free": {"$cond": [fence, {"$subtract": ["$free", claim.units]}, "$free"]},
                "m": {"$cond": [fence, {"$mergeObjects": [purged(times), {"$literal": marker}]}, "$m"]},
                "rev": {"$cond": [fence, {"$add": ["$rev", 1]}, "$rev"]},
            }
        }
    ]


def give_back(step: GiveBack, times: Times) -> tuple[Filter, Pipeline]:
    """Return the units and leave a tombstone, also where there was no marker; not where one stands already, or a folded marker."""
    claim = step.claim
    known = {"$or": [{"$gt": [f"$m.{claim.mid}.q", 0]}, is_not_folded(claim.mid)]}
    units = {"$ifNull": [f"$m.{claim.mid}.q", 0]}
    tombstone = {claim.mid: {"q": 0, "dl": {"$ifNull": [f"$m.{claim.mid}.dl", claim.dl]}, "ok": True}}
    where = {"_id": claim.key, f"m.{claim.mid}.q": {"$ne": 0}}
    written = {"free": {"$add": ["$free", units]}, "m": {"$mergeObjects": [purged(times), tombstone]}, "rev": {"$add": ["$rev", 1]}}
    return where, [{"$replaceWith": {"$cond": [known, {"$mergeObjects": ["$$ROOT", written]}, "$$ROOT"]}}]


def settle(step: Settle, times: Times) -> tuple[Filter, Pipeline]:
    """Units fall to the claim's; placed: no end any more, else the end only moves on; none left: a tombstone."""
    claim = step.claim
    own = f"$m.{claim.mid}"
    units = {"$min": [f"{own}.q", claim.units]}
    marker: dict[str, Any] = {"q": units, "dl": f"{own}.dl", "ok": True}
    marker |= {name: {"$ifNull": [f"{own}.{name}", "$$REMOVE"]} for name in ("k", "epoch", "asked", "lost", "let_go")}
    if step.exp is not None:
        marker["exp"] = {"$cond": [{"$gt": [f"{own}.exp", None]}, {"$max": [f"{own}.exp", step.exp]}, "$$REMOVE"]}
    written = {
        "free": {"$add": ["$free", {"$subtract": [f"{own}.q", units]}]},
        "m": {"$mergeObjects": [purged(times), {claim.mid: marker}]},
        "rev": {"$add": ["$rev", 1]},
    }
    return {"_id": claim.key, f"m.{claim.mid}.q": {"$gt": 0}}, [{"$set": written}]


def ack(step: Ack, times: Times) -> tuple[Filter, Pipeline]:
    """Remember where the source took the claim; lifted at once where its figure includes that already."""
    own = f"$m.{step.mid}"
    known = {"$eq": ["$own.epoch", {"$literal": step.epoch}]} if step.epoch else True
    covered = {"$and": [{"$gte": ["$own.seq", step.k]}, known]}
    told = {"k": {"$literal": step.k}, "epoch": {"$literal": step.epoch} if step.epoch else "$own.epoch"}
    inside = {"$gte": [{"$add": [f"{own}.dl", times.skew_ms]}, NOW]}
    tombstone = {"$cond": [inside, {step.mid: {"q": 0, "dl": f"{own}.dl", "ok": True}}, {}]}
    others = {"$arrayToObject": {"$filter": {"input": {"$objectToArray": purged(times)}, "as": "e", "cond": {"$ne": ["$$e.k", step.mid]}}}}
    remembered = {"$mergeObjects": [purged(times), {step.mid: {"$mergeObjects": [own, told]}}]}
    written = {
        "free": {"$cond": [covered, {"$add": ["$free", {"$subtract": [f"{own}.q", {"$ifNull": [f"{own}.due", 0]}]}]}, "$free"]},
        "m": {"$cond": [covered, {"$mergeObjects": [others, tombstone]}, remembered]},
        "rev": {"$add": ["$rev", 1]},
    }
    where = {"_id": step.key, f"m.{step.mid}.q": {"$gt": 0}, f"m.{step.mid}.lost": {"$ne": True}}
    return where | ({"own.past": {"$ne": step.epoch}} if step.epoch else {}), [{"$set": written}]


def withhold(step: Withhold, times: Times) -> tuple[Filter, Pipeline]:
    """The marker stands without an end, lifted by a later word; said again, the first time counts."""
    own, since = f"$m.{step.claim.mid}", {"$literal": step.claim.lost or 0}
    kept = {name: {"$ifNull": [f"{own}.{name}", "$$REMOVE"]} for name in ("peg", "due")}
    marker: dict[str, Any] = {"q": f"{own}.q", "dl": f"{own}.dl", "ok": True, **kept}
    if step.found:
        told = {"$ne": [{"$ifNull": [f"{own}.k", f"{own}.asked", None]}, None]}
        marker |= {name: {"$ifNull": [f"{own}.{name}", "$$REMOVE"]} for name in ("k", "lost")}
        marker |= {
            "asked": {"$cond": [told, {"$ifNull": [f"{own}.asked", "$$REMOVE"]}, since]},
            "let_go": {"$ifNull": [f"{own}.let_go", since if step.claim.let_go else "$$REMOVE"]},
            "epoch": {"$cond": [told, {"$ifNull": [f"{own}.epoch", "$$REMOVE"]}, {"$literal": step.epoch} if step.epoch else "$own.epoch"]},
        }
    else:
        marker |= {"lost": True, "asked": {"$cond": [{"$eq": [f"{own}.lost", True]}, f"{own}.asked", since]}}
    written = {"m": {"$mergeObjects": [purged(times), {step.claim.mid: marker}]}, "rev": {"$add": ["$rev", 1]}}
    where = {"_id": step.claim.key, f"m.{step.claim.mid}.q": {"$gt": 0}}
    return where | ({"own.past": {"$ne": step.epoch}} if step.found and step.epoch else {}), [{"$set": written}]
