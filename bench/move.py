"""Goods: the mass balance of an order with a hundred thousand movements."""

from collections.abc import Iterator
from random import Random

from bench import Figure, seconds
from dure.move.engine.balance import Movement, Way, balance

MOVEMENTS = 100_000


def figures() -> Iterator[Figure]:
    """Add up what was made and shipped between two hundred firms."""
    chance = Random(20261121)
    moved = [movement for _ in range(MOVEMENTS // 4) for movement in _handed_over(chance)]
    yield Figure(
        name=f"mass balance of {len(moved):,} movements",
        value=seconds(lambda: balance(moved)),
        unit="s",
        reach=None,
        peer="the same quantities added up",
        peer_value=seconds(lambda: sum(movement.quantity for movement in moved)),
    )


def _handed_over(chance: Random) -> list[Movement]:
    maker, taker = chance.sample(range(200), 2)
    item, pieces = f"item {chance.randrange(12)}", chance.randrange(1, 500)
    return [
        Movement(firm=maker, item=item, way=Way.MADE, quantity=pieces),
        Movement(firm=maker, item=item, way=Way.SHIPPED, quantity=pieces),
        Movement(firm=taker, item=item, way=Way.RECEIVED, quantity=pieces),
        Movement(firm=taker, item=item, way=Way.DELIVERED, quantity=pieces),
    ]
