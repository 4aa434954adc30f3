"""Stock documents as the database holds them: short keys, times in ms, markers by mid, folded ones apart. `rev` rises with every write."""

from typing import Any

from adapters.mongo.codec import dump, load
from adapters.mongo.folds import fold_fields, markers_in
from gateway.domain.claims.documents import Marker, Peg, Recent, StockDoc
from gateway.domain.ids import SourceCode, StockKey
from gateway.domain.stock import Inbound

Document = dict[str, Any]


def stock_document(doc: StockDoc, rev: int = 0) -> Document:
    return {
        **doc.beside,
        "_id": doc.key,
        "source": doc.source,
        "q": doc.q,
        "free": doc.free,
        "unavailable": doc.unavailable,
        "own": {
            "epoch": doc.epoch,
            "past": list(doc.past),
            "since": doc.epoch_ms,
            "seq": doc.order,
            "as_of": doc.as_of_ms,
            "sync": doc.sync_ms,
        },
        "changed": doc.changed_ms,
        "m": {mid: marker_document(marker) for mid, marker in doc.markers.items() if not marker.folded},
        **fold_fields({mid: marker for mid, marker in doc.markers.items() if marker.folded}),
        "lots": {feed: [dump(lot) for lot in lots] for feed, lots in doc.lots.items()},
        "arrived": [[lot, units] for lot, units in doc.arrived.items()],
        "recent": [[one.event, one.at_ms, one.change] for one in doc.recent],
        "rev": rev,
    }


def marker_document(marker: Marker) -> Document:
    """Leave out what is not set: a hold's end, a source's word, a lot that it waits for."""
    peg = (marker.peg.lot, marker.peg.at_ms) if marker.peg else None
    word = {"k": marker.k, "epoch": marker.epoch or None, "asked": marker.asked, "lost": marker.lost or None, "let_go": marker.let_go}
    optional = {"exp": marker.exp, "peg": peg, "due": marker.due or None, **word}
    return {"q": marker.q, "dl": marker.dl, "ok": marker.ok} | {name: value for name, value in optional.items() if value is not None}


def stock_of(document: Document) -> StockDoc:
    own = document["own"]
    return StockDoc(
        key=StockKey(document["_id"]),
        source=SourceCode(document["source"]),
        q=document["q"],
        free=document["free"],
        unavailable=document["unavailable"],
        epoch=own["epoch"],
        past=tuple(own["past"]),
        epoch_ms=own["since"],
        order=own["seq"],
        as_of_ms=own["as_of"],
        sync_ms=own["sync"],
        changed_ms=document["changed"],
        markers=markers_of(document),
        lots={feed: tuple(load(Inbound, lot) for lot in lots) for feed, lots in document["lots"].items()},
        arrived=dict(document.get("arrived", ())),
        recent=tuple(Recent(*one) for one in document["recent"]),
        beside={name: document[name] for name in document.keys() - KNOWN},
    )


def markers_of(document: Document) -> dict[str, Marker]:
    """Return all markers of a position, folded ones, too."""
    apart = {mid: marker_of(marker) for mid, marker in document["m"].items()}
    return apart | markers_in(document["folds"]) if document.get("folded") else apart


def marker_of(document: Document) -> Marker:
    peg = document.get("peg")
    return Marker(
        q=document["q"],
        dl=document["dl"],
        exp=document.get("exp"),
        ok=document.get("ok", False),
        k=document.get("k"),
        peg=Peg(*peg) if peg else None,
        due=document.get("due", 0),
        epoch=document.get("epoch", ""),
        asked=document.get("asked"),
        lost=document.get("lost", False),
        let_go=document.get("let_go"),
    )


KNOWN = stock_document(StockDoc(StockKey(""), SourceCode(""), 0, 0)).keys() | {"folds", "folded", "now"}
