"""
What went wrong at a source of machine messages, counted: folded from the manifest's lines.

A commit writes down what it met (`Trouble`), by member, edge node and code; every code has
a sentence in the portal that says what to do. Folding all lines again gives the same counts.
Group '' is the house itself: the broker, the disk.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dure.kernel.reason import Parameter, Reason

THE_HOUSE = ""
SEQ_TURN = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One kind of trouble of one edge node ('' is the connection itself): how often, and when."""

    group: str
    edge: str
    reason: Reason
    count: int
    first_ms: int
    last_ms: int

    def as_json(self) -> dict[str, Any]:
        """Give the row that a line of the manifest holds."""
        return {
            "group": self.group,
            "edge": self.edge,
            "code": self.reason.code,
            "parameters": dict(self.reason.parameters),
            "count": self.count,
            "first_ms": self.first_ms,
            "last_ms": self.last_ms,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """
    Something that a machine said never came; times are milliseconds since 1970 by the broker.

    Between lo_ms, the last that was heard, and hi_ms, the first that was heard again. kind
    is `sequence` (expected and got are Sparkplug's seq), `stream` (they are the first and
    the last message that the broker's store no longer had; then edge is ''), `batch`: they are
    the first and the last serial number of a member's own gateway that never came, or `queue`:
    readings, counted from one, for which that gateway had no room while its line was down.
    """

    edge: str
    kind: str
    expected: int
    got: int
    lo_ms: int
    hi_ms: int

    @property
    def count(self) -> int:
        """Say how many messages never came; of Sparkplug's seq, at least so many."""
        if self.kind == "sequence":
            return (self.got - self.expected) % SEQ_TURN
        return self.got - self.expected + 1

    @property
    def before(self) -> int:
        """Give the seq that was heard last."""
        return (self.expected - 1) % SEQ_TURN


@dataclass(slots=True)
class Tally:
    """Counts troubles between two commits, or over all of them."""

    troubles: dict[tuple[str, str, str], Trouble] = field(default_factory=dict)

    def note(self, group: str, edge: str, reason: Reason, at_ms: int, count: int = 1) -> None:
        """Count a trouble; its last parameters are shown."""
        self.add(
            Trouble(
                group=group, edge=edge, reason=reason, count=count, first_ms=at_ms, last_ms=at_ms
            )
        )

    def add(self, trouble: Trouble) -> None:
        """Add what was counted elsewhere."""
        key = (trouble.group, trouble.edge, trouble.reason.code)
        before = self.troubles.get(key)
        if before is not None:
            trouble = replace(
                trouble,
                count=before.count + trouble.count,
                first_ms=min(before.first_ms, trouble.first_ms),
                last_ms=max(before.last_ms, trouble.last_ms),
            )
        self.troubles[key] = trouble

    def take(self) -> list[Trouble]:
        """Hand over what was counted since the last call, in a fixed order."""
        taken, self.troubles = self.troubles, {}
        return [trouble for _, trouble in sorted(taken.items(), key=lambda item: item[0])]

    def of(self, group: str) -> list[Trouble]:
        """Give a member's troubles, by edge node, the latest first."""
        mine = [trouble for trouble in self.troubles.values() if trouble.group == group]
        return sorted(mine, key=lambda trouble: (trouble.edge, -trouble.last_ms))


def read_troubles(rows: Iterable[Mapping[str, Any]]) -> Iterable[Trouble]:
    """Read back what `Trouble.as_json` wrote."""
    for row in rows:
        parameters: Mapping[str, Parameter] = row["parameters"]
        yield Trouble(
            group=row["group"],
            edge=row["edge"],
            reason=Reason(row["code"], parameters),
            count=row["count"],
            first_ms=row["first_ms"],
            last_ms=row["last_ms"],
        )


def folded(lines: Sequence[Sequence[Mapping[str, Any]]]) -> Tally:
    """Count over all lines of the manifest."""
    tally = Tally()
    for rows in lines:
        for trouble in read_troubles(rows):
            tally.add(trouble)
    return tally
