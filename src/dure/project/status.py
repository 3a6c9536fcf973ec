"""What is still under way in the whole house: of all rooms, so it stands above them."""

from datetime import datetime

from django.http import HttpRequest
from ninja import Router, Schema

from dure.journal import public as journal
from dure.kernel.actor import Role
from dure.make import public as make
from dure.stack.tenancy import actor_of

router = Router(tags=["journal"])


class StatusOut(Schema):
    """
    What is still under way.

    reactions wait or run; parked ones failed five times and need the office;
    unlogged entries are not in the log yet; untold segments of readings are
    sealed, and no fact yet.
    """

    now: datetime
    reactions: int
    parked: int
    unlogged: int
    untold: int


@router.get("/status", response=StatusOut)
def status(request: HttpRequest) -> dict[str, object]:
    """Say what is still under way; for the office."""
    actor_of(request).must_be(Role.OFFICE)
    untold = make.untold_segments()  # first: once told, a segment counts as a reaction
    return {"now": journal.now(), **journal.pending(), "untold": untold}
