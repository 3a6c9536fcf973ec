"""Sealed segments told to the journal, and members' machines let in."""

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from dure.journal.public import now
from dure.journal.services import tell
from dure.kernel.actor import Actor, Role
from dure.kernel.fact import Fact
from dure.kernel.ids import FirmId
from dure.kernel.time import Instant
from dure.make import models
from dure.make.engine import facts
from dure.make.engine.manifest import Line, SegmentEntry
from dure.make.public import group_of
from dure.members import public as members
from dure.members.public import Kind
from dure.stack.nats import admit
from dure.stack.tenancy import acting


def open_gateway(fact: Fact, at: Instant) -> None:
    """Let a new member's machines in at the broker, twice as good as once; follows FirmJoined."""
    firm = members.firm(fact.aggregate_id)
    if firm.kind is Kind.MEMBER:
        admit(settings.HOME, group_of(firm.number))


def tell_sealed(lines: Sequence[Line]) -> int:
    """
    Tell the journal of each segment that was committed and not told yet; gives how many.

    Each is signed for the member whose data it holds. Called again after any stop.
    """
    with acting(Actor(firm=None, role=Role.SYSTEM)):
        told = models.Segment.objects.aggregate(last=Max("line"))["last"] or 0
        if not any(line.segments for line in lines[told:]):
            return 0
        firms = {group_of(firm.number): firm.id for firm in members.firms()}
        at = now()
    return sum(_tell_line(line, firms, at) for line in lines[told:] if line.segments)


@transaction.atomic
def _tell_line(line: Line, firms: dict[str, FirmId], at: Instant) -> int:
    known = [entry for entry in line.segments if entry.group in firms]
    for entry in known:
        with acting(Actor(firm=firms[entry.group], role=Role.SYSTEM)):
            _tell_segment(line, entry, firms[entry.group], at)
    return len(known)


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
