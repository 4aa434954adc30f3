"""collectFulfillment: the customer takes the goods, all or in part, and may pay for them here."""

import hmac
from collections.abc import Sequence
from dataclasses import replace

from gateway.domain.errors import InvalidInput
from gateway.domain.order import Fulfillment, Order
from gateway.domain.order_secret import pickup_code
from gateway.domain.ordering.collecting import collected
from gateway.domain.ordering.units import open_in_group
from gateway.domain.ordering.working import Word
from resolvers.commands.answers import Worked
from resolvers.commands.inputs import PaymentInput
from resolvers.commands.on_fulfillment import line_of, on_fulfillment
from resolvers.commands.payments import check_payments, payments_told, to_be_paid
from resolvers.commands.problems import Problems
from resolvers.commands.work_inputs import CollectFulfillment
from resolvers.context import Context


async def collect_fulfillment(context: Context, command: CollectFulfillment) -> Worked:
    """Hand over against the pickup code, or to a customer whom the staff has identified."""
    if command.pickup_code is None and command.identified_by is None:
        message = "Send the customer's pickupCode, or identifiedBy for one who has none."
        raise InvalidInput(message, field=("pickupCode",), refusal="REQUIRED")

    def step(order: Order, work: Fulfillment, word: Word) -> Order:
        check_code(context, command.pickup_code, order, work)
        taken: Sequence[tuple[str, int]] | None = None
        if command.lines is not None:
            taken = [(line_of(work, one.line), one.quantity) for one in command.lines]
        check_payment(command.payment, order, collected(order, work.number, taken, word))
        return collected(with_payment(order, command.payment), work.number, taken, word)

    return await on_fulfillment(context, "collectFulfillment", command, command.fulfillment, step)


def check_code(context: Context, code: str | None, order: Order, work: Fulfillment) -> None:
    """Raise for a code that is not this work's; spaces, dashes and case do not matter."""
    if code is None:
        return
    typed = "".join(sign for sign in code.upper() if sign.isalnum())
    if not hmac.compare_digest(typed.encode(), pickup_code(context.world.secrets.orders, order.rid, work.number).encode()):
        raise InvalidInput("This is not the code of this fulfillment; look at the customer's code again.", field=("pickupCode",))


def check_payment(payment: PaymentInput | None, before: Order, after: Order) -> None:
    """Raise for a payment that does not make up what the customer has bought by now; what is still to be collected may be paid then."""
    if payment is None:
        return
    problems, owed = Problems(), to_be_paid(after)
    waits = any(open_in_group(after, group.id) for group in after.groups)
    check_payments([payment], before.payments, owed, problems, in_part=waits, alone=True)
    problems.stop()


def with_payment(order: Order, payment: PaymentInput | None) -> Order:
    return order if payment is None else replace(order, payments=(*order.payments, *payments_told([payment])))
