"""
A member that keeps to itself: it publishes free windows and a price per capability.

From then on the planner reads nothing else of it: no machine, no calendar, no rate card,
no set-ups but those it published. One window holds one piece of work at a time.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from dure.journal.services import tell
from dure.kernel.errors import Malformed, NotFound
from dure.kernel.time import Instant
from dure.members import public as members
from dure.plan import models
from dure.plan.engine import facts
from dure.plan.engine.opening import Window, joined

MOST = 400


@transaction.atomic
def publish_free_time(
    firm: UUID,
    capability: UUID,
    windows: Sequence[Window],
    *,
    setup_minutes: int,
    minutes_per_100: int,
    setup_won: int,
    unit_won: int,
    at: Instant,
) -> models.FreeTime:
    """
    Publish when a capability is free for the cooperative and what it costs there.

    Takes the place of what was published before. Raises NotFound where it is no capability
    of the firm, Malformed for windows that end before they begin.
    """
    known = members.capability(capability)
    if known.firm != firm:
        raise NotFound("members.no_capability")
    if len(windows) > MOST or minutes_per_100 < 1 or any(o >= c for o, c in windows):
        raise Malformed("plan.bad_free_time", most=MOST)
    row = models.FreeTime.objects.filter(capability_id=capability).first()
    row = row or models.FreeTime(firm_id=firm, capability_id=capability)
    row.site_id, row.process = known.site, known.process
    return _tell(
        row,
        at,
        is_open=True,
        windows=[[opens.isoformat(), closes.isoformat()] for opens, closes in joined(windows)],
        setup_minutes=setup_minutes,
        minutes_per_100=minutes_per_100,
        setup_won=setup_won,
        unit_won=unit_won,
    )


@transaction.atomic
def withdraw_free_time(firm: UUID, capability: UUID, at: Instant) -> models.FreeTime:
    """Let the planner read the firm's machines and calendar again."""
    row = models.FreeTime.objects.filter(capability_id=capability, firm_id=firm).first()
    if row is None or not row.is_open:
        raise NotFound("plan.no_free_time")
    told = {"capability": row.capability_id, "process": row.process}
    kind = facts.FREE_TIME_WITHDRAWN
    tell(row, kind, at=at, parties=[firm], payload=told, is_open=False)
    return row


def _tell(row: models.FreeTime, at: Instant, **sets: Any) -> models.FreeTime:
    told = {"capability": row.capability_id, "process": row.process}
    tell(row, facts.FREE_TIME_PUBLISHED, at=at, parties=[row.firm_id], payload=told, **sets)
    return row
