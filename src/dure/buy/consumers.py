"""The worker's side of joint purchasing: rounds are decided here, outside any transaction."""

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from dure.buy import services
from dure.journal.public import now
from dure.kernel.actor import THE_COOPERATIVE
from dure.stack.tenancy import acting

FIVE_TIMES = RetryStrategy(max_attempts=5, exponential_wait=2)


@app.task(name="buy.award", retry=FIVE_TIMES)
def award(round_id: str) -> None:
    """Decide a closed round."""
    with acting(THE_COOPERATIVE):
        at = now()
    services.award_round(UUID(round_id), at)
