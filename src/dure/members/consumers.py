"""The worker's side of membership: votes are counted on the business clock."""

from procrastinate.contrib.django import app

from dure.journal.public import now
from dure.kernel.actor import THE_COOPERATIVE
from dure.members.services import close_ballots
from dure.stack.tenancy import acting


@app.periodic(cron="* * * * *")
@app.task(name="members.close_ballots", queueing_lock="members.close_ballots")
def close(timestamp: int) -> None:
    """Count the votes whose last day is past. The cron only wakes: business time decides."""
    with acting(THE_COOPERATIVE):
        close_ballots(now())
