"""What the journal's endpoints take and give."""

from datetime import datetime

from ninja import Schema


class ClockIn(Schema):
    """The instant to which a demo's clock moves."""

    now: datetime


class ClockOut(Schema):
    """Business time, and whose clock it is: "machine" or "stored"."""

    now: datetime
    clock: str


class StatusOut(Schema):
    """
    What is still under way.

    reactions wait or run; parked ones failed five times and need the office;
    unlogged entries are not in the log yet.
    """

    now: datetime
    reactions: int
    parked: int
    unlogged: int
