"""The shop of docs/networks/edi.toml: served for real, its suppliers behind a real SFTP server that a test kills and revives."""

import contextlib
import hashlib
import os
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from adapters.edi.envelopes import read
from adapters.edi.interchange import EdiMessage
from tests.support.demo import Demo, eventually
from tests.support.real_retailer import ANSWERS, ROOT, started
from tests.support.sftp_server import PASSWORD, USER, SftpServer

NETWORK = ROOT / "docs" / "networks" / "edi.toml"
LAMP, CHAIR, STOOL = "4006381333931", "4006381333948", "4006381333955"
CALLERS = ("storefront", "operator")
PRODUCTS = (
    f"sku,gtin,name,price,weight_g\nLAMP,{LAMP},Lampe,39.90,900\nSTOOL,{STOOL},Tabouret,59.90,2100\nCHAIR,{CHAIR},Chaise,89.00,4000\n"
)
SHARED_CLOCK_S = 1.2
"""Files of one partner are so far apart that their minutes and marks tell them apart."""


@dataclass
class Supplier:
    """A supplier as it uses its mailbox: it writes under another name, then renames; what it fetches it removes."""

    root: Path
    control: int = 0
    orders: list[EdiMessage] = field(default_factory=list)

    def put(self, content: str, name: str = "") -> None:
        name = name or f"{self.control}.edi"
        part = self.root / "in" / f".{name}.part"
        part.write_bytes(content.encode("latin-1"))
        part.rename(self.root / "in" / name)

    def next(self) -> int:
        self.control += 1
        return self.control

    def fetch(self) -> list[EdiMessage]:
        """Fetch all that lies there; keep the orders."""
        for path in sorted((self.root / "out").glob("*.edi")):
            document = read(path.read_bytes().decode("latin-1"))
            assert document.every_fault == []
            path.unlink()
            found = [message for one in document.interchanges for message in one.messages]
            self.orders += [message for message in found if message.kind in {"ORDERS", "850"}]
        return self.orders

    def order(self, number: str) -> EdiMessage:
        """Return the one order of a number, once it is there."""
        found: list[EdiMessage] = eventually(lambda: [one for one in self.fetch() if reference(one).startswith(number)])
        return found[0]

    def orders_of(self, number: str) -> int:
        return sum(reference(one).startswith(number) for one in self.fetch())

    def lying(self, folder: str) -> list[Path]:
        return [path for path in (self.root / folder).rglob("*") if path.is_file()]


def reference(order: EdiMessage) -> str:
    head = order.body[0]
    return head.at(3) if order.kind == "850" else head.at(2)


class Atlas(Supplier):
    """Speaks EDIFACT."""

    def write(self, kind: str, body: Sequence[str]) -> str:
        number, now = self.next(), datetime.now(UTC).astimezone()
        lines = [f"UNH+1+{kind}:D:96A:UN:EAN008", *body]
        head = f"UNB+UNOC:3+4012345500004:14+5412345000013:14+{now:%y%m%d:%H%M}+{number}'"
        return head + "".join(f"{line}'" for line in lines) + f"UNT+{len(lines) + 1}+1'UNZ+1+{number}'"

    def report(self, units: dict[str, int]) -> None:
        lines = [part for n, (gtin, number) in enumerate(units.items(), 1) for part in (f"LIN+{n}++{gtin}:EN", f"QTY+145:{number}:PCE")]
        self.put(self.write("INVRPT", ["BGM+35+R+9", f"DTM+137:{paris():%Y%m%d%H%M%S}:204", "NAD+WH+DEPOT::92", *lines]))

    def answer(self, order: EdiMessage, action: str, gtin: str, units: int, *more: str) -> None:
        lines = [f"LIN+1+{action}+{gtin}:EN", f"QTY+21:{units}", *more]
        self.put(self.write("ORDRSP", [f"BGM+231+A-{self.control}+4", f"RFF+ON:{reference(order)}", *lines, "UNS+S"]))

    def despatch(self, order: EdiMessage, gtin: str, units: int) -> None:
        head = [f"BGM+351+D-{self.control}+9", f"RFF+ON:{reference(order)}", "TDT+20++30++:::colis", "RFF+CN:6A0042", "CPS+1"]
        self.put(self.write("DESADV", [*head, f"LIN+1++{gtin}:EN", f"QTY+12:{units}"]))


