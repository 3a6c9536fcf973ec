"""One order's shop floors: the jobs on them, what is on the road, what their members see of it."""

from bisect import bisect_right
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dure.twin.cooperative import Firm
from dure.twin.door import Caller
from dure.twin.gateway import Gateway, access
from dure.twin.machines import Reading, Shop
from dure.twin.scene import Scene

DRIFTING_STEP = "fire"
NODE = "A"


@dataclass(slots=True)
class Job:
    """One job order on the shop floor, as its foreman holds it in the hand."""

    firm: Firm
    said: dict[str, Any]
    state: str = "waiting"
    began: datetime | None = None
    ends: datetime | None = None
    lot: dict[str, Any] = field(default_factory=dict)
    readings: list[Reading] = field(default_factory=list)
    sent: int = 0

    def measured(self, until: datetime) -> list[Reading]:
        """Give what its machine measured up to an instant and was not given yet."""
        reached = bisect_right(self.readings, until, key=lambda each: each.at)
        fresh, self.sent = self.readings[self.sent : reached], max(self.sent, reached)
        return fresh

    @property
    def step(self) -> str:
        """The step of the order: of one that several firms make, the lot (roast.2)."""
        return str(self.said["step"])

    @property
    def of(self) -> str:
        """The step of the product."""
        return self.step.split(".")[0]

    @property
    def planned(self) -> int:
        """Pieces to begin."""
        return int(self.said["planned"])


@dataclass(slots=True, kw_only=True)
class Floor:
    """All shop floors of one order."""

    scene: Scene
    shop: Shop
    stack: ExitStack
    jobs: dict[str, Job] = field(default_factory=dict)
    road: list[tuple[datetime, str, str]] = field(default_factory=list)
    arrived: dict[str, datetime] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    cups: int = 0
    _gateways: dict[str, Gateway] = field(default_factory=dict)

    def refresh(self) -> None:
        """Read every member's jobs again: a plan that changed has moved them."""
        for firm in self.scene.members():
            for said in self.at(firm).get("/jobs"):
                if said["order"] == self.scene.order["id"]:
                    self.jobs.setdefault(said["step"], Job(firm, said)).said = said

    def before(self, job: Job) -> list[Job]:
        """Give the jobs whose output goes into a job's: of a step in lots, all of them."""
        steps = self.scene.people.coop.product.steps
        after = next(step.after for step in steps if step.code == job.of)
        return [each for each in self.jobs.values() if each.of in after]

    def lots(self, job: Job) -> list[Job]:
        """Give the jobs of a job's step: itself and the other lots, in order."""
        return sorted((each for each in self.jobs.values() if each.of == job.of), key=by_step)

    def at(self, firm: Firm) -> Caller:
        """Give the door as a member sees it."""
        return self.scene.people.at_door(firm)

    def gateway(self, firm: Firm) -> Gateway:
        """Give a member's gateway; it is born with its first job and dies with the day's work."""
        number = firm.business_number
        if number not in self._gateways:
            told = access(self.at(firm).get("/gateway"))
            now = self.scene.house.now()
            gateway = Gateway(access=told, node=NODE, machines=firm.machines, at=now)
            self._gateways[number] = self.stack.enter_context(gateway)
        return self._gateways[number]


def lot_of(floor: Floor, job: Job) -> dict[str, Any]:
    """Give a job's lot as its owner sees it."""
    lots: list[dict[str, Any]] = floor.at(job.firm).get("/lots")
    return next(
        lot for lot in lots if (lot["order"], lot["step"]) == (floor.scene.order["id"], job.step)
    )


def last_step(scene: Scene) -> str:
    """Name the step after which a set is done."""
    return scene.people.coop.product.steps[-1].code


def by_step(job: Job) -> str:
    """Order jobs by their steps."""
    return job.step
