"""Money in integer won, and the one way in which it is split."""

from collections.abc import Hashable, Mapping
from typing import Any, NewType, TypeVar

from dure.kernel.errors import Malformed, Refused

Won = NewType("Won", int)

Who = TypeVar("Who", bound=Hashable)


def split_by_weight(total: Won, weights: Mapping[Who, int]) -> dict[Who, Won]:
    """
    Split total in proportion to weights, to the won.

    The shares always add up to total: what rounding leaves over goes to the
    largest remainders first, ties to the smaller key, so that keys must be
    business numbers (or tuples of them) that two auditors order alike.
    A negative total is split like its opposite.

    Raises Malformed for a negative weight, Refused where all weights are zero.
    """
    if any(weight < 0 for weight in weights.values()):
        raise Malformed("kernel.negative_weight")
    whole = sum(weights.values())
    if whole == 0:
        raise Refused("kernel.nothing_to_split_by")
    sign = -1 if total < 0 else 1
    floors = {who: abs(total) * weight // whole for who, weight in weights.items()}
    left = abs(total) - sum(floors.values())
    first = sorted(weights, key=lambda who: _remainder_first(abs(total), weights[who], whole, who))
    for who in first[:left]:
        floors[who] += 1
    return {who: Won(sign * share) for who, share in floors.items()}


def percent(amount: Won, basis_points: int) -> Won:
    """Take basis points (1/100 of a percent) of amount, rounded half up, as invoices round."""
    return Won((amount * basis_points * 2 + 10_000) // 20_000)


def percent_up(amount: Won, basis_points: int) -> Won:
    """Take basis points of amount, rounded up: for minima that a statute sets."""
    return Won(-((-amount * basis_points) // 10_000))


def percent_down(amount: Won, basis_points: int) -> Won:
    """Take basis points of amount, rounded down: for maxima that a statute sets."""
    return Won(amount * basis_points // 10_000)


def _remainder_first(total: int, weight: int, whole: int, who: Any) -> tuple[int, Any]:
    return -(total * weight % whole), who
