"""The usual form of each standard: what holds where a partner's profile says nothing else."""

from collections.abc import Mapping
from typing import Any

GTINS = {"SRV": "gtin", "EN": "gtin", "UP": "gtin"}
EDIFACT_LINES: dict[str, Any] = {
    "line": ["LIN"],
    "end": ["UNS", "CNT", "CPS"],
    "ids": {**GTINS, "SA": "code", "VN": "code", "IN": "sku", "BP": "sku"},
    "id_tags": ["LIN", "PIA"],
}
EDIFACT: dict[str, Any] = {
    "version": "UNOC:3",
    "separators": {"component": ":", "element": "+", "terminator": "'", "release": "?"},
    "stock": {
        **EDIFACT_LINES,
        "kind": "INVRPT",
        "place": ["NAD+WH:2", "LOC+11:2", "LOC+14:2", "LOC+18:2"],
        "at": ["DTM+366:1.2", "DTM+137:1.2"],
    },
    "response": {
        **EDIFACT_LINES,
        "kinds": ["ORDRSP"],
        "reference": ["RFF+ON:1.2"],
        "source_reference": ["BGM:2"],
        "at": ["DTM+137:1.2"],
        "header": ["BGM:3"],
        "header_answers": {"29": "ACCEPTED", "27": "REJECTED", "1": "CANCELED"},
        "cancellation": ["BGM+230:3"],
        "cancellation_answers": {"1": "CANCELED", "29": "CANCELED", "27": "KEPT"},
        "answer": ["LIN:2"],
        "answers": {"2": "REJECTED", "3": "BACKORDERED", "5": "ACCEPTED", "6": "BACKORDERED", "7": "REJECTED"},
        "quantity": ["QTY+113:1.2", "QTY+12:1.2", "QTY+21:1.2"],
        "later_quantity": ["QTY+83:1.2"],
        "date": ["DTM+67:1.2", "DTM+69:1.2", "DTM+17:1.2", "DTM+2:1.2"],
    },
    "despatch": {
        **EDIFACT_LINES,
        "kind": "DESADV",
        "reference": ["RFF+ON:1.2"],
        "source_reference": ["BGM:2"],
        "at": ["DTM+11:1.2", "DTM+137:1.2"],
        "quantity": ["QTY+12:1.2"],
        "parcel": ["GIN+BJ:2"],
        "tracking": ["RFF+CN:1.2"],
        "carrier": ["TDT+20:5.4", "TDT+20:5"],
    },
    "sends": {
        "purchase_order": {
            "kind": "ORDERS",
            "version": "D:96A:UN:EAN008",
            "header": [
                "BGM+220+{reference}+9",
                "DTM+137:{date}{time}:203",
                "DTM+2:{latest}:102",
                "RFF+CR:{order_number}",
                "NAD+BY+{buyer}::9",
                "NAD+SU+{supplier}::9",
                "NAD+DP+++{ship_name/35}+{ship_line1/35}:{ship_line2/35}+{ship_city/35}+{ship_region/9}+{ship_postal_code/9}+{ship_country/3}",
                "CUX+2:{currency}:9",
            ],
            "line": ["LIN+{line}++{gtin}:EN", "PIA+1+{code}:SA", "PIA+1+{sku}:IN", "IMD+F++:::{name/35}", "QTY+21:{quantity}"],
            "trailer": ["UNS+S", "CNT+2:{lines}"],
        },
        "cancel": {
            "kind": "ORDCHG",
            "version": "D:96A:UN:EAN008",
            "header": [
                "BGM+230+{reference}+1",
                "DTM+137:{date}{time}:203",
                "RFF+ON:{reference}",
                "RFF+VN:{source_reference}",
                "NAD+BY+{buyer}::9",
                "NAD+SU+{supplier}::9",
            ],
            "trailer": ["UNS+S"],
        },
    },
}
X12_LINES: dict[str, Any] = {
    "line": ["LIN"],
    "end": ["CTT", "HL"],
    "ids": {"EN": "gtin", "UP": "gtin", "UK": "gtin", "VN": "code", "VP": "code", "IN": "sku", "BP": "sku"},
    "id_tags": ["LIN", "PO1"],
}
X12: dict[str, Any] = {
    "version": "00401",
    "encoding": "utf-8",
    "separators": {"component": ">", "element": "*", "terminator": "~"},
    "stock": {**X12_LINES, "kind": "846", "place": ["N1+WH:4"], "at": ["BIA:4&5"]},
    "response": {
        **X12_LINES,
        "line": ["PO1", "POC"],
        "kinds": ["855", "865"],
        "reference": ["BAK:3", "BCA:3"],
        "source_reference": ["BAK:8", "REF+VN:2"],
        "at": ["BAK:9"],
        "header": ["BAK:2", "BCA:2"],
        "header_answers": {"AT": "ACCEPTED", "AK": "ACCEPTED", "AD": "ACCEPTED", "RJ": "REJECTED", "RD": "REJECTED"},
        "cancellation": ["BCA+01:2"],
        "cancellation_answers": {**dict.fromkeys(("AT", "AC", "AD", "AK"), "CANCELED"), "RJ": "KEPT", "RD": "KEPT"},
        "answer": ["ACK:1"],
        "answers": {
            **dict.fromkeys(("AC", "AR", "IA", "IP", "IQ"), "ACCEPTED"),
            **dict.fromkeys(("BP", "DR", "IB", "IC", "IH", "SP"), "BACKORDERED"),
            **dict.fromkeys(("ID", "IR", "R1", "R2", "R3", "R4", "R5", "R6"), "REJECTED"),
        },
        "quantity": ["ACK:2", "PO1:2"],
        "date": ["ACK:5"],
    },
    "despatch": {
        **X12_LINES,
        "kind": "856",
        "reference": ["PRF:1"],
        "source_reference": ["BSN:2"],
        "at": ["DTM+011:2&3", "BSN:3&4"],
        "quantity": ["SN1:2"],
        "parcel": ["MAN+GM:2"],
        "tracking": ["REF+CN:2", "MAN+CP:2"],
        "carrier": ["TD5:3"],
    },
    "sends": {
        "purchase_order": {
            "kind": "850",
            "version": "004010",
            "group": "PO",
            "header": [
                "BEG*00*SA*{reference}**{date}",
                "CUR*BY*{currency}",
                "REF*CO*{order_number}",
                "DTM*002*{latest}",
                "N1*BY**92:{buyer}",
                "N1*ST*{ship_name/60}",
                "N3*{ship_line1/55}*{ship_line2/55}",
                "N4*{ship_city/30}*{ship_region/2}*{ship_postal_code/15}*{ship_country/3}",
            ],
            "line": [
                "PO1*{line}*{quantity}*EA***EN:{gtin13}*UP:{gtin12}*UK:{gtin14}*VP:{code}*BP:{sku}",
                "PID*F****{name/80}",
            ],
            "trailer": ["CTT*{lines}"],
        },
        "cancel": {
            "kind": "860",
            "version": "004010",
            "group": "PC",
            "header": ["BCH*01*SA*{reference}***{date}", "REF*VN*{source_reference}"],
        },
    },
}
USUAL: Mapping[str, dict[str, Any]] = {"EDIFACT": EDIFACT, "X12": X12}
SECTIONS = ("stock", "response", "despatch")
"""What holds only for a partner whose profile has the section."""


def with_usual(stated: Mapping[str, Any]) -> dict[str, Any]:
    """Return a profile with its standard's usual form below what it states."""
    usual = USUAL.get(str(stated.get("standard")))
    if usual is None:
        return dict(stated)
    wanted = {name: value for name, value in usual.items() if name not in {*SECTIONS, "sends"} or name in stated}
    if isinstance(stated.get("sends"), dict):
        wanted["sends"] = {name: value for name, value in usual["sends"].items() if name in stated["sends"]}
    return _laid_over(wanted, stated)


def _laid_over(usual: Mapping[str, Any], stated: Mapping[str, Any]) -> dict[str, Any]:
    """Return tables merged key by key; lists and values that are stated stand instead of the usual ones.

    Tables of codes are merged, too: a code that a partner uses otherwise is stated, the others hold. Of `ids` the order matters: stated
    ones are preferred.
    """
    merged = {**stated, **{name: value for name, value in usual.items() if name not in stated}}
    for name, value in stated.items():
        below = usual.get(name)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            merged[name] = _laid_over(below, value)
    return merged
