"""The worker's side of clusters: offers expire, and what keeps coming back is suggested."""

from procrastinate.contrib.django import app

from dure.journal.public import now
from dure.kernel.actor import THE_COOPERATIVE
from dure.match.services import expire_offers
from dure.match.services.standing import suggest_standing
from dure.stack.tenancy import acting


@app.periodic(cron="* * * * *")
@app.task(name="match.expire_offers", queueing_lock="match.expire_offers")
def expire(timestamp: int) -> None:
    """Take offers past their deadline as declined. The cron only wakes: business time decides."""
    with acting(THE_COOPERATIVE):
        expire_offers(now())


@app.periodic(cron="20 3 * * *")
@app.task(name="match.suggest_standing", queueing_lock="match.suggest_standing")
def suggest(timestamp: int) -> None:
    """Suggest clusters that keep coming back, once a night."""
    with acting(THE_COOPERATIVE):
        suggest_standing(now())
