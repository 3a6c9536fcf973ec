"""The worker's side of plans: what is due is done, on the business clock."""

from procrastinate.contrib.django import app

from dure.journal.public import now
from dure.kernel.actor import THE_COOPERATIVE
from dure.plan.services.keeping import keep_time
from dure.stack.tenancy import acting


@app.periodic(cron="* * * * *")
@app.task(name="plan.keep_time", queueing_lock="plan.keep_time")
def keep(timestamp: int) -> None:
    """Do what is due in plans. The cron only wakes: business time decides."""
    with acting(THE_COOPERATIVE):
        keep_time(now())
