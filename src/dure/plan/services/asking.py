"""Asking members: each is shown its own part of a change, and says yes or no to it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from dure.journal.public import next_number
from dure.journal.services import tell
from dure.kernel.errors import NotFound, Refused
from dure.kernel.time import Instant
from dure.plan import models
from dure.plan.engine import facts
from dure.plan.services import publishing, standing

Proposal = models.Proposal


def ask_members(draft: models.Plan, at: Instant) -> None:
    """Ask each member whose job order a change would move; where none has to be asked, publish."""
    tell(draft, facts.PLAN_APPROVED, at=at, state=models.Plan.State.APPROVED)
    asked = [_ask(draft, move, at) for move in draft.moves if move["job_order"]]
    if all(row.state == row.State.AGREED for row in asked):
        publishing.publish(draft, at)


def answer_proposal(proposal_id: UUID, *, agree: bool, firm: UUID, at: Instant) -> models.Proposal:
    """Agree to a change or refuse it. Refused, the job order is pinned where it stands."""
    with transaction.atomic():
        row = Proposal.objects.filter(id=proposal_id, firm_id=firm).first()
        if row is None:
            raise NotFound("plan.no_proposal")
        if row.state != row.State.OPEN:
            raise Refused("plan.answered_already", number=row.number, state=row.state)
        agree = agree and at <= row.answer_by  # silence was a refusal, without penalty
        _answer(row, agree=agree, at=at)
        return row


def expire_proposals(at: Instant) -> int:
    """Take proposals that nobody answered in time as refused, without penalty; gives how many."""
    late = Proposal.objects.filter(state=Proposal.State.OPEN, answer_by__lt=at)
    rows = list(late.select_for_update(skip_locked=True).order_by("number"))
    for row in rows:
        _answer(row, agree=False, at=at)
    return len(rows)


def _answer(row: models.Proposal, *, agree: bool, at: Instant) -> None:
    kind = facts.PROPOSAL_AGREED if agree else facts.PROPOSAL_REFUSED
    told = {"job_order": row.job_order_id, "order": row.order_id}
    state = row.State.AGREED if agree else row.State.REFUSED
    tell(row, kind, at=at, parties=[row.firm_id], payload=told, state=state)


def _ask(draft: models.Plan, move: Mapping[str, Any], at: Instant) -> models.Proposal:
    """Propose a change to a job order's firm, unless it agreed to exactly that before."""
    row = models.JobOrder.objects.get(id=move["job_order"])
    said = Proposal.objects.filter(job_order_id=row.id, state=Proposal.State.AGREED)
    known = said.filter(old=move["old"], new=move["new"]).first()
    if known:
        return known
    proposal = Proposal(
        order_id=row.order_id,
        order_number=row.order_number,
        plan_id=draft.id,
        job_order_id=row.id,
        name=row.name,
        name_en=row.name_en,
        old=move["old"],
        new=move["new"],
        reasons=move["said"],
        proposed_at=at,
        answer_by=at + timedelta(hours=standing.rules().answer_hours),
    )
    tell(
        proposal,
        facts.PLAN_CHANGE_PROPOSED,
        at=at,
        parties=[row.firm_id],
        payload={
            "job_order": row.id,
            "new": move["new"],
            "old": move["old"],
            "order": row.order_id,
            "order_number": row.order_number,
            "plan": draft.id,
            "reasons": proposal.reasons,
        },
        number=next_number("proposal"),
        firm_id=row.firm_id,
        state=Proposal.State.OPEN,
    )
    return proposal
