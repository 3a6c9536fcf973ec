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
