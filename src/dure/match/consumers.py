"""The worker's side of clusters: what comes due on the business clock."""

from procrastinate.contrib.django import app

from dure.journal.public import now
from dure.kernel.actor import THE_COOPERATIVE
from dure.match import services
from dure.match.services.standing import suggest_standing
from dure.stack.tenancy import acting


@app.periodic(cron="* * * * *")
@app.task(name="match.expire_offers", queueing_lock="match.expire_offers")
def expire(timestamp: int) -> None:
    """Take offers past their deadline as declined. The cron only wakes: business time decides."""
    with acting(THE_COOPERATIVE):
        services.expire_offers(now())


@app.periodic(cron="* * * * *")
@app.task(name="match.tell_why", queueing_lock="match.tell_why")
def tell(timestamp: int) -> None:
    """Tell the members of closed requests why they were chosen or not, and how they stand."""
    with acting(THE_COOPERATIVE):
        services.tell_why(now())
        services.note_fair_shares(now())


@app.periodic(cron="* * * * *")
@app.task(name="match.draw_frontier", queueing_lock="match.draw_frontier")
def draw(timestamp: int) -> None:
    """Draw anew what each weight of fair share costs, once a week and when it is voted on."""
    with acting(THE_COOPERATIVE):
        services.draw_frontier(now())


@app.periodic(cron="20 3 * * *")
@app.task(name="match.suggest_standing", queueing_lock="match.suggest_standing")
def suggest(timestamp: int) -> None:
    """Suggest clusters that keep coming back, once a night."""
    with acting(THE_COOPERATIVE):
        suggest_standing(now())
