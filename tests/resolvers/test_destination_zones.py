"""In which zone the days of a country are counted, as the promise engine is told."""

from dataclasses import replace

from resolvers.questions.promise_facts import promise_facts
from tests.domain.retailer import WEB
from tests.support.memory_shop import NETWORK, MemoryShop


async def test_the_retailer_s_own_country_keeps_the_network_s_time_whatever_the_table_says() -> None:
    shop = await MemoryShop(replace(NETWORK, country="US", time_zone="America/Denver")).fill()
    shop.world = replace(shop.world, country_time_zones={"GB": "Europe/London", "US": "America/New_York"})
    context = shop.context()
    await context.ready()
    assert promise_facts(context, WEB, ()).country_time_zone == {"GB": "Europe/London", "US": "America/Denver"}
