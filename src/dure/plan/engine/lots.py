"""What a lot that came out smaller than planned leaves to the steps behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """
    A step's lot: what it starts with, what must come out well, after which steps.

    of: the step whose lots several make: what they give is added up, not compared.
    """

    step: str
    after: tuple[str, ...]
    quantity: int
    good: int
    of: str = ""


def shrink(shares: Sequence[Share], found: Mapping[str, int]) -> dict[str, int]:
    """
    Say with how many pieces each step can start, given how many good ones some steps gave.

    A step that gave enough changes nothing. One that gave less lowers every step behind it in
    proportion, rounded down; the scarcest input decides. Steps in an order that can be done.
    """
    able = dict[str, tuple[int, int]]()  # what a step gives, as a fraction of what it should
    whole = {share.step: share.of or share.step for share in shares}
    starts = dict[str, int]()
    for share in shares:
        given_by = dict[str, tuple[int, int]]()
        for before in share.after:
            if before in able:
                had, full = given_by.get(whole[before], (0, 0))
                given_by[whole[before]] = (had + able[before][0], full + able[before][1])
        fractions = given_by.values()
        have, need = min(fractions, key=lambda part: part[0] / part[1], default=(1, 1))
        starts[share.step] = min(share.quantity, share.quantity * have // need)
        expected = min(share.good, share.good * have // need)
        given = min(found.get(share.step, expected), share.good)
        able[share.step] = (given, share.good)
    return starts


def left_over(shares: Sequence[Share], found: Mapping[str, int]) -> int:
    """Say how many good pieces the last step can give."""
    last = shares[-1]
    starts = shrink(shares, found)
    expected = min(last.good, last.good * starts[last.step] // last.quantity)
    return found.get(last.step, expected)
