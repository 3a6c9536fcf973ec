"""The worker's side of the journal: one job for each reaction to a fact."""

from datetime import timedelta
from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from dure.journal import models, public, services
from dure.kernel.actor import THE_COOPERATIVE
from dure.stack.tenancy import acting

FIVE_TIMES = RetryStrategy(max_attempts=5, exponential_wait=2)
STALLED_SECONDS = 15
ANSWERS_KEPT = timedelta(days=7)


@app.task(name="journal.react", retry=FIVE_TIMES)
def react(fact_id: str, reaction: str) -> None:
    """Let a reaction take effect, as the cooperative. Failed five times, it stays as `failed`."""
    with acting(THE_COOPERATIVE):
        fact = public.fact(UUID(fact_id))
        services.react(fact, reaction, public.now())


@app.periodic(cron="* * * * * */10")
@app.task(name="journal.retry_stalled", queueing_lock="journal.retry_stalled")
async def retry_stalled(timestamp: int) -> None:
    """Hand the jobs of a worker that was killed to the next one."""
    stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS)
    for job in stalled:
        await app.job_manager.retry_job(job)


@app.periodic(cron="* * * * *")
@app.task(name="journal.sign_for_the_absent", queueing_lock="journal.sign_for_the_absent")
def sign_for_the_absent(timestamp: int) -> None:
    """Sign in custody what members' devices have left waiting too long."""
    with acting(THE_COOPERATIVE):
        services.sign_for_the_absent(public.now())


@app.periodic(cron="17 3 * * *")
@app.task(name="journal.forget_answers", queueing_lock="journal.forget_answers")
def forget_answers(timestamp: int) -> None:
    """Forget the answers to POSTs that nobody will send again."""
    with acting(THE_COOPERATIVE):
        models.Answered.objects.filter(at__lt=public.now() - ANSWERS_KEPT).delete()
