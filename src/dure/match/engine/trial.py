"""
Trial work: the part of the steps that the members keep for newcomers (새 조합원의 시험 일감).

Which step of a need it is follows from counts and values alone, so that everybody finds the same:
while the reserved steps are fewer than the members' part of all steps given out, the next need
gives one, of its steps the one in which the cheapest newcomer asks least more than the cheapest of
all.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from dure.match.engine.coop import Coop
from dure.match.engine.need import Need, Task
from dure.match.engine.problem import BP, weighed
from dure.match.engine.sieve import Asked, able

NEW_BELOW = 3  # a member with fewer accepted steps is new
MOST_EXTRA_BP = 1_000  # a newcomer that asks more than that above the cheapest is not favoured


def with_newcomers(coop: Coop, steps: Mapping[int, int]) -> Coop:
    """Say who is new, by the steps that each member has accepted; who has none is new too."""
    numbers = coop.members.number
    busy = {number for number, count in steps.items() if count >= NEW_BELOW}
    is_new = ~np.isin(numbers, sorted(busy))
    return replace(coop, members=replace(coop.members, is_new=is_new))


def trial_step(coop: Coop, need: Need, *, given: int, tried: int, part_bp: int) -> str:
    """
    Give the code of the step to keep for newcomers, or none.

    given, tried: the steps given out so far, and those of them that were trials. A critical step
    is never one, nor a step that only newcomers could do, or none.
    """
    if (tried + 1) * BP > (given + len(need.tasks)) * part_bp:
        return ""
    found = min(_candidates(coop, need), default=None)
    return need.tasks[found[1]].code if found else ""


def _candidates(coop: Coop, need: Need) -> Iterator[tuple[int, int]]:
    """Give what the cheapest newcomer asks more, in basis points, and the place of the step."""
    for place, task in enumerate(need.tasks):
        if task.firms_least == 1 and (extra := _extra_bp(coop, need, task)) is not None:
            yield extra, place


def _extra_bp(coop: Coop, need: Need, task: Task) -> int | None:
    asked = Asked.of(coop, need, task)
    rows = able(asked)
    is_new = coop.members.is_new[asked.shelf.at("who", rows)]
    if is_new.all() or not is_new.any():
        return None
    asks = weighed(need, asked.shelf, rows, task.quantity)
    least, newest = int(asks.min()), int(asks[is_new].min())
    extra = (newest - least) * BP // max(least, 1)
    return extra if extra <= MOST_EXTRA_BP else None
