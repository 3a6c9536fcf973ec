"""
Chapters of the manifest: what one must know to go on without the lines before.

A chapter is closed after some ten minutes' work or at the end of a day. The next one's first line
carries, as canonical JSON, the chapter that was closed and the fold of everything until then:

    {"chapter":{"file":"chapters/20261122-1-1200.zst","sha256":"ab…","first":1,"last":1200},
     "ends":[{"source":"machines","epoch":"…","lo":4001,"hi":9000}],"births":{…},
     "heard":[["F001/line-1",17,1795396000123]],"troubles":[{"group":"F001",…}]}
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self

from dure.kernel.errors import Unproven
from dure.make.engine.health import Tally, read_troubles
from dure.make.engine.manifest import Line, Range, carried_ends

MOST_LINES = 1_200  # two a second: whoever asks for the last hour opens few files
ENTRIES = "inbox/"
MOST_ENTRIES = 50_000  # files by HTTP that are still known when they come again


@dataclass(frozen=True, slots=True, order=True)
class Chapter:
    """A closed chapter: the day in Seoul on which it was written, its first and last line."""

    day: date
    first: int
    last: int

    @property
    def file(self) -> str:
        """Give its file's name."""
        return f"chapters/{self.day:%Y%m%d}-{self.first}-{self.last}.zst"

    @classmethod
    def named(cls, name: str) -> Self:
        """Read a chapter off its file's name."""
        day, first, last = name.removesuffix(".zst").split("-")
        return cls(date.fromisoformat(day), int(first), int(last))


@dataclass(slots=True)
class Standing:
    """The fold of a manifest's lines: what its writer knows after the last one."""

    ends: dict[str, Range] = field(default_factory=dict)
    births: Mapping[str, str] | None = None
    heard: dict[str, tuple[int, int]] = field(default_factory=dict)
    troubles: Tally = field(default_factory=Tally)

    def take(self, line: Line) -> None:
        """Take the next line in."""
        self.ends.update(carried_ends(line))
        if line.carried:
            self.births = line.carried["births"]
            self.heard.update({node: (seq, ms) for node, seq, ms in line.carried["heard"]})
            self._add(line.carried["troubles"])
        self.ends.update(sorted(line.sources.items()))
        self.births = line.births or self.births
        self.heard.update(line.heard)
        self._add(line.troubles)

    def _add(self, troubles: Iterable[Mapping[str, Any]]) -> None:
        for trouble in read_troubles(troubles):
            self.troubles.add(trouble)


def standing_after(lines: Iterable[Line]) -> Standing:
    """Fold the lines of one chapter; its first line carries what was before."""
    standing = Standing()
    for line in lines:
        standing.take(line)
    return standing


def opening(
    lines: list[Line], chapter: Chapter, sha256: str, still_waits: Callable[[str], bool]
) -> Line:
    """
    Make the first line of the next chapter.

    still_waits says of an entry that was written by hand whether its file is still in the
    inbox: one that has left it cannot come again, and need not be known any more.
    """
    standing = standing_after(lines)
    known = [
        (name, span)
        for name, span in standing.ends.items()
        if not _by_hand(name) or still_waits(name)
    ]
    entries = [name for name, _ in known if name.startswith(ENTRIES)]
    forgotten = set(entries[:-MOST_ENTRIES])
    return Line(
        number=lines[-1].number + 1,
        prev=lines[-1].digest(),
        sources={},
        carried={
            "chapter": {
                "file": chapter.file, "sha256": sha256,
                "first": chapter.first, "last": chapter.last,
            },
            "ends": [
                {"source": name, "epoch": span.epoch, "lo": span.lo, "hi": span.hi}
                for name, span in known
                if name not in forgotten
            ],
            "births": standing.births,
            "heard": [[node, seq, ms] for node, (seq, ms) in sorted(standing.heard.items())],
            "troubles": [trouble.as_json() for trouble in standing.troubles.take()],
        },
    )  # fmt: skip


def check_opening(lines: list[Line], line: Line) -> None:
    """Raise Unproven unless a chapter's first line carries what the one before came to."""
    assert line.carried, "a chapter's first line carries what was before"
    chapter = Chapter.named(str(line.carried["chapter"]["file"]).removeprefix("chapters/"))
    told = carried_ends(line)
    expected = opening(lines, chapter, line.carried["chapter"]["sha256"], told.__contains__)
    if expected.body() != line.body():
        raise Unproven("make.manifest_changed", line=line.number)


def _by_hand(source: str) -> bool:
    return source.startswith(ENTRIES) and source.rpartition("/")[2].startswith("hand-")
