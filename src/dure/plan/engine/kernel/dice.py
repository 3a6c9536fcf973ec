"""A die that falls the same way on every machine."""

from dure.plan.engine.layout import (
    DIE_ONE,
    DIE_TWO,
    Memory,
)

BITS = 0xFFFFFFFF


def roll(m: Memory, sides: int) -> int:
    """Throw a die of at most 2^30 sides: xorshift with a Weyl sequence (Marsaglia 2003)."""
    one = m[DIE_ONE]
    one ^= (one << 13) & BITS
    one ^= one >> 17
    one ^= (one << 5) & BITS
    two = (m[DIE_TWO] + 362437) & BITS
    m[DIE_ONE] = one
    m[DIE_TWO] = two
    return (((one + two) & BITS) * sides) >> 32