class Borealis(Supplier):
    """Speaks X12."""

    def write(self, kind: str, group: str, body: Sequence[str]) -> str:
        number, now = self.next(), paris()
        lines = [f"ST*{kind}*0001", *body]
        isa = f"ISA*00*{'':10}*00*{'':10}*ZZ*{'BOREALIS':15}*ZZ*{'LEGERE':15}*{now:%y%m%d}*{now:%H%M}*U*00401*{number:09d}*0*P*>~"
        gs = f"GS*{group}*BOREALIS*LEGERE*{now:%Y%m%d}*{now:%H%M}*{number}*X*004010~"
        return isa + gs + "".join(f"{line}~" for line in lines) + f"SE*{len(lines) + 1}*0001~GE*1*{number}~IEA*1*{number:09d}~"

    def inventory(self, units: dict[str, int]) -> str:
        lines = [part for n, (gtin, number) in enumerate(units.items(), 1) for part in (f"LIN*{n}*EN*{gtin}", f"QTY*33*{number}")]
        return self.write("846", "IB", [f"BIA*00*SI*R*{paris():%Y%m%d*%H%M%S}", *lines])

    def answer(self, order: EdiMessage, gtin: str, *answers: str) -> None:
        head = f"BAK*00*AC*{reference(order)}*{paris():%Y%m%d}"
        self.put(self.write("855", "PR", [head, f"PO1*1*2*EA***EN*{gtin}", *answers, "CTT*1"]))

    def despatch(self, order: EdiMessage, gtin: str, units: int) -> None:
        hierarchy = ["HL*1**S", "TD5**2*colis", "REF*CN*1Z0042", "HL*2*1*O", f"PRF*{reference(order)}", "HL*3*2*I"]
        self.put(self.write("856", "SH", ["BSN*00*D-9*20261128*0900", *hierarchy, f"LIN**EN*{gtin}", f"SN1**{units}*EA", "CTT*3"]))


def paris() -> datetime:
    """Return the hour of the shop, which its suppliers write."""
    return datetime.now(ZoneInfo("Europe/Paris"))


@dataclass
class EdiShop:
    """The running shop, its server and its suppliers."""

    demo: Demo
    server: SftpServer
    atlas: Atlas
    borealis: Borealis
    environment: dict[str, str]


@contextlib.contextmanager
def edi_shop(folder: Path) -> Iterator[EdiShop]:
    """Start the server, let both suppliers report, and serve the shop until the block ends."""
    home = folder / "home"
    for name in ("atlas", "borealis"):
        for box in ("in", "out"):
            (home / name / box).mkdir(parents=True)
    (folder / "products.csv").write_text(PRODUCTS, encoding="utf-8")
    server, atlas, borealis = SftpServer(home, folder), Atlas(home / "atlas"), Borealis(home / "borealis")
    server.start()
    atlas.report({LAMP: 12, STOOL: 3})
    borealis.put(borealis.inventory({CHAIR: 8}))
    keys = {kind: f"{kind}.{secrets.token_urlsafe(24)}" for kind in CALLERS}
    known = environment(folder, server, keys)
    serving = ("gateway", "serve", "--network", str(NETWORK), "--port", "0", "--embedded", str(folder / "database"), "--with-worker")
    try:
        with started(folder / "serve.log", ANSWERS, *serving, environment=known) as (process, line):
            demo = Demo(process, line.partition(ANSWERS)[2].strip(), keys, {}, folder / "serve.log")
            yield EdiShop(demo, server, atlas, borealis, known)
    finally:
        server.close()


def environment(folder: Path, server: SftpServer, keys: dict[str, str]) -> dict[str, str]:
    digests = {f"{kind.upper()}_KEY_SHA256": hashlib.sha256(key.partition(".")[2].encode()).hexdigest() for kind, key in keys.items()}
    own = {"GATEWAY_TOKEN_KEYS": secrets.token_urlsafe(32), "GATEWAY_ORDER_KEY": secrets.token_urlsafe(32)}
    mailbox = {"MAILBOX_HOST": "127.0.0.1", "MAILBOX_PORT": str(server.port), "MAILBOX_USER": USER, "MAILBOX_PASSWORD": PASSWORD}
    told = {"KNOWN_HOSTS": str(server.known_hosts), "CATALOGUE_FOLDER": str(folder), "SETTLE_S": "0", "SETTLE_DELAY": "PT1S"}
    haste = {"GATEWAY_POLL_FACTOR": "0.1", "COLUMNS": "200"}
    kept = {name: value for name, value in os.environ.items() if name != "MONGODB_URI"}
    return {**kept, **digests, **own, **mailbox, **told, **haste}


def a_moment_later() -> None:
    """Let the next file of a partner be of a later second."""
    time.sleep(SHARED_CLOCK_S)
