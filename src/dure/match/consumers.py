"""The worker's side of clusters: offers expire on the business clock."""

from procrastinate.contrib.django import app

from dure.journal.public import now
from dure.kernel.actor import THE_COOPERATIVE
from dure.match.services import expire_offers
from dure.stack.tenancy import acting


@app.periodic(cron="* * * * *")
@app.task(name="match.expire_offers", queueing_lock="match.expire_offers")
def expire(timestamp: int) -> None:
    """Take offers past their deadline as declined. The cron only wakes: business time decides."""
    with acting(THE_COOPERATIVE):
        expire_offers(now())
