"""
Keeping history: what is put together, and what a member's own rule lets go of, and when.

Each closed chapter's segments become one file; once a day is over, its files become one.
What a member lets go of is whole days, never less than LEAST_DAYS old, and not before a new
rule has stood for NOTICE: until then it can be taken back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby
from uuid import UUID

from dure.kernel.errors import Malformed
from dure.kernel.time import Instant, seoul_date

LEAST_DAYS, MOST_DAYS = 90, 36_500
NOTICE = timedelta(days=7)


class FileState(StrEnum):
    """What became of a compacted file."""

    KEPT = "kept"
    MERGED = "merged"
    FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A compacted file: what it holds, of which day, and how much that is."""

    id: UUID
    kind: str
    first: int
    last: int
    day: date
    file: str
    sha256: str
    rows: int
    size: int
    at_lo: int
    at_hi: int
    state: FileState


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A member's rule: so many days, or for ever (None), and since when it stands."""

    days: int | None
    set_at: Instant | None = None

    @property
    def begins(self) -> date | None:
        """The day from which on the rule takes effect; None where nothing ever goes."""
        if self.days is None or self.set_at is None:
            return None
        return seoul_date(self.set_at + NOTICE)


FOR_EVER = Rule(days=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptHistory:
    """A member's readings as they are kept: how many, in how many bytes, since when, how long."""

    rows: int
    size: int
    since_ms: int | None
    files: tuple[Kept, ...]
    rule: Rule


def check_days(days: int | None) -> None:
    """Raise Malformed for a rule that keeps less, or reckons further, than makes sense."""
    if days is not None and not LEAST_DAYS <= days <= MOST_DAYS:
        raise Malformed("make.retention_days", least=LEAST_DAYS, most=MOST_DAYS)


def mergeable(
    files: Iterable[Kept], today: date, skipped: Sequence[tuple[str, int, int]] = ()
) -> list[list[Kept]]:
    """
    Give the files to be put together: those of one kind of a day that is over.

    A day with a chapter that could not be compacted stays as it is.
    """
    past = [one for one in files if one.state is FileState.KEPT and one.day < today]
    past.sort(key=lambda one: (one.kind, one.day, one.first))
    days = (list(same) for _, same in groupby(past, key=lambda one: (one.kind, one.day)))
    return [same for same in days if len(same) > 1 and not _holds(same, skipped)]


def _holds(same: Sequence[Kept], skipped: Sequence[tuple[str, int, int]]) -> bool:
    span = range(same[0].first, same[-1].last + 1)
    return any(kind == same[0].kind and first in span for kind, first, _ in skipped)


def forgettable(files: Iterable[Kept], rule: Rule, today: date) -> list[Kept]:
    """Give the files that a rule lets go of today."""
    if rule.days is None or rule.begins is None or today < rule.begins:
        return []
    oldest = today - timedelta(days=rule.days)
    return [one for one in files if one.state is FileState.KEPT and one.day < oldest]


def leaving(files: Sequence[Kept], rule: Rule, today: date) -> list[Kept]:
    """Give the files that a rule will let go of on the first day on which it takes effect."""
    return forgettable(files, rule, max(today, rule.begins or today))


@dataclass(frozen=True, slots=True)
class Month:
    """What of a month is kept in compacted files: its first day, readings, bytes, days."""

    first: date
    rows: int
    size: int
    days: int


def months(files: Iterable[Kept]) -> list[Month]:
    """Sum up what is kept by month, the latest first."""
    by_month: dict[date, list[Kept]] = {}
    for one in files:
        if one.state is FileState.KEPT:
            by_month.setdefault(one.day.replace(day=1), []).append(one)
    return [
        Month(
            first,
            sum(one.rows for one in mine),
            sum(one.size for one in mine),
            len({one.day for one in mine}),
        )
        for first, mine in sorted(by_month.items(), reverse=True)
    ]
