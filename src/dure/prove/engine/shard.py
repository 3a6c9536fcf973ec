"""
Shards: a log of its own for each year, so that old years can be kept by who wants them.

The log `dure.example/guro` is the logs `dure.example/guro/2026`, `dure.example/guro/2027`, …
Entry 0 of a shard stands for the last checkpoint of the one before, so that they are one
history. A year is Seoul's. Which shard and where in it go together in one number, its place:
places follow each other in the order of the whole log.

    place(2026, 17)                 # 2026 · 2^40 + 17
    split(place(2026, 17))          # (2026, 17)
"""

from dure.kernel.errors import Unproven
from dure.kernel.time import Instant, seoul_date

_SHIFT = 40  # a year of 2^40 entries is 34,000 a second; places stay below 2^53, JSON's integers


def place(year: int, index: int) -> int:
    """Give the place of an entry, or of a size, in the whole log."""
    assert 0 <= index < 1 << _SHIFT, "a shard has fewer than 2^40 entries"
    return (year << _SHIFT) + index


def split(at: int) -> tuple[int, int]:
    """Give the year and the index, or size, that a place stands for."""
    return at >> _SHIFT, at & ((1 << _SHIFT) - 1)


def origin_of(log: str, year: int) -> str:
    """Give the origin of a log's shard."""
    return f"{log}/{year}"


def log_of(origin: str) -> str:
    """Give the log of which an origin is a shard; an origin that names no year is its own log."""
    log, _, year = origin.rpartition("/")
    return log if _is_year(year) else origin


def year_in(origin: str) -> int:
    """Give the year of a shard's origin; raises Unproven where it names none."""
    _, _, year = origin.rpartition("/")
    if not _is_year(year):
        raise Unproven("prove.not_a_shard", origin=origin)
    return int(year)


def year_of(at: Instant) -> int:
    """Give the year whose shard takes entries at an instant."""
    return seoul_date(at).year


def _is_year(text: str) -> bool:
    return len(text) == 4 and text.isascii() and text.isdigit()
