"""The days on which Korea does not work: a dated table, substitutes included."""

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files


@cache
def national_holidays() -> frozenset[date]:
    """Give the holidays of all years in the table, added days included."""
    table = tomllib.loads(files(__package__).joinpath("holidays.toml").read_text("utf-8"))
    return frozenset(day for days in table.values() for day in days)
