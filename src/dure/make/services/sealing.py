"""Sealed segments told to the journal, and members' machines let in."""

from collections.abc import Iterator, Mapping
from uuid import UUID

from django.conf import settings
from django.db import transaction

from dure.journal.public import now
from dure.journal.services import tell
from dure.kernel.actor import THE_COOPERATIVE, Actor, Role
from dure.kernel.fact import Fact
from dure.kernel.ids import FirmId
from dure.kernel.time import Instant
from dure.make import models
from dure.make.engine import facts
from dure.make.engine.health import Gap
from dure.make.engine.manifest import Line, SegmentEntry
from dure.make.history.manifest import Manifest
from dure.make.public import group_of
from dure.members import public as members
from dure.members.public import Kind
from dure.stack.nats import admit
from dure.stack.tenancy import acting


def open_gateway(fact: Fact, at: Instant) -> None:
    """
    Give a new member its account at the broker, twice as good as once; follows FirmJoined.

    Ingest lets its machines in, once it holds what they will say.
    """
    firm = members.firm(fact.aggregate_id)
    if firm.kind is Kind.MEMBER:
        admit(settings.HOME, group_of(firm.number), waits=True)


def tell_sealed(manifest: Manifest) -> int:
    """
    Tell the journal of each line that was committed and not told yet; gives how many facts.

    A segment is a fact, and so is a gap. Each is signed for the member whose data it
    concerns. Called again after any stop.
    """
    with acting(THE_COOPERATIVE):
        told, _ = models.Told.objects.get_or_create()
        firms = {group_of(firm.number): firm.id for firm in members.firms()}
        at = now()
    return sum(_tell_line(line, firms, at) for line in manifest.since(told.line))


def _tell_line(line: Line, firms: Mapping[str, FirmId], at: Instant) -> int:
    """Tell one line's facts and that it is told, all or none."""
    segments = [entry for entry in line.segments if entry.group in firms]
    gaps = [*_sequence_gaps(line, firms), *_stream_gaps(line, firms)]
    with transaction.atomic():
        for entry in segments:
            with acting(_member(firms[entry.group])):
                _tell_segment(line, entry, firms[entry.group], at)
        for firm, gap in gaps:
            with acting(_member(firm)):
                _tell_gap(line, gap, firm, at)
        with acting(THE_COOPERATIVE):
            models.Told.objects.update(line=line.number)
    return len(segments) + len(gaps)


def _member(firm: FirmId) -> Actor:
    return Actor(firm=firm, role=Role.SYSTEM)


def _sequence_gaps(line: Line, firms: Mapping[str, FirmId]) -> Iterator[tuple[FirmId, Gap]]:
    for row in line.gaps:
        if row["group"] in firms:
            named = {name: row[name] for name in ("edge", "expected", "got", "lo_ms", "hi_ms")}
            yield firms[row["group"]], Gap(kind=row.get("kind", "sequence"), **named)


def _stream_gaps(line: Line, firms: Mapping[str, FirmId]) -> Iterator[tuple[FirmId, Gap]]:
    """
    What a member's stream lost, and what its gateway's batches never brought.

    A source is machines/F001 or gateway/F001/site: its member alone is told.
    """
    for row in line.missing:
        kind, group, edge = [*row["source"].split("/", 2), ""][:3]
        if group in firms:
            yield firms[group], Gap(
                edge=edge, kind="batch" if kind == "gateway" else "stream",
                expected=row["lo"], got=row["hi"], lo_ms=row["lo_ms"], hi_ms=row["hi_ms"],
            )  # fmt: skip


def _tell_segment(line: Line, entry: SegmentEntry, firm: UUID, at: Instant) -> None:
    row = models.Segment(line=line.number)
    tell(
        row,
        facts.SEGMENT_SEALED,
        at=at,
        payload={
            "line": line.number,
            "line_hash": line.digest(),
            "content": entry.kind,
            "at_lo": entry.at_lo,
            "at_hi": entry.at_hi,
        },
        firm_id=firm,
        file=entry.file,
        sha256=entry.sha256,
        rows=entry.rows,
    )


def _tell_gap(line: Line, gap: Gap, firm: UUID, at: Instant) -> None:
    named = {name: getattr(gap, name) for name in gap.__slots__}
    row = models.Gap(line=line.number)
    tell(row, facts.GAP_FOUND, at=at, payload={"line": line.number}, firm_id=firm, **named)
