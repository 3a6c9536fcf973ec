"""What a first page says: one sentence, one thing to do, and what else is going on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from dure.kernel.actor import Role
from dure.kernel.fact import Fact
from dure.kernel.reason import Reason
from dure.kernel.time import Instant

UNTOLD = frozenset({"SegmentSealed"})  # readings are sealed all day long
MOST = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Something that waits for this actor: what, in words, and where, if anywhere."""

    what: Reason
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """An order that is not done yet, and how far round the loop it has come."""

    id: UUID
    number: int
    name: str
    name_en: str
    promised_on: date
    done: int
    steps: int
    stage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnJob:
    """A job order of one's own firm that is not done yet, and who waits for it: name, name_en."""

    id: UUID
    order: int
    name: str
    name_en: str
    quantity: int
    unit: str
    starts: Instant
    ends: Instant
    is_started: bool
    to: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened, and how often in a row: facts of one kind on one day are told once."""

    what: Reason
    at: Instant
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The first page of a role: what waits, the most urgent first, and what happened last."""

    role: Role
    waiting: tuple[Waiting, ...] = ()
    orders: tuple[UnderWay, ...] = ()
    jobs: tuple[OwnJob, ...] = ()
    latest: tuple[Event, ...] = ()

    @property
    def sentence(self) -> Reason:
        """Say in one sentence how things stand."""
        if self.waiting:
            return Reason("portal.home_waiting", {"count": len(self.waiting)})
        return Reason("portal.home_quiet" if self.latest else f"portal.home_new_{self.role}")


def told(facts: Iterable[Fact]) -> tuple[Event, ...]:
    """Tell facts, newest first; those of one kind on one day are one event. At most MOST events."""
    counted: dict[tuple[str, object], list[Instant]] = {}
    for fact in facts:
        if fact.kind not in UNTOLD:
            counted.setdefault((fact.kind, fact.at.date()), []).append(fact.at)
    events = [
        Event(what=Reason(f"fact.{kind}"), at=at[0], count=len(at))
        for (kind, _), at in counted.items()
    ]
    return tuple(events[:MOST])
