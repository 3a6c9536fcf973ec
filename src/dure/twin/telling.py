"""How the story tells what happens: to a person at a terminal, to a file, to a test."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Protocol

STAGES = ("found", "sense", "match", "plan", "buy", "make", "move", "prove", "settle")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A point at which a person decides: who, at which page, what there is to do."""

    what: str
    page: str
    email: str
    password: str


class Audience(Protocol):
    """Who listens to the story."""

    def stage(self, name: str) -> None:
        """A stage begins, or goes on."""
        ...

    def line(self, text: str) -> None:
        """Something happened."""
        ...

    def decide(self, decision: Decision, done: Callable[[], bool]) -> bool:
        """
        Let a person decide, and say whether one did.

        done says whether it is decided. False at once where nobody plays: then the
        twin's people decide themselves.
        """
        ...


@dataclass(slots=True, kw_only=True)
class Summary:
    """What a checker needs: per stage the seconds; ids, counts and amounts."""

    seed: int
    seconds: dict[str, float] = field(default_factory=dict)
    figures: dict[str, dict[str, Any]] = field(default_factory=dict)
    sign_ins: list[dict[str, str]] = field(default_factory=list)
    _stage: str = field(default="", init=False)
    _since: float = field(default=0.0, init=False)

    def note(self, stage: str, **figures: Any) -> None:
        """Write figures of a stage down."""
        self.figures.setdefault(stage, {}).update(figures)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Count the wall time of a block towards a stage, and not towards the one around it."""
        around, self._stage = self._stage, stage
        self._count(around)
        try:
            yield
        finally:
            self._count(stage)
            self._stage = around

    def _count(self, stage: str) -> None:
        now = monotonic()
        if stage:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self._since
        self._since = now

    def as_json(self) -> dict[str, Any]:
        """Give the whole as JSON: stages in order, each with its seconds and figures."""
        return {
            "seed": self.seed,
            "seconds": round(sum(self.seconds.values()), 3),
            "stages": [
                {
                    "stage": stage,
                    "seconds": round(self.seconds[stage], 3),
                    **self.figures.get(stage, {}),
                }
                for stage in STAGES
                if stage in self.seconds
            ],
            "sign_ins": self.sign_ins,
        }
