"""Faults in references, in what sources' words do, in what scrubs and folds, and in claims on supply to come."""

from gateway.domain.claims import acknowledging, carrying, figures, folding, references, scrubbing, stock_meaning, supply
from tests.campaigns.modeling.seeding import Fault

SUPPLY_FAULTS = (
    Fault(
        "taken_untold",
        "what was taken by hand is told by nobody but its caller",
        "taken by hand, recovery, cancel of units",
        ((carrying.finish, "    yield from tell_taken(order)", "    # "),),
    ),
    Fault(
        "taken_forgotten",
        "what was taken by hand is forgotten before it is told",
        "taken by hand, recovery, cancel of units",
        (
            (
                acknowledging.tell_taken,
                "yield acknowledgement(one)\n        yield PullTaken(order.rid, one.claim.mid)",
                "yield PullTaken(order.rid, one.claim.mid)\n        yield acknowledgement(one)",
            ),
        ),
    ),
    Fault(
        "reference_unfenced",
        "a reference is taken over from a call that can still act on what it read",
        "reference, two at once",
        (
            (references.is_idle, "return order.change is None and", "return False and"),
            (references.is_given_up, "return order.change is None and order.att > key.att", "return True"),
        ),
    ),
    Fault(
        "reference_ignored",
        "a difference that carries out a claim leaves its marker",
        "difference that carries out, buyers",
        ((figures.with_change, "if change.mid:", "if False:"),),
    ),
    Fault(
        "difference_twice",
        "a late double of a difference is applied again",
        "difference that carries out, buyers",
        ((figures.is_known, "change.order <= stock.order", "change.order < stock.order"),),
    ),
    Fault(
        "absent_adds",
        "an undo gives back what its source has lifted",
        "refused by its source after all, buyer",
        ((stock_meaning.give_back, "marker.shelf if marker else 0", "marker.shelf if marker else step.claim.units"),),
    ),
    Fault(
        "let_go_at_once",
        "what a source had taken and let go of is sold again before its figures count it back",
        "canceled by its source, buyer",
        ((carrying.undo, "kept = claim.lost is not None", "kept = claim.lost is not None and not claim.let_go"),),
    ),
    Fault(
        "let_go_unheard",
        "what a source let go of before it was heard to have taken it is sold again at once",
        "canceled by its source before it was heard of, buyer",
        ((carrying.undo, "kept = claim.lost is not None", "kept = claim.lost is not None and not claim.let_go"),),
    ),
    Fault(
        "epoch_keeps_k",
        "a place of an epoch that is over lifts a marker",
        "source restored from a backup, buyer",
        (
            (figures.with_figure, "renumbered(stock.markers, epoch) if fresh_epoch", "stock.markers if fresh_epoch"),
            (figures.Reach.counts, 'marker.epoch in {"", self.epoch} and', ""),
        ),
    ),
    Fault(
        "epoch_forgets_let_go",
        "units that were let go of before their source was restored wait for a word that never comes",
        "source restored after it canceled, buyer",
        ((figures.renumbered, "asked=marker.let_go", "asked=None"),),
    ),
    Fault(
        "scrub_ignores_change",
        "a scrub gives back what an open change has taken",
        "scrub, move, recovery",
        ((scrubbing.names, "*(order.change.add if order.change else ())", ""),),
    ),
    Fault(
        "scrub_looks_once",
        "a scrub gives back what was withheld since it looked",
        "scrub, not found, buyer",
        (
            (
                scrubbing.scrub,
                "freed += yield from forsake(key, mid)",
                "freed += bool((yield GiveBack(Claim(mid, key, marker.q, dl=marker.dl))))",
            ),
        ),
    ),
    Fault(
        "scrub_frees_lost",
        "a scrub gives back units that were not found",
        "scrub, not found, buyer",
        ((scrubbing.forsake, " or marker.waits", ""),),
    ),
    Fault(
        "lot_oversold",
        "a lot is promised beyond its units",
        "lot, two buyers",
        (
            (supply.promisable, "most = own.units - promised[own.name]", "most = own.units"),
            (supply.promisable, "surplus = lot.units - promised[lot.name]", "surplus = lot.units"),
        ),
    ),
    Fault(
        "lot_late",
        "a lot past its date is promised",
        "lot past its date",
        ((supply.promisable, " or own.at_ms <= now", ""), (supply.promisable, " if lot.at_ms > now else min(0, surplus)", "")),
    ),
    Fault(
        "lot_ignores_debt",
        "a lot is promised that pays what is owed on the shelf",
        "lot that is owed to the shelf",
        ((supply.promisable, "min(0, stock.free)", "0"),),
    ),
    Fault(
        "lot_ignores_promises",
        "a lot is promised that others wait for, whose own did not come",
        "lot that is owed to another's promise",
        ((supply.promisable, "(promised.total() - sum(promised[lot.name] for lot in lots))", "0"),),
    ),
    Fault(
        "arrival_unseen",
        "a figure that rises closes no lot",
        "lot comes, figure first",
        ((supply.with_arrival, "if part > 0:", "if False:"),),
    ),
    Fault(
        "arrival_forgotten",
        "goods that came are promised again until their lot is told no more",
        "lot comes, figure first",
        ((supply.with_arrival, "arrived[lot.name], rise = arrived.get(lot.name, 0) + part, rise - part", "rise -= part"),),
    ),
    Fault(
        "promise_forgotten",
        "what waits for a lot that ended is not served from the shelf",
        "lot comes, its end first",
        ((supply.with_promises_kept, "if part > 0:", "if False:"),),
    ),
    Fault(
        "due_given_back",
        "an undo gives back units that have not come",
        "lot, two buyers",
        ((stock_meaning.give_back, "marker.shelf if marker", "marker.q if marker"),),
    ),
    Fault(
        "due_settled",
        "a cut gives back units that have not come",
        "lot comes, units canceled",
        ((stock_meaning.settle, "stock.free + marker.shelf - (q - due)", "stock.free + marker.q - q"),),
    ),
    Fault(
        "folded_inside_fence",
        "a marker is folded while a late take of its claim still applies",
        "folded, twins, recovery",
        ((folding.may_fold, " and past_fence", ""),),
    ),
    Fault(
        "folded_unsettled",
        "what a dead attempt took is folded, and costs a sale",
        "folded, dead attempt, buyer",
        ((folding.may_fold, " and marker.ok", ""),),
    ),
    Fault(
        "folded_hold",
        "a hold is folded, and costs a sale when it has ended",
        "folded, a hold that ended, buyer",
        ((folding.may_fold, "marker.exp is None and ", ""),),
    ),
    Fault(
        "unfolded_without_word",
        "a marker that is unfolded forgets its source's word",
        "folded, hand-over, cut, late doubles",
        ((folding.unfolded, "replace(marker, folded=False)", "replace(marker, folded=False, k=None)"),),
    ),
)
