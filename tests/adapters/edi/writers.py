"""What a partner writes: whole interchanges around a body, with counts that are right unless a test wants others."""

from collections.abc import Sequence


def edifact(kind: str, body: Sequence[str], control: int = 1, *, version: str = "D:96A:UN", prepared: str = "261128:0800") -> str:
    lines = [f"UNH+1+{kind}:{version}", *body]
    inner = "".join(f"{line}'" for line in lines)
    return f"UNB+UNOC:3+ATLAS:14+BRUME:14+{prepared}+{control}'{inner}UNT+{len(lines) + 1}+1'UNZ+1+{control}'"


def x12(kind: str, group: str, body: Sequence[str], control: int = 1, *, prepared: str = "261128*0800") -> str:
    lines = [f"ST*{kind}*0001", *body]
    inner = "".join(f"{line}~" for line in lines)
    ends = f"ISA*00*          *00*          *ZZ*ATLAS          *ZZ*BRUME          *{prepared}*U*00401*{control:09d}*0*P*>~"
    gs = f"GS*{group}*ATLAS*BRUME*20261128*0800*{control}*X*004010~"
    return f"{ends}{gs}{inner}SE*{len(lines) + 1}*0001~GE*1*{control}~IEA*1*{control:09d}~"


A, B, C = "4006381333931", "4006381333948", "4006381333955"


def invrpt(figures: dict[str, int], control: int = 1, at: str = "202611280800") -> str:
    lines = [part for n, (gtin, units) in enumerate(figures.items(), 1) for part in (f"LIN+{n}++{gtin}:EN", f"QTY+145:{units}:PCE")]
    return edifact("INVRPT", ["BGM+35+R-1+9", f"DTM+137:{at}:203", "NAD+WH+DEPOT::92", *lines], control, prepared=f"{at[2:8]}:{at[8:12]}")


def inventory_846(figures: dict[str, int], control: int = 1, at: str = "261128*0800") -> str:
    lines = [part for n, (gtin, units) in enumerate(figures.items(), 1) for part in (f"LIN*{n}*EN*{gtin}", f"QTY*33*{units}")]
    return x12("846", "IB", ["BIA*00*SI*R-1*20261128", *lines], control, prepared=at)


def ordrsp(reference: str, answers: Sequence[tuple[str, str, int]], control: int = 1, *more: str) -> str:
    """`answers`: (action, gtin, units) of each line."""
    lines = [
        part for n, (action, gtin, units) in enumerate(answers, 1) for part in (f"LIN+{n}+{action}+{gtin}:EN", f"QTY+21:{units}", *more)
    ]
    return edifact("ORDRSP", ["BGM+231+A-7+29", "DTM+137:202611280900:203", f"RFF+ON:{reference}", *lines, "UNS+S"], control)


def desadv(reference: str, units: dict[str, int], control: int = 1) -> str:
    lines = [part for n, (gtin, number) in enumerate(units.items(), 1) for part in (f"LIN+{n}++{gtin}:EN", f"QTY+12:{number}")]
    head = ["BGM+351+D-9+9", "DTM+11:202611281000:203", f"RFF+ON:{reference}", "TDT+20++30++COLIS:::Colis", "RFF+CN:6A0001"]
    return edifact("DESADV", [*head, "CPS+1", "PCI+33E", "GIN+BJ+340063813330000017", *lines], control)


def acknowledgement_997(control: str, code: str, own: int = 1) -> str:
    return x12("997", "FA", [f"AK1*PO*{control}", "AK2*850*0001", f"AK5*{code}", f"AK9*{code}*1*1*{int(code == 'A')}"], own)
