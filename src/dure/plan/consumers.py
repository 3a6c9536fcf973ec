"""The worker's side of plans: what nobody answers is taken as refused, on the business clock."""

from procrastinate.contrib.django import app

from dure.journal.public import now
from dure.kernel.actor import THE_COOPERATIVE
from dure.plan.services.changing import expire_proposals
from dure.stack.tenancy import acting


@app.periodic(cron="* * * * *")
@app.task(name="plan.expire_proposals", queueing_lock="plan.expire_proposals")
def expire(timestamp: int) -> None:
    """Take proposals past their deadline as refused. The cron only wakes: business time decides."""
    with acting(THE_COOPERATIVE):
        expire_proposals(now())
