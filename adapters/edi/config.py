"""A partner's profile: what the network file says of a supplier by EDI, every key of it.

Where a key is left out the standard's usual form holds (adapters/edi/dialects.py): a profile tells only what a partner does otherwise.
"""

import codecs
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from adapters.edi.dialects import with_usual
from adapters.edi.segments import Separators
from adapters.edi.selectors import Selector
from adapters.edi.templates import SegmentTemplate
from adapters.mailbox.config import MailboxOptions
from adapters.mapping import figures
from adapters.mapping.options import Options

Verdict = Literal["WARN", "QUARANTINE"]
Step = Literal["ACKNOWLEDGED", "ACCEPTED", "BACKORDERED", "REJECTED", "CANCELED", "KEPT"]
Reason = Literal["STOCK_NOT_FOUND", "DAMAGED", "NO_CAPACITY", "CLOSED", "OTHER"]
ItemName = Literal["sku", "gtin", "code"]
Sent = Literal["purchase_order", "cancel"]
IdTag = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{1,2}(:[1-9]\d?)?$")]
Character = Annotated[str, Field(min_length=0, max_length=1)]


def _encoding(name: str) -> str:
    try:
        codecs.lookup(name)
    except LookupError as error:
        raise ValueError(f"{name!r} is no encoding; use ascii, latin-1, latin-2, iso8859-5 or utf-8") from error
    return name


class Party(Options):
    """One end of an interchange."""

    id: Annotated[str, Field(min_length=1, max_length=35)]
    qualifier: Annotated[str, Field(max_length=4)] = ""
    """As 14 (GLN) in EDIFACT, 01 (DUNS) or ZZ in X12."""
    group_id: str = ""
    """Its name in GS and UNG, when that is another one."""


class SeparatorOptions(Options):
    """The characters of what we write. What we read tells its own."""

    component: Character = ""
    element: Character = ""
    terminator: Character = ""
    release: Character = ""
    repetition: Character = ""


class Lines(Options):
    """How a message is cut into lines and names articles."""

    line: tuple[str, ...] = ()
    """Tags that begin a line, as LIN or PO1."""
    end: tuple[str, ...] = ()
    """Tags that end the lines, as UNS or CTT."""
    ids: dict[str, ItemName] = Field(default_factory=dict)
    """What the qualifiers of article numbers mean, the ones to prefer first, as {EN = "gtin", VP = "code"}; others are passed over."""
    id_tags: tuple[IdTag, ...] = ()
    """Segments that name the article: pairs of number and qualifier (EDIFACT), of qualifier and number (X12). PID:1 says that they begin
    at the first element; at the usual one of the segment, else the second, where nothing is said."""


class StockMessage(Lines):
    """Stock by INVRPT or 846."""

    kind: str = ""
    tells: Literal["WHOLE", "LISTED"] = "WHOLE"
    """WHOLE: what a report does not list at a place it names is not there. LISTED: it tells what has changed."""
    quantity: tuple[str, ...] = ()
    """Qualifiers of the quantity to take, the one to prefer first: 33 and QA are what is available, 145, 17 and 1 what lies there."""
    unavailable: tuple[str, ...] = ()
    """Qualifiers of what lies there and cannot be sold; all that are told count."""
    place: tuple[Selector, ...] = ()
    """Where a report names the place: before its lines it holds for all of them."""
    place_stands: Literal["AFTER", "BEFORE"] = "AFTER"
    """Whether a place within a line stands after the quantities that it holds for, or before them."""
    places: dict[str, str] = Field(default_factory=dict)
    """Our locations by the partner's names; "*" stands for all others. A place that is not here is refused, unless there are none."""
    location: str = ""
    """Our location where a report names none."""
    at: tuple[Selector, ...] = ()
    """When the figures were taken; where that is a day without an hour, when the interchange was made."""
    look_back_days: Annotated[int, Field(ge=1, le=3650)] = 30
    """Reports older than this count no more; of a LISTED partner, an article not told of for so long is not there."""
    negative: figures.Negative = "REJECT"


class ResponseMessage(Lines):
    """What a supplier says to an order: ORDRSP or 855, and 865 to a change of one."""

    kinds: tuple[str, ...] = ()
    reference: tuple[Selector, ...] = ()
    """Our number of the order."""
    source_reference: tuple[Selector, ...] = ()
    """The supplier's own."""
    at: tuple[Selector, ...] = ()
    header: tuple[Selector, ...] = ()
    """The answer to the order as a whole; it holds where there are no lines."""
    header_answers: dict[str, Step] = Field(default_factory=dict)
    cancellation: tuple[Selector, ...] = ()
    """The answer to a cancellation of the whole order, where one is told apart; it stands over all other answers."""
    cancellation_answers: dict[str, Step] = Field(default_factory=dict)
    """What its codes mean: CANCELED, or KEPT where the supplier does not let go of the order."""
    answer: tuple[Selector, ...] = ()
    """The answer to a line; each segment that has one (as ACK) is an answer of its own."""
    answers: dict[str, Step] = Field(default_factory=dict)
    """What the codes mean. Without a date a BACKORDERED line is taken as accepted."""
    reasons: dict[str, Reason] = Field(default_factory=dict)
    """Reasons of a refusal by the same codes; STOCK_NOT_FOUND where none is named."""
    quantity: tuple[Selector, ...] = ()
    """The units that an answer is about; a line without them is meant whole."""
    later_quantity: tuple[Selector, ...] = ()
    """Units of the line that come later, beside those that its answer is about."""
    date: tuple[Selector, ...] = ()
    """When the goods come, in the segment of the answer or of the line."""


