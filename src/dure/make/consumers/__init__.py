"""Loops that listen: the ingest of machine messages; and the care for what it sealed."""

from datetime import UTC, datetime

from procrastinate.contrib.django import app

from dure.kernel.time import seoul_date


@app.periodic(cron="7-59/10 * * * *")
@app.task(name="make.keep_history", queueing_lock="make.keep_history")
def keep(timestamp: int) -> None:
    """Put history in order. Days are those of the machine's clock, by which readings came."""
    # ingest lives in this package, too, and needs no rows
    from dure.journal.public import now
    from dure.kernel.actor import THE_COOPERATIVE
    from dure.make.services.keeping import keep_history
    from dure.stack.tenancy import acting

    with acting(THE_COOPERATIVE):
        at = now()
    keep_history(today=seoul_date(datetime.fromtimestamp(timestamp, UTC)), at=at)
