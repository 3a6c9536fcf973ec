"""
The price band: what an order may cost, by an open formula that shows no member's rate.

    of a step   the mean of the five lowest prices that capable members' rate cards give
                (of all, where fewer than five are capable)
    centre      Σ steps + the cooperative's fee on them + materials at guide prices
    band        centre × [low, high], each end rounded outward

low and high are learnt from the co-op's latest orders, each priced against its own centre: how far
the band must reach from the middle ratio so that nine in ten of their prices lay in their bands,
rounding and all. That is split conformal prediction (Vovk, Gammerman, Shafer 2005; Lei et al.
2018), whose coverage holds for any distribution while orders stay alike. Until there are LEAST_JOBS
orders the ends come from a simulated cooperative, and the band says so by `jobs` = 0.

Ends have two digits where five firms or more stand behind the sum, one where it is two to four
("somewhere in the millions"); with fewer nothing is said (Fair Trade Act art. 40(1)9: a sum over
few is somebody's price).
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from statistics import median_low

from dure.kernel.money import Won, percent

ENOUGH_FIRMS = 5
COVERAGE_PERCENT = 90
LEAST_JOBS, MOST_JOBS = 20, 400
DIGITS = 2  # of an end, where enough firms stand behind it
EDGE, LEAST_PARTS, MOST_PARTS = 5, 50, 5_000
PARTS = 10_000
SIMULATED = (9_600, 10_400)  # measured by `dure bench sense`; the record is 0331


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
    digits = DIGITS if firms >= ENOUGH_FIRMS else 1
    low, high = _around(centre, ends(jobs), digits)
    return PriceBand(
        low=low,
        high=high,
        firms=firms,
        coverage_percent=COVERAGE_PERCENT,
        materials=materials,
        jobs=len(jobs[-MOST_JOBS:]) if len(jobs) >= LEAST_JOBS else 0,
    )


def ends(jobs: Sequence[Job]) -> tuple[int, int]:
    """
    Give low and high in ten-thousandths of the centre.

    The band reaches from the middle of the jobs' ratios towards their EDGE-th and last but
    EDGE-th hundredths, so many parts of the way as the ceil((n + 1) coverage)-th of n jobs
    needs: the next job's price lies in its band with at least the stated probability. Rounding
    helps those whose first digits are small, so that no band reaches less than half of the way.
    """
    if len(jobs) < LEAST_JOBS:
        return SIMULATED
    latest = jobs[-MOST_JOBS:]
    ratios = sorted(job.price * PARTS // job.centre for job in latest)
    middle, edge = median_low(ratios), len(ratios) * EDGE // 100
    reach = max(1, middle - ratios[edge]), max(1, ratios[-1 - edge] - middle)
    needed = sorted(_parts_needed(job, middle, reach) for job in latest)
    rank = min(len(needed), -(-(len(needed) + 1) * COVERAGE_PERCENT // 100))
    return _stretched(middle, reach, needed[rank - 1])


def _parts_needed(job: Job, middle: int, reach: tuple[int, int]) -> int:
    """Give how far a job's band must reach, in hundredths of its reach, to hold its price."""

    def holds(parts: int) -> bool:
        low, high = _around(job.centre, _stretched(middle, reach, parts), DIGITS)
        return low <= job.price <= high

    return LEAST_PARTS + bisect_left(range(LEAST_PARTS, MOST_PARTS), True, key=holds)


def _stretched(middle: int, reach: tuple[int, int], parts: int) -> tuple[int, int]:
    return max(0, middle - reach[0] * parts // 100), middle + -(-reach[1] * parts // 100)


def _around(centre: Won, ends: tuple[int, int], digits: int) -> tuple[Won, Won]:
    low, high = centre * ends[0] // PARTS, -(-centre * ends[1] // PARTS)
    return _outward(low, digits, up=False), _outward(high, digits, up=True)


def _mean_of_least(step: StepPrices) -> int:
    least = nsmallest(ENOUGH_FIRMS, step.prices.values())
    return sum(least) // len(least)


def _outward(amount: int, digits: int, *, up: bool) -> Won:
    unit = 10 ** max(0, len(str(amount)) - digits)
    return Won(-(-amount // unit) * unit if up else amount // unit * unit)
