"""
The price band: what an order may cost, by an open formula that shows no member's rate.

    of a step   the mean of the five lowest prices that capable members' rate cards give
                (of all, where fewer than five are capable)
    centre      Σ steps + the cooperative's fee on them + materials at guide prices
    band        centre × [low, high], each end rounded outward

low and high are the ends between which nine in ten of the co-op's latest orders lay, priced
against their own centres: split conformal prediction (Vovk, Gammerman, Shafer 2005; Lei et al.
2018), whose coverage holds for any distribution while orders stay alike. Until there are LEAST_JOBS
orders the ends come from a simulated cooperative, and the band says so by `jobs` = 0.

Ends have two digits where five firms or more stand behind the sum, one where it is two to four
("somewhere in the millions"); with fewer nothing is said (Fair Trade Act art. 40(1)9: a sum over
few is somebody's price).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest

from dure.kernel.money import Won, percent

ENOUGH_FIRMS = 5
COVERAGE_PERCENT = 90
LEAST_JOBS, MOST_JOBS = 20, 400
PARTS = 10_000
SIMULATED = (9_000, 11_000)  # measured by `dure bench sense`; the record is 0211


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPrices:
    """What the members who can do a step would charge for it, by member number."""

    step: str
    prices: Mapping[int, Won]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """An order that was placed: what it was priced at, and what its centre had been."""

    price: Won
    centre: Won


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBand:
    """
    The band that the buyer sees, VAT apart.

    coverage_percent: so many orders in a hundred end inside it. jobs: earlier orders that its
    ends were learnt from. firms: how many stand behind it. Both ends are None where saying them
    says too much.
    """

    low: Won | None
    high: Won | None
    firms: int
    coverage_percent: int
    materials: Won
    jobs: int = 0


def centre_of(steps: Sequence[StepPrices], *, materials: Won, fee_basis_points: int) -> Won | None:
    """Give the band's centre in won; None where a step is one that nobody can do."""
    if any(not step.prices for step in steps):
        return None
    work = Won(sum(_mean_of_least(step) for step in steps))
    return Won(work + percent(work, fee_basis_points) + materials)


def price_band(
    steps: Sequence[StepPrices],
    *,
    materials: Won,
    fee_basis_points: int,
    jobs: Sequence[Job] = (),
) -> PriceBand:
    """Make the band of an order from rate cards and earlier jobs, the latest of them last."""
    firms = len({member for step in steps for member in step.prices})
    centre = centre_of(steps, materials=materials, fee_basis_points=fee_basis_points)
    if centre is None or firms < 2:
        return PriceBand(low=None, high=None, firms=firms, coverage_percent=0, materials=materials)
    digits = 2 if firms >= ENOUGH_FIRMS else 1
    low, high = ends(jobs)
    return PriceBand(
        low=_outward(centre * low // PARTS, digits, up=False),
        high=_outward(-(-centre * high // PARTS), digits, up=True),
        firms=firms,
        coverage_percent=COVERAGE_PERCENT,
        materials=materials,
        jobs=len(jobs[-MOST_JOBS:]) if len(jobs) >= LEAST_JOBS else 0,
    )


def ends(jobs: Sequence[Job]) -> tuple[int, int]:
    """
    Give low and high in ten-thousandths of the centre.

    With n jobs the k-th least and the k-th greatest ratio, k = (n + 1)(1 - coverage)/2 rounded
    down: the next job lies between them with at least the stated probability.
    """
    if len(jobs) < LEAST_JOBS:
        return SIMULATED
    ratios = sorted(job.price * PARTS / job.centre for job in jobs[-MOST_JOBS:])
    rank = (len(ratios) + 1) * (100 - COVERAGE_PERCENT) // 200
    at = max(rank, 1) - 1
    return int(ratios[at]), -int(-ratios[-1 - at] // 1)


def _mean_of_least(step: StepPrices) -> int:
    least = nsmallest(ENOUGH_FIRMS, step.prices.values())
    return sum(least) // len(least)


def _outward(amount: int, digits: int, *, up: bool) -> Won:
    unit = 10 ** max(0, len(str(amount)) - digits)
    return Won(-(-amount // unit) * unit if up else amount // unit * unit)
