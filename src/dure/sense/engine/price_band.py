"""
The price band: what an order may cost, by an open formula that shows no member's rate.

    low  = Σ over steps of the lower tenth of the capable members' prices
    high = Σ over steps of the upper tenth
    both + materials at guide price + the cooperative's fee on the work

Tenths by nearest rank, so that up to nine members they are the least and the most. The ends
are rounded outward: to two digits where five firms or more stand behind the sum, to one
digit where it is two to four ("somewhere in the millions"); with fewer nothing is said
(Fair Trade Act art. 40(1)9: a sum over few is somebody's price).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dure.kernel.money import Won, percent

ENOUGH_FIRMS = 5
TENTH = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPrices:
    """What the members who can do a step would charge for it, by member number."""

    step: str
    prices: Mapping[int, Won]


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBand:
    """
    The band that the buyer sees, VAT apart.

    coverage_percent: of the members who can do a step, at least so many are priced inside
    it. firms: how many stand behind it. Both ends are None where saying them says too much.
    """

    low: Won | None
    high: Won | None
    firms: int
    coverage_percent: int
    materials: Won


def price_band(steps: Sequence[StepPrices], *, materials: Won, fee_basis_points: int) -> PriceBand:
    """Make the band of an order; a step that nobody can do leaves it open (no ends)."""
    firms = len({member for step in steps for member in step.prices})
    if firms < 2 or any(not step.prices for step in steps):
        return PriceBand(low=None, high=None, firms=firms, coverage_percent=0, materials=materials)
    digits = 2 if firms >= ENOUGH_FIRMS else 1
    low = sum(_ranks(step)[0] for step in steps)
    high = sum(_ranks(step)[1] for step in steps)
    return PriceBand(
        low=_outward(low + percent(Won(low), fee_basis_points) + materials, digits, up=False),
        high=_outward(high + percent(Won(high), fee_basis_points) + materials, digits, up=True),
        firms=firms,
        coverage_percent=min(_coverage(step) for step in steps),
        materials=materials,
    )


def _ranks(step: StepPrices) -> tuple[int, int]:
    ordered = sorted(step.prices.values())
    skipped = len(ordered) // TENTH
    return ordered[skipped], ordered[-1 - skipped]


def _coverage(step: StepPrices) -> int:
    low, high = _ranks(step)
    inside = sum(low <= price <= high for price in step.prices.values())
    return inside * 100 // len(step.prices)


def _outward(amount: int, digits: int, *, up: bool) -> Won:
    unit = 10 ** max(0, len(str(amount)) - digits)
    return Won(-(-amount // unit) * unit if up else amount // unit * unit)
