"""What all stages of the story share: who is there, what time it is, what was found out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any

from dure.twin.cooperative import Firm
from dure.twin.people import House, People
from dure.twin.telling import Audience, Decision, Summary

SEOUL = timezone(timedelta(hours=9))  # Korea has no summer time
MORNING = time(9)


class Stuck(Exception):
    """The story cannot go on: Dure gave an answer that leaves no next step."""


@dataclass(slots=True, kw_only=True)
class Scene:
    """The order as it stands, and everybody who has a part in it."""

    people: People
    audience: Audience
    summary: Summary
    folder: Path
    found: Callable[[dict[str, Any]], dict[str, Any]]
    verify: Callable[[Path, Path], str]
    house: House = field(init=False)
    request: dict[str, Any] = field(default_factory=dict, init=False)
    cluster: dict[str, Any] = field(default_factory=dict, init=False)
    order: dict[str, Any] = field(default_factory=dict, init=False)
    last_lot: dict[str, Any] = field(default_factory=dict, init=False)

    def say(self, text: str) -> None:
        """Tell the audience what happened."""
        self.audience.line(text)

    def note(self, stage: str, happened: str, **figures: Any) -> None:
        """Write a stage's figures down, with what happened in one sentence, and say it."""
        self.summary.note(stage, happened=happened, **figures)
        self.say(happened)

    def decide(self, firm: Firm, what: str, page: str, done: Callable[[], bool]) -> bool:
        """Ask the person who plays to decide for a firm; False where nobody plays."""
        role = {"cooperative": "office", "buyer": "buyer"}.get(firm.kind, "owner")
        email = firm.person(role).email
        password = self.people.keys(firm).passwords[email]
        decision = Decision(what=what, page=page, email=email, password=password)
        return self.audience.decide(decision, done)

    def members(self) -> Iterator[Firm]:
        """Give the members of the cluster, each once, by business number."""
        ids = {each["firm"] for each in self.cluster["assignments"]}
        yield from (firm for firm in self.people.coop.members if self.people.id_of(firm) in ids)


def next_morning(now: datetime) -> datetime:
    """Give nine o'clock of the next weekday in Seoul, or now where it is that."""
    at = datetime.combine(now.astimezone(SEOUL).date(), MORNING, SEOUL)
    while at < now or at.weekday() > 4:
        at += timedelta(days=1)
    return at.astimezone(UTC)


def instant(text: str) -> datetime:
    """Read an instant of the API."""
    return datetime.fromisoformat(text)


def won(amount: int) -> str:
    """Write money as Koreans read it."""
    return f"{amount:,}원"
