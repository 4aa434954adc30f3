"""What befalls the replica set and its network: one thing after another, never the loss of what a majority had."""

import asyncio
from collections import Counter
from random import Random

from tests.campaigns.simulation.driver import Weather
from tests.campaigns.simulation.replicas import STEPS_DOWN_S, Node, NotPrimary, ReplicaSet

KINDS = ("lost", "answer_lost", "delayed", "doubled", "slow")


async def storm(replicas: ReplicaSet, weather: Weather, dice: Random, fired: Counter[str], liked: str) -> None:
    """Strike until canceled; every storm has a fault of the network that it likes, and a pace."""
    strikes, pause_s = (crash, crash, cut_off, cut_off, step_down, lag, both), dice.choice((0.5, 1.5, 5.0))
    while True:
        change_weather(weather, dice, liked)
        await asyncio.sleep(pause_s * dice.uniform(0.2, 2))
        strike = dice.choice(strikes)
        fired[strike.__name__.replace("_", " ")] += 1
        await strike(replicas, dice)
        replicas.lag_s = 0.0


def change_weather(weather: Weather, dice: Random, liked: str) -> None:
    for name in KINDS:
        setattr(weather, name, dice.choice((0.2, 0.5)) if name == liked else dice.choice((0, 0, 0.03, 0.1)))
    weather.longest_delay_s = dice.choice((1.0, 4.0, 12.0))


def some_primary(replicas: ReplicaSet) -> Node | None:
    return max(replicas.primaries(), key=lambda node: node.term, default=None)


async def elected(replicas: ReplicaSet, dice: Random) -> None:
    await asyncio.sleep(dice.uniform(0.3, 2.5))
    replicas.elect()


async def crash(replicas: ReplicaSet, dice: Random) -> None:
    """The primary dies with what it had not passed on; it comes back with its log."""
    node = some_primary(replicas)
    if node:
        replicas.lag_s = dice.choice((0, 1))
        await asyncio.sleep(replicas.lag_s * dice.random())
        replicas.crash(node)
        await elected(replicas, dice)
        replicas.restart(node)


async def cut_off(replicas: ReplicaSet, dice: Random) -> None:
    """The primary reaches no other and goes on taking commands of those who reach it, while the others elect another."""
    node = some_primary(replicas)
    if node is None:
        return
    replicas.apart.add(node.name)
    await elected(replicas, dice)
    await asyncio.sleep(dice.uniform(0.2, STEPS_DOWN_S / 2))
    if node.primary and dice.random() < 0.5:
        node.give_up(NotPrimary())
    await asyncio.sleep(dice.uniform(0, 1))
    replicas.apart.discard(node.name)
    for primary in list(replicas.primaries()):
        replicas.spread(primary)


async def step_down(replicas: ReplicaSet, dice: Random) -> None:
    node = some_primary(replicas)
    if node:
        node.give_up(NotPrimary())
        await elected(replicas, dice)


async def lag(replicas: ReplicaSet, dice: Random) -> None:
    """Copies take so long that write concerns time out."""
    replicas.lag_s = dice.choice((0.5, 4))
    await asyncio.sleep(dice.uniform(0.5, 4))


async def both(replicas: ReplicaSet, dice: Random) -> None:
    """Two members die: there is no majority for a while."""
    fallen = dice.sample(replicas.nodes, 2)
    for node in fallen:
        replicas.crash(node)
    await asyncio.sleep(dice.uniform(0.3, 2))
    for node in fallen:
        replicas.restart(node)
    await elected(replicas, dice)
