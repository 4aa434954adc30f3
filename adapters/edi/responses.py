"""ORDRSP and 855: what a supplier says to an order, line by line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from adapters.edi.config import ResponseMessage, Step
from adapters.edi.reading import NO_NAME, Letter, LineFault, LineRefused, Piece, expected, item, pieces, quantity
from adapters.edi.segments import Segment
from adapters.edi.selectors import first, value_of
from gateway.domain.feeds import Item, NewsLine, WorkNews
from gateway.domain.stock_guard import MOST_UNITS

EVERYTHING = MOST_UNITS
"""Units of a line that tells none: it speaks of all that there is of it."""
REFUSED = "STOCK_NOT_FOUND"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of units of one article."""

    step: Step
    item: Item
    quantity: int
    expected_at: datetime | None
    reason: str | None


def response_news(letter: Letter, stated: ResponseMessage, event: str) -> tuple[list[WorkNews], list[LineFault]]:
    """Return news of an order, a piece for each answer, and the lines that say nothing that can be used."""
    body = letter.message.body
    reference = first(stated.reference, body)
    if not reference:
        return [], [LineFault(letter.message.kind, letter.start, "names no order of ours (response.reference)")]
    if ended := stated.cancellation_answers.get(first(stated.cancellation, body)):
        return [_news(letter, stated, f"{event}:{ended}", reference, ended, ())], []
    told = [piece for piece in pieces(body, stated) if piece.is_line]
    answers, rejected = _answers(letter, stated, told)
    if not told:
        answers, rejected = [], [] if (whole := _whole(stated, body)) else [_silent(letter, reference)]
        if whole:
            return [_news(letter, stated, f"{event}:{whole}", reference, whole, ())], []
    news = []
    for key in dict.fromkeys((one.step, one.expected_at, one.reason) for one in answers):
        same = [one for one in answers if (one.step, one.expected_at, one.reason) == key]
        named = f"{event}:{key[0]}" + (f":{key[1]:%Y%m%d%H%M}" if key[1] else "") + (f":{key[2]}" if key[2] else "")
        news.append(_news(letter, stated, named, reference, key[0], same))
    return news, rejected


def _silent(letter: Letter, reference: str) -> LineFault:
    return LineFault(reference, letter.start, "answers nothing: it has no lines, and its header says no word of the profile's")


def _whole(stated: ResponseMessage, body: Sequence[Segment]) -> Step | None:
    """Return the answer to the order as a whole."""
    return stated.header_answers.get(first(stated.header, body))


def _answers(letter: Letter, stated: ResponseMessage, lines: Sequence[Piece]) -> tuple[list[Answer], list[LineFault]]:
    answers: list[Answer] = []
    rejected: list[LineFault] = []
    for piece in lines:
        name = NO_NAME
        try:
            found = item(piece.segments, stated, letter.standard)
            name = str(found)
            answers += _of_line(letter, stated, piece, found)
        except LineRefused as error:
            rejected.append(LineFault(name, piece.head, str(error)))
    return answers, rejected


def _of_line(letter: Letter, stated: ResponseMessage, piece: Piece, found: Item) -> list[Answer]:
    """Return the answers of one line; a refusal of any of them refuses the line, of which nothing is believed then."""
    answering = [segment for segment in piece.segments if value_of(stated.answer, segment)] or [piece.head]
    return [one for segment in answering for one in _of_segment(letter, stated, piece, segment, found)]


def _of_segment(letter: Letter, stated: ResponseMessage, piece: Piece, segment: Segment, found: Item) -> Iterator[Answer]:
    code = value_of(stated.answer, segment) or _whole_code(stated, letter)
    step = stated.answers.get(code)
    if step is None:
        raise LineRefused(f"its answer {code or '(none)'!r} is none of response.answers; add it with what it means")
    own = (segment,) if segment is not piece.head else piece.segments
    told = quantity(stated.quantity, own)
    number = quantity(stated.quantity, piece.segments) if told is None else told
    at = expected(stated.date, own, letter.zone)
    later = quantity(stated.later_quantity, own)
    if number is not None and number < 0:
        raise LineRefused(f"quantity {number} is negative")
    if number != 0:
        yield _answer(stated, code, step, found, EVERYTHING if number is None else number, at)
    if later:
        yield _answer(stated, code, "BACKORDERED", found, later, at)


def _answer(stated: ResponseMessage, code: str, step: Step, found: Item, number: int, at: datetime | None) -> Answer:
    if step == "BACKORDERED" and at is None:
        return Answer("ACCEPTED", found, number, None, None)
    reason = stated.reasons.get(code, REFUSED) if step == "REJECTED" else None
    return Answer(step, found, number, at if step == "BACKORDERED" else None, reason)


def _whole_code(stated: ResponseMessage, letter: Letter) -> str:
    """Return the code that stands for lines without an answer of their own: "" where the profile gives that a meaning."""
    step = _whole(stated, letter.message.body)
    return next((code for code, known in stated.answers.items() if known == step), "") if step else ""


def _news(letter: Letter, stated: ResponseMessage, event: str, reference: str, step: Step, answers: Sequence[Answer]) -> WorkNews:
    expected_at = answers[0].expected_at if answers else None
    return WorkNews(
        event=event,
        reference=reference,
        step=step,
        at=letter.at(stated.at),
        source_reference=first(stated.source_reference, letter.message.body) or None,
        reason=(answers[0].reason if answers else REFUSED) if step == "REJECTED" else None,
        lines=_merged(answers),
        expected_at=expected_at,
    )


def _merged(answers: Sequence[Answer]) -> tuple[NewsLine, ...]:
    units: dict[Item, int] = {}
    for one in answers:
        units[one.item] = min(EVERYTHING, units.get(one.item, 0) + one.quantity)
    return tuple(NewsLine(item, number) for item, number in units.items())
