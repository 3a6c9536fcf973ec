"""
What there is to plan: jobs, their operations, the machines that can do them, the roads between.

Time is integer minutes from an epoch of the caller's choice (a midnight, where trucks
have departure times). In three-field notation FJ | r_j, s_ijk, t_kl, calendars | Σ w_j T_j:

    job          a graph of operations, released at a minute, due at a minute, with a weight
    operation    alternatives (machine, minutes, cost); a family, for set-ups; after which others
    machine      stands at a site; works by a calendar; changes over by a set-up matrix
    crew         operators who set machines of one site up, by a calendar of their own
    transport    minutes between two sites, by truck at given minutes of the day or at any time
    pinned       work that stays where it is: started, released, frozen, or dragged there by hand

Everything is numbered from 0, in the order given.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

FAR = 2**40
"""Later than any plan: a million years in minutes and still safe to add up in 64 bits."""

DAY = 1440
Matrix = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """One way to do an operation: on this machine, in so many working minutes, at so much cost."""

    machine: int
    minutes: int
    cost: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """
    One step of a job. `after` numbers the operations of the same job that come before it.

    `release` is the minute at which its material is there. A splittable operation may
    stop at the end of a shift and go on in the next; any other is done in one piece.
    `dwell` minutes (drying, cooling) pass after its end, off the machine, before what it
    made may go on.
    """

    alternatives: tuple[Alternative, ...]
    after: tuple[int, ...] = ()
    family: int = 0
    release: int = 0
    splittable: bool = False
    dwell: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Operations in an order in which they can be done, and when all of it is wanted, and where."""

    operations: tuple[Operation, ...]
    release: int = 0
    due: int = FAR
    weight: int = 1
    destination: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """
    A machine at a site. Without a calendar it always works; without set-ups it needs none.

    With a crew an operator of it is needed for every set-up.
    """

    site: int = 0
    calendar: int | None = None
    setups: int | None = None
    family: int | None = None  # what it is set up for at the beginning; None: anything
    crew: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """
    Operators who set up the machines of one site. Without a calendar they are always there.

    A set-up that needs one is done last thing before its operation: in the machine's last
    working minutes before the start. One operator is bound to it from its first minute to its
    last, a pause of the machine in between included, and is there in each of its minutes.
    """

    operators: int = 1
    calendar: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When a machine works: windows [open, close) in order. After the last one it never works."""

    windows: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Slot:
    """One operation on one machine from start to end."""

    job: int
    operation: int
    machine: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """
    What a plan should keep low, in the weights that members can see.

    tardiness   per weighted minute that a job is late
    transport   per minute on the road
    setup       per minute of set-up
    cost        per unit of the alternatives' cost
    change      per operation that does not stand where the published plan had it
    evenness    per minute of work that a site has above its even share, see even_shares
    makespan    only the end of the last job counts: for benchmarks
    """

    tardiness: int = 1
    transport: int = 0
    setup: int = 0
    cost: int = 0
    change: int = 0
    evenness: int = 0
    makespan: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """
    All of it. `transport[a][b]` is minutes from site a to site b; empty: no time at all.

    `day` is after how many minutes trucks leave again.
    """

    jobs: tuple[Job, ...]
    machines: tuple[Machine, ...]
    transport: Matrix = ()
    trucks: Mapping[tuple[int, int], tuple[int, ...]] = field(default_factory=dict)
    calendars: tuple[Calendar, ...] = ()
    setups: tuple[Matrix, ...] = ()
    crews: tuple[Crew, ...] = ()
    pinned: tuple[Slot, ...] = ()
    published: tuple[Slot, ...] = ()
    goal: Goal = Goal()
    day: int = DAY

    @property
    def sites(self) -> int:
        """How many sites the machines and destinations stand at."""
        named = [machine.site for machine in self.machines]
        named += [job.destination for job in self.jobs if job.destination is not None]
        return max([len(self.transport), *(site + 1 for site in named)])

    def even_shares(self) -> tuple[int, ...]:
        """
        Give the minutes of work that would be each site's part, were all shared evenly.

        The sites that can do an operation share it in equal parts, as long as it takes the
        quickest of them; fractions of a minute are left out.
        """
        shares = [0] * self.sites
        for job in self.jobs:
            for operation in job.operations:
                able = {self.machines[way.machine].site for way in operation.alternatives}
                part = min(way.minutes for way in operation.alternatives) // len(able)
                for site in able:
                    shares[site] += part
        return tuple(shares)

    def arrival(self, origin: int, target: int, minute: int) -> int:
        """Say when what leaves a site at minute, by the next truck or at once, is at another."""
        departures = self.trucks.get((origin, target), ())
        if departures:
            today = minute % self.day
            late = [stop for stop in departures if stop >= today]
            minute += (late[0] if late else self.day + departures[0]) - today
        return minute + (self.transport[origin][target] if self.transport else 0)

    def finish(self, job: int, slots: Iterable[Slot]) -> int:
        """Say when all of a planned job is done and has arrived where it is wanted."""
        destination = self.jobs[job].destination
        own = [(slot.machine, self.leaves(slot)) for slot in slots if slot.job == job]
        if destination is None:
            return max(leaves for _, leaves in own)
        return max(
            self.arrival(self.machines[machine].site, destination, leaves)
            for machine, leaves in own
        )

    def leaves(self, slot: Slot) -> int:
        """Say when what an operation made may leave its machine's site."""
        return slot.end + self.jobs[slot.job].operations[slot.operation].dwell
