"""A private address under which a member's job orders are a calendar, until it is revoked."""

from hashlib import sha256
from secrets import token_urlsafe
from uuid import UUID

from django.db import transaction

from dure.journal.services import tell
from dure.kernel.actor import Actor, Role
from dure.kernel.errors import NotFound
from dure.kernel.ids import FirmId
from dure.kernel.time import Instant
from dure.plan import models
from dure.plan.engine import facts


@transaction.atomic
def open_feed(firm: UUID, at: Instant) -> str:
    """Give a new token for a firm's calendar, shown only now; older ones stop working."""
    close_feeds(firm, at)
    token = token_urlsafe(24)
    row = models.CalendarFeed(firm_id=firm, sha256=_hash(token), made_at=at)
    tell(row, facts.CALENDAR_OPENED, at=at, parties=[firm])
    return token


@transaction.atomic
def close_feeds(firm: UUID, at: Instant) -> int:
    """Revoke a firm's calendar addresses; gives how many there were."""
    rows = list(models.CalendarFeed.objects.filter(firm_id=firm, revoked_at=None))
    for row in rows:
        tell(row, facts.CALENDAR_CLOSED, at=at, parties=[firm], revoked_at=at)
    return len(rows)


def has_feed(firm: UUID) -> bool:
    """Say whether a firm's calendar has an address that works."""
    return models.CalendarFeed.objects.filter(firm_id=firm, revoked_at=None).exists()


def reader_of(token: str) -> Actor:
    """Give as whom the holder of a token reads; raises NotFound for a stray or revoked one."""
    row = models.CalendarFeed.objects.filter(sha256=_hash(token), revoked_at=None).first()
    if row is None:
        raise NotFound("plan.no_calendar_feed")
    return Actor(firm=FirmId(row.firm_id), role=Role.BOOKKEEPER)


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
