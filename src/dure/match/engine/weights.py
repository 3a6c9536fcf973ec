"""What each alternative weighs, as data."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Won for a minute of work on the longest way, and for a minute on the road."""

    label: str
    minute: int
    road: int


@cache
def weights() -> Mapping[str, Weights]:
    """Give the weights of the alternatives by label, in the order in which they are sought."""
    table = tomllib.loads(files(__package__).joinpath("weights.toml").read_text("utf-8"))
    return {label: Weights(label=label, **fields) for label, fields in table.items()}
