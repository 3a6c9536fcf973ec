"""What a first page says: one sentence, one thing to do, and what else is going on."""

from dataclasses import dataclass

from dure.kernel.actor import Role
from dure.kernel.fact import Fact
from dure.kernel.reason import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Something that waits for this actor: what, in words that say what to do, and where."""

    what: Reason
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The first page of a role: what waits, the most urgent first, and what happened last."""

    role: Role
    waiting: tuple[Waiting, ...] = ()
    latest: tuple[Fact, ...] = ()

    @property
    def sentence(self) -> Reason:
        """Say in one sentence how things stand."""
        if self.waiting:
            return Reason("portal.home_waiting", {"count": len(self.waiting)})
        return Reason("portal.home_quiet" if self.latest else f"portal.home_new_{self.role}")
