"""Order documents as the database holds them: the protocol's journal in short keys, the content as JSON, and what they are found by."""

from collections.abc import Iterable
from typing import Any

from adapters.mongo.codec import dump, load
from gateway.domain.claims.documents import Acknowledged, Change, Claim, KeyDoc, OrderDoc, Peg
from gateway.domain.claims.recovery import recover_at
from gateway.domain.delivery_group import GroupPlan
from gateway.domain.ids import Rid, StockKey
from gateway.domain.order import Order
from gateway.domain.order_facts import order_facts
from gateway.domain.outbox import OutboxEntry
from gateway.domain.outbox_line import next_in_line
from gateway.domain.promise.refused import RefusedPromise
from gateway.domain.reservation import Reservation

Document = dict[str, Any]


OF_THE_STORE = frozenset({"marks", "now"})
"""What stands beside a document, and is added to it while it is read."""


def order_document(doc: OrderDoc) -> Document:
    return {
        **doc.beside,
        "_id": doc.rid,
        "fp": doc.fp,
        "st": doc.st,
        "att": doc.att,
        "v": doc.v,
        "rev": doc.rev,
        "created": doc.created_ms,
        "touched": doc.touched_ms,
        "claims": [claim_document(claim) for claim in doc.claims],
        "change": change_document(doc.change) if doc.change else None,
        "undo": [claim_document(claim) for claim in doc.undo],
        "exp": doc.exp,
        "why": doc.why,
        "by": doc.by,
        "short": list(doc.short) if doc.short else None,
        "unsettled": doc.unsettled,
        "sent": sorted(doc.sent),
        "done": list(doc.done),
        "order": dump(doc.order) if doc.order else None,
        "reservation": dump(doc.reservation) if doc.reservation else None,
        "outbox": [dump(entry) for entry in doc.outbox],
        "taken": [taken_document(one) for one in doc.taken],
        **({"for": doc.owner} if doc.owner else {}),
        **({"refused": [dump(one) for one in doc.refused]} if doc.refused else {}),
        **found_by(doc),
    }


def claim_document(claim: Claim) -> Document:
    peg = {"peg": [claim.peg.lot, claim.peg.at_ms]} if claim.peg else {}
    word = {"lost": claim.lost, **({"let_go": True} if claim.let_go else {})}
    return {"mid": claim.mid, "key": claim.key, "units": claim.units, "safety": claim.safety, "dl": claim.dl, **word, **peg}


def taken_document(one: Acknowledged) -> Document:
    return {"claim": claim_document(one.claim), "k": one.k, "asked": one.asked, "epoch": one.epoch}


def change_document(change: Change) -> Document:
    return {
        "att": change.att,
        "add": [claim_document(claim) for claim in change.add],
        "drop": list(change.drop),
        "dl": change.dl,
        "then": change.then,
        "by": change.by,
        "tried": list(change.tried),
        "cut": [list(one) for one in change.cut],
        **({"plan": [dump(one) for one in change.plan]} if change.plan else {}),
    }


def found_by(doc: OrderDoc) -> Document:
    """Return what only exists to be indexed; made anew with every write, never read back."""
    content = doc.order or doc.reservation
    return {
        "recover": recover_at(doc),
        "owner": content.owner if content else doc.owner or None,
        "facts": dump(order_facts(doc.order)) if doc.order else None,
        "messages": [{"source": entry.source, "state": entry.state} for entry in doc.outbox],
        "due": [{"source": entry.source, "at": at} for entry, at in next_in_line(doc.outbox)],
    }


def order_of(document: Document) -> OrderDoc:
    return OrderDoc(
        rid=Rid(document["_id"]),
        fp=document["fp"],
        st=document["st"],
        att=document["att"],
        v=document["v"],
        rev=document["rev"],
        created_ms=document["created"],
        touched_ms=document["touched"],
        claims=claims_of(document["claims"]),
        change=change_of(document["change"]) if document["change"] else None,
        undo=claims_of(document["undo"]),
        exp=document["exp"],
        why=document["why"],
        by=document["by"],
        short=(StockKey(document["short"][0]), document["short"][1]) if document["short"] else None,
        unsettled=document["unsettled"],
        sent=frozenset(document["sent"]),
        done=tuple(Rid(one) for one in document["done"]),
        order=load(Order, document["order"]) if document["order"] else None,
        reservation=load(Reservation, document["reservation"]) if document["reservation"] else None,
        outbox=tuple(load(OutboxEntry, entry) for entry in document["outbox"]),
        taken=tuple(Acknowledged(claim_of(one["claim"]), one["k"], one["asked"], one["epoch"]) for one in document.get("taken", ())),
        owner=document.get("for", ""),
        refused=tuple(load(RefusedPromise, one) for one in document.get("refused", ())),
        beside={name: document[name] for name in document.keys() - KNOWN},
    )


def claims_of(documents: Iterable[Document]) -> tuple[Claim, ...]:
    return tuple(claim_of(one) for one in documents)


def claim_of(document: Document) -> Claim:
    key, peg = StockKey(document["key"]), document.get("peg")
    pegged = Peg(*peg) if peg else None
    word = document.get("lost"), document.get("let_go", False)
    return Claim(document["mid"], key, document["units"], document["safety"], document["dl"], pegged, *word)


def change_of(document: Document) -> Change:
    return Change(
        att=document["att"],
        add=claims_of(document["add"]),
        drop=tuple(document["drop"]),
        dl=document["dl"],
        then=document["then"],
        by=Rid(document["by"]),
        tried=tuple(StockKey(key) for key in document["tried"]),
        cut=tuple((mid, units) for mid, units in document["cut"]),
        plan=tuple(load(GroupPlan, one) for one in document.get("plan", ())),
    )


def key_document(key: KeyDoc) -> Document:
    return {"_id": key.by, "fp": key.fp, "hold": key.hold, "created": key.created_ms, "att": key.att}


def key_of(document: Document) -> KeyDoc:
    return KeyDoc(Rid(document["_id"]), document["fp"], Rid(document["hold"]), document["created"], document.get("att", 0))


KNOWN = OF_THE_STORE | order_document(OrderDoc(Rid(""), "", "NEW")).keys() | {"for", "refused"}
