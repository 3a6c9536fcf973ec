"""Free requests: make one, complete it, turn it into a request for a product, or say why not."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from dure.journal.public import next_number
from dure.journal.services import tell
from dure.kernel.errors import NotFound, Refused
from dure.kernel.fact import FactKind
from dure.kernel.ids import FirmId
from dure.kernel.time import Instant, seoul_date
from dure.sense import models
from dure.sense.bridge import enquiries as bridge
from dure.sense.engine import facts
from dure.sense.engine.enquiry import Brief, EnquiryState, check_brief, completeness
from dure.sense.engine.request import Request, Terms
from dure.sense.services.asking import submit_request


@transaction.atomic
def make_enquiry(brief: Brief, *, buyer: FirmId, at: Instant) -> UUID:
    """Ask for what stands in no catalogue; raises Refused for what cannot be. Gives its id."""
    check_brief(brief, today=seoul_date(at))
    row = models.Enquiry(made_at=at)
    _tell_brief(
        row,
        brief,
        facts.ENQUIRY_MADE,
        at,
        buyer_id=buyer,
        number=next_number("enquiry"),
        state=EnquiryState.OPEN,
    )
    return row.id


@transaction.atomic
def complete_enquiry(enquiry_id: UUID, brief: Brief, *, at: Instant) -> None:
    """Say what was missing; raises NotFound for another's, Refused once it is decided."""
    check_brief(brief, today=seoul_date(at))
    _tell_brief(_open_enquiry(enquiry_id), brief, facts.ENQUIRY_COMPLETED, at)


@transaction.atomic
def withdraw_enquiry(enquiry_id: UUID, *, at: Instant) -> None:
    """Take a free request back; what was attached is seen by nobody new."""
    row = _open_enquiry(enquiry_id)
    tell(row, facts.ENQUIRY_WITHDRAWN, at=at, state=EnquiryState.WITHDRAWN)


@transaction.atomic
def decline_enquiry(enquiry_id: UUID, *, why: str, at: Instant) -> None:
    """Say that the co-op cannot make it, and why; raises Refused without a reason to tell."""
    row = _open_enquiry(enquiry_id)
    if not why.strip():
        raise Refused("sense.say_why")
    row.why = why.strip()
    told = {"why": row.why}
    state = EnquiryState.DECLINED
    tell(row, facts.ENQUIRY_DECLINED, at=at, parties=[row.buyer_id], payload=told, state=state)


@transaction.atomic
def turn_enquiry(
    enquiry_id: UUID, product: str, *, choices: Sequence[str] = (), at: Instant
) -> Request:
    """
    Turn a free request into a request for a product, in its buyer's name.

    Drawings stay with it; makers see them once they have accepted. Raises Refused where quantity
    or date is not said yet, for what submit_request refuses, and once it is decided.
    """
    row = _open_enquiry(enquiry_id)
    brief = bridge.read_brief(row.brief)
    if brief.quantity is None or brief.due is None:
        raise Refused("sense.brief_lacks_terms", number=row.number)
    terms = Terms(quantity=brief.quantity, due=brief.due, destination=brief.destination)
    asked = submit_request(
        product, terms, buyer=row.buyer_id, at=at, choices=choices, enquiry=row.id
    )
    told = {"product": product, "request": asked.id}
    state = EnquiryState.TURNED
    tell(row, facts.ENQUIRY_TURNED, at=at, parties=[row.buyer_id], payload=told, state=state)
    return asked


def _tell_brief(
    row: models.Enquiry, brief: Brief, kind: FactKind, at: Instant, **sets: Any
) -> None:
    row.brief = bridge.brief_body(brief)
    attached = 0 if row._state.adding else row.drawings.filter(is_removed=False).count()
    told = {"brief": row.brief, "completeness": completeness(brief, drawings=attached)}
    tell(row, kind, at=at, payload=told, **sets)


def _open_enquiry(enquiry_id: UUID) -> models.Enquiry:
    row = models.Enquiry.objects.select_for_update().filter(id=enquiry_id).first()
    if row is None:
        raise NotFound("sense.no_enquiry")
    if row.state != EnquiryState.OPEN:
        raise Refused("sense.enquiry_decided", number=row.number)
    return row
