"""Needs: a price band over the rate cards of a whole country."""

from collections.abc import Iterator
from random import Random

from bench import Figure, seconds
from dure.kernel.money import Won
from dure.sense.engine.price_band import StepPrices, price_band

STEPS, FIRMS = 10, 19_000


def figures() -> Iterator[Figure]:
    """Make the band of a ten-step order when every firm of a country can do every step."""
    chance = Random(20261121)
    steps = [
        StepPrices(
            step=f"step {step}",
            prices={firm: Won(chance.randrange(10_000, 90_000)) for firm in range(FIRMS)},
        )
        for step in range(STEPS)
    ]
    yield Figure(
        name=f"price band of {STEPS} steps over {FIRMS:,} firms",
        value=seconds(lambda: price_band(steps, materials=Won(0), fee_basis_points=300)),
        unit="s",
        reach=None,
        peer="the same prices read once",
        peer_value=seconds(lambda: [sum(step.prices.values()) for step in steps]),
    )
