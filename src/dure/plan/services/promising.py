"""Dates at the buyer's door, from instants at the last member's, and back."""

from datetime import date

from dure.kernel.time import Instant, add_working_days, latest_before, seoul_date
from dure.members import public as members
from dure.plan.engine.posed import end_of

ON_THE_ROAD = 1
"""Working days from the last member's door to the buyer's."""


def promised_on(leaves_at: Instant) -> date:
    """Give the working day on which what leaves then is at the buyer's."""
    return add_working_days(seoul_date(leaves_at), ON_THE_ROAD, members.holidays())


def leaves_by(day: date) -> Instant:
    """Give the instant before which all must have left, to be at the buyer's on a day."""
    return end_of(latest_before(day, ON_THE_ROAD, members.holidays()))
