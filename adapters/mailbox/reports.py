"""What was wrong with a file, kept beside the mailbox's files so that anybody can list it."""

from datetime import datetime
from typing import get_args

import orjson

from gateway.domain.mail import MailFault, MailReport, MailVerdict


def written(report: MailReport) -> bytes:
    return orjson.dumps(
        {
            "file": report.file,
            "came_as": report.came_as,
            "partner": report.partner,
            "control": report.control,
            "at": report.at.isoformat(),
            "verdict": report.verdict,
            "faults": [{"position": one.position, "segment": one.segment, "reason": one.reason} for one in report.faults],
        },
        option=orjson.OPT_INDENT_2,
    )


VERDICTS: dict[str, MailVerdict] = {word: word for word in get_args(MailVerdict)}


def read(source: str, content: bytes) -> MailReport:
    """Raise ValueError for what is no report."""
    try:
        told = orjson.loads(content)
        faults = tuple(MailFault(one["position"], one["segment"], one["reason"]) for one in told["faults"])
        at = datetime.fromisoformat(told["at"])
        return MailReport(source, told["file"], told["came_as"], told["partner"], told["control"], at, VERDICTS[told["verdict"]], faults)
    except (KeyError, TypeError, orjson.JSONDecodeError) as error:
        raise ValueError(f"is no report: {error}") from error
