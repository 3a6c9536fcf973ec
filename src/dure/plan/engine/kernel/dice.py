"""A die that falls the same way on every machine."""

from dure.plan.engine.layout import (
    DIE_ONE,
    DIE_TWO,
    Memory,
)


def roll(m: Memory, sides: int) -> int:
    """Throw a die of so many sides: L'Ecuyer's combined generator (1988), within 53 bits."""
    one = m[DIE_ONE] * 40014 % 2147483563
    two = m[DIE_TWO] * 40692 % 2147483399
    m[DIE_ONE] = one
    m[DIE_TWO] = two
    return (one - two) % 2147483562 % sides