class DespatchMessage(Lines):
    """What has left a supplier: DESADV or 856."""

    kind: str = ""
    reference: tuple[Selector, ...] = ()
    """Our number of the order; it holds for the lines that follow it."""
    source_reference: tuple[Selector, ...] = ()
    at: tuple[Selector, ...] = ()
    quantity: tuple[Selector, ...] = ()
    parcel: tuple[Selector, ...] = ()
    """A parcel's own number (SSCC); a parcel begins with it and holds the lines that follow."""
    tracking: tuple[Selector, ...] = ()
    carrier: tuple[Selector, ...] = ()


class SentMessage(Options):
    """A message that we write: segments with {blanks}; one with blanks of which none has a value is left out.

    Templates use the standard's own characters (+ : in EDIFACT, * in X12), whatever the partner's are. In X12 a colon binds elements that
    are written only together, as `EN:{gtin13}`.
    """

    kind: str = ""
    version: str = ""
    group: str = ""
    """GS01, as PO."""
    header: tuple[SegmentTemplate, ...] = ()
    line: tuple[SegmentTemplate, ...] = ()
    trailer: tuple[SegmentTemplate, ...] = ()
    extra: tuple[SegmentTemplate, ...] = ()
    """Segments that this partner wants after the usual header."""


class EdiOptions(Options):
    """The section of one source: a supplier with a mailbox of its own."""

    standard: Literal["EDIFACT", "X12"]
    mailbox: MailboxOptions
    folder: str = "."
    """Where relative paths start; the network file's own folder when left out."""
    partner: Party
    own: Party
    version: str = ""
    """Of the interchange: the syntax (UNOC:3) or ISA12 (00401)."""
    encoding: Annotated[str, AfterValidator(_encoding)] = ""
    """Of the files, both ways; EDIFACT's UNOA to UNOY tell it in each file, this one holds for what is written."""
    time_zone: str = ""
    """Of the partner's times, which name none; the network's when left out."""
    separators: SeparatorOptions = SeparatorOptions()
    lines: bool = False
    """Whether what we write has a line end after each segment."""
    test: bool = False
    """Whether test interchanges are taken, and written."""
    wrong_count: Verdict = "QUARANTINE"
    """A count or a control number at the end that is not right. WARN: it is taken and zeroes nothing."""
    unknown_message: Verdict = "QUARANTINE"
    """A kind of message that this profile has no section for."""
    acknowledges: Literal["NEVER", "ASKED", "ALWAYS"] = "NEVER"
    """Whether we write 997 or CONTRL for what came; ASKED: where the interchange asks for it."""
    acknowledged_within: timedelta | None = None
    """How soon the partner says that it could read what was sent (997, CONTRL, TA1; an answer says so too); later it is listed, and a
    person called. Never where left out: some partners acknowledge nothing."""
    refused_syntax: Literal["REJECT", "TELL"] = "REJECT"
    """An order that the partner's translator refuses (997, CONTRL): its units look for another place, or it is only reported."""
    stock: StockMessage | None = None
    response: ResponseMessage | None = None
    despatch: DespatchMessage | None = None
    sends: dict[Sent, SentMessage] = Field(default_factory=dict)
    """The messages that this partner takes; without `cancel` nothing that it was sent can be called back by message."""

    @model_validator(mode="before")
    @classmethod
    def _usual(cls, stated: Any) -> Any:
        return with_usual(stated) if isinstance(stated, dict) else stated

    @model_validator(mode="after")
    def _whole(self) -> "EdiOptions":
        if problem := self.written_with.problem():
            raise ValueError(f"separators: {problem}")
        if self.stock and not self.stock.quantity:
            raise ValueError("stock.quantity: is missing; name the qualifiers of the quantity to take, as QA or 33")
        if self.stock and not (self.stock.place or self.stock.location):
            raise ValueError("stock.location: is missing; name our location, or the place where the reports name theirs")
        if not (self.stock or self.response or self.despatch or self.sends):
            raise ValueError("has no section stock, response, despatch or sends; a mailbox without a purpose is none")
        return self

    @property
    def written_with(self) -> Separators:
        return Separators(**self.separators.model_dump())
