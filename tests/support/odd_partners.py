"""The shop of odd_partners.toml, served for real; its two suppliers write their standards in ways that nobody else does."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from adapters.edi.envelopes import read
from adapters.edi.interchange import EdiMessage
from tests.support.demo import Demo, eventually
from tests.support.edi_retailer import CALLERS, LAMP, STOOL, paris
from tests.support.real_retailer import ANSWERS, started
from tests.support.surroundings import keys_of, surroundings

NETWORK = Path(__file__).with_name("odd_partners.toml")
PRODUCTS = f"sku,gtin,name,price,weight_g\nLAMP,{LAMP},Lampe,39.90,900\nSTOOL,{STOOL},Tabouret,59.90,2100\n"


@dataclass
class OddPartner:
    """A partner at its mailbox: where it puts its files and fetches ours, and in what encoding."""

    incoming: Path
    outgoing: Path
    encoding: str
    control: int = 0

    def put(self, text: str) -> None:
        part = self.incoming / f".{self.control}.part"
        part.write_bytes(text.encode(self.encoding))
        part.rename(self.incoming / f"{self.control}.edi")

    def texts(self, number: str) -> list[str]:
        """Return our files about an order, as they lie there."""
        found = (path.read_bytes().decode(self.encoding) for path in sorted(self.outgoing.glob("*.edi")))
        return [text for text in found if number in text]

    def message(self, number: str, kind: str) -> EdiMessage:
        """Return our message of a kind about an order, once it is there."""

        def looked() -> list[EdiMessage]:
            read_ones = [read(text) for text in self.texts(number)]
            assert all(one.every_fault == [] for one in read_ones)
            return [message for one in read_ones for each in one.interchanges for message in each.messages if message.kind == kind]

        found: list[EdiMessage] = eventually(looked)
        return found[0]


class Cigale(OddPartner):
    """EDIFACT: `|` within elements, `^` between them, `~` and a line end behind segments, a backslash before what is meant as it is."""

    def write(self, kind: str, body: Sequence[str]) -> None:
        self.control += 1
        lines = [f"UNH^1^{kind}|D|01B|UN", *body]
        head = f"UNA|^,\\ ~\r\nUNB^UNOC|3^CIGALE-SARL^BIZARRE^{datetime.now(UTC):%y%m%d|%H%M}^C{self.control}~\r\n"
        self.put(head + "".join(f"{line}~\r\n" for line in lines) + f"UNT^{len(lines) + 1}^1~\r\nUNZ^1^C{self.control}~\r\n")

    def report(self, gtin: str, units: int, broken: int) -> None:
        line = [
            f"LIN^1^^{gtin}|EN",
            "IMD^F^^|||Lampe \xe9tanche \\^ 5\\~W",
            "LOC^ZEN^HALLE-3",
            f"QTY^79|{broken}",
            f"QTY^78|{units}",
        ]
        self.write("INVRPT", ["BGM^35^R^9", f"DTM^ZZ7|{paris():%Y%m%d%H%M%S}|204", *line])

    def answer(self, reference: str, gtin: str, units: int, word: str) -> None:
        self.write("ORDRSP", ["BGM^231^A^4", f"RFF^CMD|{reference}", f"LIN^1^^{gtin}|EN", f"QTY^900|{units}", f"STS^1^{word}"])

    def despatch(self, reference: str, gtin: str, units: int) -> None:
        head = ["BGM^351^D^9", "TDT^20^^30^^Garrigue", "RFF^SUIVI|CIG-77", "PCI^COLIS^P-1"]
        self.write("DESADV", [*head, f"LIN^1^^{gtin}|EN", f"QTY^900|{units}", f"RFF^CMD|{reference}"])


class Tramontane(OddPartner):
    """X12: `|` between elements, a line for each segment, a byte order mark before ISA, and articles named in PID segments."""

    def write(self, kind: str, group: str, body: Sequence[str], ta1: Sequence[str] = ()) -> None:
        self.control += 1
        now, n = paris(), self.control
        lines = [f"ST|{kind}|7001", *body]
        isa = f"ISA|00|{'':10}|00|{'':10}|12|{'TRAMONTANE':15}|ZZ|{'BIZARRE':15}|{now:%y%m%d}|{now:%H%M}|!|00501|{n:09d}|0|P|<"
        head = [isa, *ta1, f"GS|{group}|TRAM|BIZARRE|{now:%Y%m%d}|{now:%H%M%S}|{n}|X|005010"]
        ends = [f"SE|{len(lines) + 1}|7001", f"GE|1|{n}", f"IEA|1|{n:09d}"]
        self.put("\ufeff" + "".join(f"{line}\n" for line in [*head, *lines, *ends]))

    def report(self, gtin: str, units: int) -> None:
        named = ["REF|DEP|Nord", "LIN|1", f"PID|ZG|{gtin}", f"QTY|XT|{units}"]
        self.write("846", "IB", [f"BIA|00|SI|R|{paris():%Y%m%d|%H%M%S}", *named])

    def answer(self, reference: str, gtin: str, units: int) -> None:
        line = [f"PO1|1|{units}|EA|||ZG|{gtin}", f"ACK|Y1|{units}|EA"]
        self.write("855", "PR", [f"BAK|00|AC|X|{paris():%Y%m%d}", f"REF|PO|{reference}", *line])

    def despatch(self, reference: str, gtin: str, units: int) -> None:
        tree = ["HL|1||S", f"REF|PO|{reference}", "REF|CN|TRA-9", "HL|2|1|I", f"LIN||ZG|{gtin}", f"SN1||EA|{units}"]
        self.write("856", "SH", [f"BSN|00|D|{paris():%Y%m%d|%H%M%S}", *tree])

    def acknowledge(self, control: str, code: str) -> None:
        self.write("997", "FA", [f"AK1|PO|{control}", "AK2|850|0001", f"AK5|{code}", f"AK9|{code}|1|1|1"])

    def let_go(self, reference: str, code: str) -> None:
        self.write("865", "CA", [f"BCA|01|{code}|{reference}||{paris():%Y%m%d}"])


@dataclass
class OddShop:
    """The running shop and its partners."""

    demo: Demo
    cigale: Cigale
    tramontane: Tramontane
    environment: dict[str, str]


@contextlib.contextmanager
def odd_shop(folder: Path) -> Iterator[OddShop]:
    """Let both partners report, and serve the shop until the block ends."""
    boxes = [
        folder / "cigale" / "de-cigale",
        folder / "cigale" / "vers-cigale",
        folder / "tramontane" / "in",
        folder / "tramontane" / "out",
    ]
    for box in boxes:
        box.mkdir(parents=True)
    (folder / "products.csv").write_text(PRODUCTS, encoding="utf-8")
    cigale, tramontane = Cigale(boxes[0], boxes[1], "latin-1"), Tramontane(boxes[2], boxes[3], "utf-8")
    cigale.report(LAMP, 12, broken=2)
    tramontane.report(STOOL, 6)
    keys = keys_of(CALLERS)
    known = surroundings(keys, {"FOLDER": str(folder)}, "0.1")
    serving = ("gateway", "serve", "--network", str(NETWORK), "--port", "0", "--embedded", str(folder / "database"), "--with-worker")
    with started(folder / "serve.log", ANSWERS, *serving, environment=known) as (process, line):
        demo = Demo(process, line.partition(ANSWERS)[2].strip(), keys, {}, folder / "serve.log")
        yield OddShop(demo, cigale, tramontane, known)
