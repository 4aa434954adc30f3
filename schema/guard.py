"""What happens before every root field: its rule is checked, then the request gets its reading of the world."""

from typing import Any

from strawberry.extensions import FieldExtension
from strawberry.extensions.field_extension import AsyncExtensionResolver
from strawberry.utils.await_maybe import await_maybe

from resolvers.live import ask_max_age
from schema.access import Rule, check
from schema.asked_age import AskedAges
from schema.types.info import Info


class Guard(FieldExtension):
    """Stands before one root field."""

    def __init__(self, rule: Rule, ages: AskedAges) -> None:
        self.rule, self.ages = rule, ages

    async def resolve_async(self, next_: AsyncExtensionResolver, source: Any, info: Info, **kwargs: Any) -> Any:
        check(self.rule, info.context.principal)
        await info.context.ready()
        if info.context.max_age_s is None:
            ask_max_age(info.context, self.ages.seconds(info))
        return await await_maybe(next_(source, info, **kwargs))
