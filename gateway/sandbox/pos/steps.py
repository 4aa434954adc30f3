"""The way of a store task: which step may follow which, and which one moves stock."""

from gateway.sandbox.refused import Refused, invalid

_SHIP = ("new", "accepted", "picked", "packed", "shipped", "delivered")
_HANDOVER = ("new", "accepted", "picked", "packed", "ready", "collected")
KINDS = {"ship": _SHIP, "handover": _HANDOVER}
_EXITS = ("rejected", "canceled")
_MOVING = ("shipped", "delivered", "collected")
_ENDED = ("delivered", "collected", "not_collected", *_EXITS)
AUTOMATIC_SHARES = (("accepted", 0.2), ("picked", 0.5), ("packed", 0.75), ("shipped", 1.0), ("ready", 1.0))


def checked_step(kind: str, state: str, step: object) -> str:
    """Return the step when it may follow the state (forward, with skips), else refuse."""
    way = KINDS[kind]
    known = (*way[1:], *_EXITS, *(("not_collected",) if kind == "handover" else ()))
    if not isinstance(step, str) or step not in known:
        raise invalid("step", f"one of {', '.join(known)} is needed", step)
    if state in _ENDED:
        raise Refused(409, "STEP_REFUSED", f"the task has ended: {state}", "step", step)
    if step in _EXITS and state in _MOVING:
        raise Refused(409, "STEP_REFUSED", f"the goods have left: {state}", "step", step)
    if step == "not_collected" and state != "ready":
        raise Refused(409, "STEP_REFUSED", f"the task is not ready: {state}", "step", step)
    if step in way and way.index(step) < way.index(state):
        raise Refused(409, "STEP_REFUSED", f"{step} lies behind {state}", "step", step)
    return step


def moves_stock(step: str) -> bool:
    return step in _MOVING


def next_automatic(kind: str, state: str) -> tuple[str, float | None] | None:
    """Return the step that staff take next with its share of the time, None as share for the last one."""
    way = KINDS[kind]
    if state not in way or state == way[-1]:
        return None
    step = way[way.index(state) + 1]
    return step, dict(AUTOMATIC_SHARES).get(step)
