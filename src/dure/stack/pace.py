"""Answers at even times: how long something took to find out is not told by when it is told."""

from time import monotonic, sleep


def even_out(every: float) -> None:
    """
    Wait for the next of the machine's moments that lie so many seconds apart; none for 0.

    What comes before may take longer or shorter by less than that without anybody seeing it.
    """
    if every > 0:
        sleep(every - monotonic() % every)
