"""The frontier of fair share, drawn over the co-op's own needs for the members who vote on it."""

from datetime import timedelta

from dure.kernel.time import Instant, seoul_date
from dure.match import models
from dure.match.bridge import clusters as bridge
from dure.match.bridge import posing
from dure.match.engine.frontier import frontier, simulated
from dure.members import public as members

DAYS_BETWEEN = 7
LEAST_NEEDS, MOST_NEEDS = 30, 200
SIMULATED_NEEDS = 60
DAYS_BACK, DAYS_AHEAD = 365, 90
USUAL = (30, 100, 300, 1000, 3000)
FIGURE = "fair_share_basis_points"
LEAST_MEMBERS = 5
SEED = 20261122


def draw_frontier(at: Instant) -> bool:
    """
    Draw what each weight of fair share costs, where it was not drawn for a week.

    Over the requests of the last year; where they are too few, over needs made by chance from the
    processes that members have. Nothing is drawn for fewer than five members with work to offer.
    """
    if not members.is_founded():
        return False
    today, wanted = seoul_date(at), _wanted()
    recent = models.Frontier.objects.filter(on__gt=today - timedelta(days=DAYS_BETWEEN))
    if any(wanted <= {weight for weight, *_ in row.points} for row in recent):
        return False
    market = posing.Market(
        members.offered_processes(), posing.end_of_day(today + timedelta(days=DAYS_AHEAD)), at
    )
    if len(market.coop.members.number) < LEAST_MEMBERS:
        return False
    needs = posing.needs_since(today - timedelta(days=DAYS_BACK), most=MOST_NEEDS)
    is_simulated = len(needs) < LEAST_NEEDS
    if is_simulated:
        needs = simulated(market.coop, SIMULATED_NEEDS, SEED)
    points = frontier(market.coop, needs, sorted(wanted))
    if points:
        bridge.write_frontier(points, on=today, needs=len(needs), is_simulated=is_simulated)
    return bool(points)


def _wanted() -> set[int]:
    """Give the weights of interest: usual ones, the present one, and what is voted on."""
    stands = members.bylaws().fair_share_basis_points
    voted = {each.value for each in members.ballots(FIGURE)}
    return {0, *USUAL, stands, *voted}
