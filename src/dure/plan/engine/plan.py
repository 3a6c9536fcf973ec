"""A plan: who does what when, what it costs by the goal, and what it could not place and why."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter

from dure.kernel.canonical import Json, canonical
from dure.kernel.reason import Reason
from dure.plan.engine.problem import Slot

BY_JOB = attrgetter("job")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    Slots in order of job and operation; `objective` in the goal's units.

    `unplanned` gives, for each job that has no place, the reason. `steps` and `seed`
    say how to come to the same plan again.
    """

    slots: tuple[Slot, ...]
    objective: int
    lower_bound: int
    unplanned: Mapping[int, Reason]
    seed: int
    steps: int

    def as_json(self) -> dict[str, Json]:
        """Give the form that `dure plan solve` writes and that a version is hashed in."""
        return {
            "objective": self.objective,
            "lower_bound": self.lower_bound,
            "seed": self.seed,
            "steps": self.steps,
            "operations": [
                {
                    "job": slot.job,
                    "operation": slot.operation,
                    "machine": slot.machine,
                    "start": slot.start,
                    "end": slot.end,
                }
                for slot in self.slots
            ],
            "unplanned": [
                {"job": job, "reason": {"code": why.code, "parameters": dict(why.parameters)}}
                for job, why in sorted(self.unplanned.items())
            ],
        }

    def body(self) -> bytes:
        """Give the bytes by which two plans are the same plan."""
        return canonical(self.as_json())

    def of_job(self, job: int) -> tuple[Slot, ...]:
        """Give the slots of one job, in the order of its operations."""
        first = bisect_left(self.slots, job, key=BY_JOB)
        return self.slots[first : bisect_right(self.slots, job, key=BY_JOB)]
