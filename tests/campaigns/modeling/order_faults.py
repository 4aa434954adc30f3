"""Faults in the protocol of orders and holds."""

from gateway.domain import outbox_line
from gateway.domain.claims import carrying, documents, keys, limits, meaning, programs, stock_meaning
from tests.campaigns.modeling.seeding import Fault

GIVE_BACK_ADD = """
    if verdict.told != "TAKEN":
        for claim in change.add:
            yield GiveBack(claim)
    decided:"""
WHOLE_MARKER = """if not marker or not marker.q:
        markers[step.claim.mid] = Marker(step.claim.units, step.claim.dl, step.exp, True)
        return replace(stock, markers=markers)"""
DROP_FIRST = """    from gateway.domain.claims.steps import GiveBack
    for claim in order.claims if opened else ():
        if claim.mid in opened.change.drop:
            yield GiveBack(claim)
    current: OrderDoc"""
OWN_PLAN = """
        return Short()
    from dataclasses import replace as replace_
    if order.change and request.picks:
        own = [replace_(claim, dl=order.change.dl) for claim in claims_of(request.rid, order.change.att, request.picks)]
        order = replace_(order, change=replace_(order.change, add=tuple(own)))
    carried"""
ORDER_FAULTS = (
    Fault(
        "no_fence",
        "a take applies after its deadline",
        "hand-over, cancel of units, buyer",
        ((stock_meaning.take, " or now >= claim.dl", ""),),
    ),
    Fault(
        "no_tombstone_on_undo",
        "undo of an absent marker leaves nothing",
        "hand-over, cancel of units, buyer",
        ((stock_meaning.give_back, "if marker and not marker.q:", "if not marker or not marker.q:"),),
    ),
    Fault(
        "no_tombstone_on_lift",
        "a lift inside the fence leaves nothing",
        "lift, acknowledgement first",
        ((stock_meaning.lifted, "if marker.dl + times.skew_ms >= now:", "if False:"),),
    ),
    Fault("undo_first", "undo before the decision", "lift, acknowledgement first", ((carrying.decide, "\n    decided:", GIVE_BACK_ADD),)),
    Fault(
        "own_plan",
        "a joiner runs its own plan, not the journal's",
        "re-plan, twins, rival",
        ((programs.reserve, "\n        return Short()\n    carried", OWN_PLAN),),
    ),
    Fault(
        "own_plan_written",
        "a joiner writes by its own plan, on the journal's claims",
        "placed by one of two plans",
        ((meaning.written, "replace(order, change=ending) if ending else order", "order"),),
    ),
    Fault(
        "old_plan_kept",
        "what was planned again is written as it was planned first",
        "placed by one of two plans, rival",
        ((carrying.decision, "fresh.plan)", "change.plan)"),),
    ),
    Fault(
        "refused_at_work",
        "a promise is refused while a twin takes its units",
        "refused and placed by twins, recovery",
        ((meaning.refuse, 'or not (untold or order.why == "DEADLINE")', 'or order.st == "PLACED"'),),
    ),
    Fault(
        "refused_reopened",
        "a promise that was refused may be tried again",
        "refused and placed by twins, recovery",
        ((meaning.refuse, 'why="INSUFFICIENT", created_ms', 'why="DEADLINE", created_ms'),),
    ),
    Fault(
        "beginnings_uncounted",
        "holds are counted once they are decided, not from their beginning on",
        "one hold a caller, two calls",
        ((documents.OrderDoc.is_held_by, ' or (self.st == "NEW" and self.change is not None)', ""),),
    ),
    Fault(
        "changes_unbounded",
        "a hold is bounded as it is begun, not as it grows",
        "three units a caller, two holds grow",
        ((programs.fitted, "Errand(by, fit.planner, write, limit)", "Errand(by, fit.planner, write)"),),
    ),
    Fault(
        "older_counted",
        "a hold stands if the older ones leave room for it, though a younger one stands",
        "one hold a caller, two calls",
        ((limits.crowding, "if limit.fits(others):", "if limit.fits([one for one in others if one.rid < order.rid]):"),),
    ),
    Fault(
        "settle_whole",
        "settle writes the whole marker",
        "lift, cancel of units",
        (
            (
                stock_meaning.settle,
                "if not marker or not marker.q:\n        return None",
                WHOLE_MARKER,
            ),
        ),
    ),
    Fault(
        "no_marker_check",
        "take does not ask for an absent marker",
        "hand-over, cancel of units, buyer",
        ((stock_meaning.take, "claim.mid in markers or ", ""),),
    ),
    Fault(
        "drop_first",
        "the old claim is given back before the new one is taken",
        "move of a hold, expiry",
        (
            (
                programs.fitted,
                "    current: OrderDoc",
                DROP_FIRST,
            ),
        ),
    ),
    Fault(
        "expiry_ignores_add",
        "expiry forgets the open change's claims",
        "move of a hold, expiry",
        ((meaning.reap, " + (order.change.add if order.change else ())", ""),),
    ),
    Fault("commit_any", "commit does not check att", "twins, plenty", ((meaning.commit, " or change.att != step.att", ""),)),
    Fault(
        "shrink_unchecked",
        "a shrink sets the quantity without comparing",
        "two cancels of units",
        ((stock_meaning.settle, "min(marker.q, step.claim.units)", "step.claim.units"),),
    ),
    Fault(
        "purge_early",
        "tombstones purged at dl, not dl + skew",
        "lift, acknowledgement first",
        ((stock_meaning.purged, "marker.dl + times.skew_ms >= now", "marker.dl >= now"),),
    ),
    Fault(
        "place_keeps_change",
        "placing leaves a change open",
        "move of a hold, place",
        ((meaning.place_hold, "ended(order, st", "replace(order, att=order.att + 1, st"),),
    ),
    Fault(
        "reduce_keeps_change",
        "canceling units leaves a change open",
        "two cancels of units",
        ((meaning.reduce, "ended(order, claims", "replace(order, claims"),),
    ),
    Fault(
        "reduce_unmarked",
        "canceling units is not journaled as unsettled",
        "two cancels of units",
        ((meaning.reduce, "unsettled=True", "unsettled=order.unsettled"),),
    ),
    Fault(
        "settled_any",
        "unsettled is cleared at any att",
        "two cancels of units",
        ((meaning.settled, " and order.att == step.att", ""),),
    ),
    Fault(
        "ensure_late",
        "a capacity is inserted when it is taken, not when it is planned",
        "capacity, expiry",
        (
            (carrying.ensured, "if pick.room is not None:", "if False:"),
            (carrying.take, "    free = 0\n", "    free = 0\n    if claim.key[0] == '|':\n        yield Ensure(claim.key, 1)\n"),
        ),
    ),
    Fault(
        "no_lapsed",
        "a short buyer ignores lapsed markers",
        "dead attempt, one buyer",
        ((carrying.take, "if not seen.lapsed:", "if True:"),),
    ),
    Fault(
        "replan_all",
        "re-planning one line gives every claim back",
        "re-plan keeps what it has",
        (
            (carrying.replanned, "for claim in change.add if claim.key == verdict.key]", "for claim in change.add]"),
            (carrying.decision, "claim for claim in change.add if claim.key != verdict.key", "claim for claim in ()"),
        ),
    ),
    Fault(
        "reopen_first",
        "takes before the undo of the order's own last attempt",
        "two claims on one document",
        ((carrying.carry, "        yield from undo(order)", "        # "),),
    ),
    Fault(
        "cancel_open_only",
        "cancel does not seal VOID(DEADLINE)",
        "cancel, late doubles",
        ((meaning.cancel, ' and order.why != "DEADLINE"', ""),),
    ),
    Fault(
        "drop_sent",
        "a change gives back a claim announced to its source",
        "hand-over, re-route, buyer",
        (
            (meaning.open_change, "(set(step.drop) | {mid for mid, _ in step.cut}) & order.sent", "False"),
            (outbox_line.announced, "dropped or ", ""),
        ),
    ),
    Fault(
        "done_unchecked",
        "a change that was committed is made again by its repeat",
        "one more, asked twice",
        ((programs.change, "by in order.done or ", ""),),
    ),
    Fault(
        "key_of_any_input",
        "a key stands for its call whatever that asks for",
        "two inputs of one key",
        ((keys.keyed, "key.fp != fp or ", ""),),
    ),
    Fault(
        "extend_unmarked",
        "an extension is not journaled as unsettled",
        "extension twice, buyer",
        ((meaning.extend, "unsettled=True", "unsettled=order.unsettled"),),
    ),
    Fault(
        "settle_shortens",
        "settle writes the hold's end, also an earlier one",
        "extension twice, buyer",
        ((stock_meaning.settle, "max(marker.exp, step.exp)", "step.exp"),),
    ),
    Fault(
        "retract_keeps_change",
        "what a source gives back leaves a change open",
        "given back, move, buyer",
        ((meaning.retract, "ended(order, claims", "replace(order, claims"),),
    ),
    Fault(
        "lost_is_free",
        "units that were not found are given back",
        "not found, buyer",
        (
            (
                carrying.undo,
                "Withhold(claim, found=claim.let_go) if kept else GiveBack(claim)",
                "GiveBack(claim)",
            ),
        ),
    ),
    Fault(
        "spare_kept",
        "what an order turns out not to need stays claimed as it is decided",
        "full place, goods of another",
        ((meaning.written, "without_spare(order, dict(entry.spare))", "order"),),
    ),
    Fault(
        "spare_forgotten",
        "what an order turns out not to need is claimed by nobody, and not given back",
        "full place, goods of another",
        ((meaning.without_spare, "undo=order.undo + gone, ", ""),),
    ),
    Fault("safety_unchecked", "a take leaves no safety stock", "safety stock, last unit", ((stock_meaning.take, " + claim.safety", ""),)),
)
