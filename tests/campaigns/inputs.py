"""Generated bad inputs against the whole graph: nothing fails, nothing of ours or of another caller is told, nothing costs much."""

import asyncio
import random
from collections import Counter

from tests.campaigns.bad_inputs.attacks import ATTACKS, MOST_CALLS
from tests.campaigns.bad_inputs.bodies import bad_request
from tests.campaigns.bad_inputs.decoders import DECODERS, fault_of, odd_text
from tests.campaigns.bad_inputs.operations import Maker
from tests.campaigns.bad_inputs.target import CALLERS, Answer, Target, built, faults, quiet
from tests.campaigns.campaign import Findings, Tell
from tests.support.effort import effort

SHORT = {"operations": 1_400, "malformed requests": 600, "attacks": 57, "texts read in process": 20_000}
FULL = {"operations": 15_000, "malformed requests": 5_000, "attacks": 570, "texts read in process": 1_000_000}
SEED = 1
SHOWN_BYTES = 1_500
TOLD_EVERY = 5_000
REFUSED = ("GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT", "FORBIDDEN", "UNAUTHENTICATED")
"""Codes that must have been met, or the generators generate nothing bad."""


def run(full: bool, tell: Tell) -> Findings:  # noqa: FBT001 - a campaign's shape
    wanted, findings = FULL if full else SHORT, Findings()
    with quiet() as logged:
        asyncio.run(sent(wanted, findings, tell))
        read(wanted["texts read in process"], findings, tell)
    for line in logged:
        if line["log_level"] == "error":
            findings.counts["failures logged"] += 1
            findings.check(False, f"logged {line['event']}: {line.get('exc_info')!r}")
    findings.must_fire(*REFUSED, *ATTACKS)
    return findings


async def sent(wanted: dict[str, int], findings: Findings, tell: Tell) -> None:
    target = await built()
    await operations(target, wanted["operations"], findings, tell)
    await malformed(target, wanted["malformed requests"], findings)
    await attacked(target, wanted["attacks"], findings)


async def operations(target: Target, many: int, findings: Findings, tell: Tell) -> None:
    dice = random.Random(SEED)  # noqa: S311 - seeded, to repeat
    statuses: Counter[str] = Counter()
    for number in range(many):
        who = dice.choice(list(CALLERS))
        body = Maker(target.app.execution.schema, dice, target.names, target.own.get(who, ())).operation()
        answer = await target.post(body, who)
        judge(findings, answer, who, body, f"operation {number}")
        statuses["answered with data" if not answer.codes else "answered with errors"] += 1
        if number % TOLD_EVERY == 0:
            tell(f"{number} operations")
    findings.counts.update(statuses)
    findings.counts["operations"] = many


async def malformed(target: Target, many: int, findings: Findings) -> None:
    dice = random.Random(SEED)  # noqa: S311 - seeded, to repeat
    for number in range(many):
        bad = bad_request(dice)
        answer = await target.post(bad.body, bad.who, bad.headers, method=bad.method, query=bad.query)
        judge(findings, answer, bad.who, bad.body + bad.query.encode(), f"request {number}")
    findings.counts["malformed requests"] = many


async def attacked(target: Target, many: int, findings: Findings) -> None:
    """Send attacks, each with its calls counted: effort that is the same on every machine and at any load."""
    dice = random.Random(SEED)  # noqa: S311 - seeded, to repeat
    most: Counter[str] = Counter()
    for number in range(many):
        name, attack = list(ATTACKS.items())[number % len(ATTACKS)]
        body = attack(dice)
        with effort() as made:
            answer = await target.post(body, "shopper")
        judge(findings, answer, "shopper", body, name)
        most[name] = max(most[name], made.calls)
        findings.fired[name] += 1
        findings.check(made.calls <= MOST_CALLS, f"{name} took {made.calls:,} calls of functions")
    findings.counts["attacks"] = many
    findings.details["Effort of the dearest variant, in calls of functions"] = [("attack", "calls"), *sorted(most.items())]


def judge(findings: Findings, answer: Answer, who: str, body: bytes, what: str) -> None:
    for code in answer.codes:
        findings.fired[code] += code in REFUSED
    for fault in faults(answer, who, body):
        findings.check(False, f"{what} by {who} {fault}: {body[:SHOWN_BYTES]!r} -> {answer.body[:SHOWN_BYTES]!r}")


def read(many: int, findings: Findings, tell: Tell) -> None:
    dice = random.Random(SEED)  # noqa: S311 - seeded, to repeat
    decoders = list(DECODERS.items())
    for number in range(many):
        name, decoder = decoders[number % len(decoders)]
        text = odd_text(dice)
        fault = fault_of(decoder, text)
        findings.check(fault is None, f"{name} of {text[:200]!r}: {fault}")
        if number % 100_000 == 0:
            tell(f"{number} texts")
    findings.counts["texts read in process"] = many
