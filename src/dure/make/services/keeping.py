"""Keeping history: put together every ten minutes and each night; let go of by members' rules."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db import transaction

from dure.journal.services import tell
from dure.kernel.actor import THE_COOPERATIVE, Actor, Role
from dure.kernel.errors import Unproven
from dure.kernel.ids import FirmId
from dure.kernel.time import Instant
from dure.make import bridge, models
from dure.make.engine import facts
from dure.make.engine.chapter import Chapter
from dure.make.engine.keeping import FileState, Kept, check_days, forgettable, mergeable
from dure.make.engine.manifest import SegmentEntry
from dure.make.history.compacted import (
    FOLDER,
    Compacted,
    CompactedFile,
    Skipped,
    compact,
    read_compacted,
    write_compacted,
)
from dure.make.history.manifest import KEPT_KINDS, chapters_of, read_chapter
from dure.make.public import group_of
from dure.make.services.jobs import acting_firm
from dure.members import public as members
from dure.stack.tenancy import acting

log = logging.getLogger(__name__)
Segments = Mapping[int, SegmentEntry]
"""What was sealed of a member, of one kind, by line."""
Read = Callable[[Chapter], Mapping[tuple[str, str], Segments]]
"""How chapters are read: what each sealed, by group and kind."""
CHAPTERS = 8  # kept while the next member asks for the same


@transaction.atomic
def set_retention(*, days: int | None, at: Instant) -> models.Retention:
    """
    Say how many days one's own readings are kept; None is for ever, as it is without a rule.

    A new rule takes effect after a week's notice. Raises Malformed for less than 90 days.
    """
    check_days(days)
    firm = acting_firm()
    row = models.Retention.objects.filter(firm_id=firm).first() or models.Retention()
    if row.version == 0 or row.days != days:
        tell(row, facts.RETENTION_SET, at=at, firm_id=firm, days=days, set_at=at)
    return row


def keep_history(*, today: date, at: Instant) -> None:
    """
    Put closed chapters together, then days that are over, and let go of what rules let go of.

    today is Seoul's. What is stopped in between goes on with the next call; twice is as good
    as once. Files whose rows stand elsewhere since the last call are removed: until then
    whoever asked before may still read them.
    """
    with acting(THE_COOPERATIVE):
        firms = {firm.id: group_of(firm.number) for firm in members.firms(members.Kind.MEMBER)}
        told = models.Told.objects.values_list("line", flat=True).first() or 0
    chapters = [one for one in chapters_of(settings.HOME.history) if one.last <= told]
    read = _reader(settings.HOME.history)
    for firm, group in firms.items():
        keeping = _Keeping(firm, group, settings.HOME.history, read, at)
        keeping.remove_superseded()
        keeping.take_chapters(chapters)
        keeping.merge_days(chapters, today)
        keeping.forget(today)


class _Keeping:
    """The history of one member, while it is put in order."""

    def __init__(self, firm: FirmId, group: str, history: Path, read: Read, at: Instant):
        self.firm, self.group, self.history, self.read, self.at = firm, group, history, read, at
        self.member = Actor(firm=firm, role=Role.SYSTEM)
        self.known = read_compacted(history, group)

    def remove_superseded(self) -> None:
        """Remove the files that nobody was pointed to since the last call."""
        for kind in KEPT_KINDS:
            for path in (self.history / kind / self.group).glob("*.parquet"):
                if _is_elsewhere(kind, int(path.stem), self.known):
                    path.unlink()
        kept = {one.file for one in self.known.files}
        with acting(self.member):
            gone = models.CompactedFile.objects.filter(firm_id=self.firm)
            names = set(gone.exclude(state=FileState.KEPT).values_list("file", flat=True))
        for name in names - kept:
            (self.history / name).unlink(missing_ok=True)

    def take_chapters(self, chapters: Sequence[Chapter]) -> None:
        """Put the segments of each chapter that is new together."""
        for chapter in chapters:
            if chapter.last > self.known.until:
                sealed = self.read(chapter)
                skipped = [
                    (kind, chapter.first, chapter.last)
                    for kind in KEPT_KINDS
                    if not self._take(chapter, kind, sealed.get((self.group, kind), {}))
                ]
                self._show(chapter.last, (*self.known.skipped, *skipped))

    def _take(self, chapter: Chapter, kind: str, segments: Segments) -> bool:
        if not segments:
            return True
        sources = [(entry.file, line) for line, entry in segments.items()]
        return self._compact(chapter, kind, sources, segments, merged=())

    def merge_days(self, chapters: Sequence[Chapter], today: date) -> None:
        """Put the files of each day that is over together."""
        with acting(self.member):
            files = bridge.read_compacted_files(self.firm)
        for same in mergeable(files, today, self.known.skipped):
            span = Chapter(same[0].day, same[0].first, same[-1].last)
            segments = {
                line: entry
                for chapter in chapters
                if any(one.first <= chapter.first and chapter.last <= one.last for one in same)
                for line, entry in self.read(chapter).get((self.group, same[0].kind), {}).items()
            }
            sources = [(one.file, None) for one in same]
            self._compact(span, same[0].kind, sources, segments, merged=same)
        self._show(self.known.until, self.known.skipped)

    def forget(self, today: date) -> None:
        """Let go of the days that the member's rule lets go of."""
        with acting(self.member):
            rule = bridge.read_rule(self.firm)
            for one in forgettable(bridge.read_compacted_files(self.firm), rule, today):
                row = models.CompactedFile.objects.get(id=one.id)
                said = {"day": one.day, "days": rule.days}
                state = FileState.FORGOTTEN
                tell(row, facts.HISTORY_FORGOTTEN, at=self.at, payload=said, state=state)
        self._show(self.known.until, self.known.skipped)

    def _compact(
        self,
        span: Chapter,
        kind: str,
        sources: Sequence[tuple[str, int | None]],
        segments: Segments,
        *,
        merged: Sequence[Kept],
    ) -> bool:
        """Write one file and tell it; False where the rows are not those that were sealed."""
        file = f"{FOLDER}/{self.group}/{kind}-{span.first}-{span.last}.parquet"
        with acting(self.member):
            if models.CompactedFile.objects.filter(file=file).exists():
                return True
        try:
            digest, rows = compact(self.history, file, sources, segments)
        except (Unproven, OSError) as problem:
            log.error("%s stays as it was sealed: %s", file, problem)
            return False
        bounds = {
            "at_lo": min(entry.at_lo for entry in segments.values()),
            "at_hi": max(entry.at_hi for entry in segments.values()),
        }
        with acting(self.member):
            row = models.CompactedFile(
                day=span.day, size=(self.history / file).stat().st_size, **bounds
            )
            tell(
                row, facts.HISTORY_COMPACTED, at=self.at, payload={"day": span.day, **bounds},
                firm_id=self.firm, kind=kind, first=span.first, last=span.last, file=file,
                sha256=digest, rows=rows, state=FileState.KEPT,
            )  # fmt: skip
            for one in merged:
                old = models.CompactedFile.objects.get(id=one.id)
                into = {"into": file}
                tell(old, facts.HISTORY_MERGED, at=self.at, payload=into, state=FileState.MERGED)
        return True

    def _show(self, until: int, skipped: Sequence[Skipped]) -> None:
        """Point readers to what stands now."""
        with acting(self.member):
            files = [
                CompactedFile(**{name: getattr(one, name) for name in CompactedFile.__slots__})
                for one in bridge.read_compacted_files(self.firm)
                if one.state is FileState.KEPT
            ]
        self.known = Compacted(until, tuple(skipped), tuple(files))
        write_compacted(self.history, self.group, self.known)


def _reader(history: Path) -> Read:
    @lru_cache(maxsize=CHAPTERS)
    def read(chapter: Chapter) -> Mapping[tuple[str, str], Segments]:
        found: dict[tuple[str, str], dict[int, SegmentEntry]] = {}
        for line in read_chapter(history, chapter):
            for entry in line.segments:
                found.setdefault((entry.group, entry.kind), {})[line.number] = entry
        return found

    return read


def _is_elsewhere(kind: str, number: int, known: Compacted) -> bool:
    """Say whether a sealed file's rows stand in a compacted one."""
    skipped = any(kind == one and first <= number <= last for one, first, last in known.skipped)
    return number <= known.until and not skipped
