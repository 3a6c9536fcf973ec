"""
How long to plan: by steps, which everyone can repeat, or by whatever a caller measures.

A budget says what share of it is used, in thousandths. Nothing here reads a clock: a
command line that wants seconds brings its own budget, and its plan still names the
steps that were done.
"""

from dataclasses import dataclass
from typing import Protocol

WHOLE = 1000


class Budget(Protocol):
    """Says how much of the effort is spent."""

    def used(self, steps: int) -> int:
        """Give the thousandths that are spent after so many steps; 1000 or more ends it."""
        ...


@dataclass(frozen=True, slots=True)
class Steps:
    """A budget of so many steps of ruin and recreate."""

    total: int

    def used(self, steps: int) -> int:
        """Give the thousandths of the steps."""
        return WHOLE if steps >= self.total else steps * WHOLE // self.total
