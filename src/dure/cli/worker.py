"""The worker: does what facts ask for (planning, purchasing, settling), one job at a time."""

import asyncio
from typing import Any

from dure.cli.django import set_up_django

HIDDEN = True
GRACE_SECONDS = 4


def worker() -> None:
    """Do the jobs that facts ask for, until told to stop. Started by `dure up`."""
    set_up_django()
    asyncio.run(work())


async def work(*, wait: bool = True) -> None:
    """Do jobs in the order in which they were asked for; without wait, those that are there."""
    from procrastinate.contrib.django import app

    connector: Any = app.connector  # a DjangoConnector, which procrastinate's types do not say
    with app.replace_connector(connector.get_worker_connector()) as working:
        async with working.open_async():
            await working.run_worker_async(
                wait=wait,
                concurrency=1,
                delete_jobs="successful",
                fetch_job_polling_interval=1,
                shutdown_graceful_timeout=GRACE_SECONDS,
                install_signal_handlers=wait,
            )
