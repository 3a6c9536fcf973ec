"""What people decide by hand: a job order stays where it is, or goes where they put it."""

from uuid import UUID

from django.db import transaction

from dure.journal.services import tell
from dure.kernel.errors import NotFound, Refused
from dure.kernel.reason import Reason
from dure.kernel.time import Instant
from dure.members import public as members
from dure.plan import models
from dure.plan.bridge import book
from dure.plan.engine import facts
from dure.plan.engine.opening import after_working, next_opening
from dure.plan.engine.posed import MINUTE, Placed
from dure.plan.services import changing, standing
from dure.plan.services.replanning import Wish
from dure.stack.tenancy import current_actor

JobOrder = models.JobOrder


@transaction.atomic
def pin(job_order_id: UUID, *, is_pinned: bool, at: Instant) -> models.JobOrder:
    """Let a job order stay where it is, or let it go again. Raises Refused once it has begun."""
    row = _released(job_order_id)
    if row.pinned != is_pinned:
        tell(row, facts.JOB_ORDER_PINNED, at=at, parties=[row.firm_id], pinned=is_pinned)
    return row


@transaction.atomic
def move(job_order_id: UUID, *, machine: UUID, starts: Instant, at: Instant) -> models.Plan | None:
    """
    Put a job order on a machine at an instant: a draft in which all else gives way to it.

    Gives None where it stands there already. Raises Refused, with the rule that is in the
    way, where it cannot stand there: the machine is closed or cannot do it, the step before
    is not done by then, a step behind it cannot wait, the place is taken by work that stays.
    """
    row = _released(job_order_id)
    if starts < at:
        raise Refused("plan.cannot_past", step=row.name)
    known = standing.standing_order(row.order_id, at)
    there = Placed(
        order=known.request,
        step=row.step,
        machine=machine,
        starts=starts,
        ends=_end(known, row, machine, starts, at),
    )
    if there == standing.place_of(row, known.request):
        return None
    cause = Reason("plan.because_by_hand", {"step": row.name, "at": starts.isoformat()})
    return changing.draft_change(Wish(cause=(cause,), firm=row.firm_id, by_hand=there), at)


def _released(job_order_id: UUID) -> models.JobOrder:
    row = JobOrder.objects.filter(id=job_order_id).first()
    if row is None:
        raise NotFound("plan.no_job_order")
    if row.state != row.State.RELEASED:
        raise Refused("plan.begun_already", number=row.number)
    members.check_not_recused(current_actor(), [row.firm_id])
    return row


def _end(
    known: standing.Standing, row: models.JobOrder, machine: UUID, starts: Instant, at: Instant
) -> Instant:
    """Say when a step that starts there is done, pauses between shifts included."""
    work = next(work for work in known.works if work.step == row.step)
    if machine not in work.machines:
        raise Refused("plan.cannot_machine", step=row.name)
    apart = standing.apart([known], is_change=False)
    posed = book.read_posed_orders([known.task(at)], apart=apart, at=at)
    calendar = posed.problem.machines[posed.machines.index(machine)].calendar
    assert calendar is not None, "a posed machine has its calendar"
    windows = posed.problem.calendars[calendar].windows
    end = after_working(windows, posed.minute(starts), work.minutes)
    if end is None:
        opens = next_opening(windows, posed.minute(starts), work.minutes)
        if opens is None:
            raise Refused("plan.cannot_calendar", step=row.name)
        raise Refused("plan.cannot_closed", step=row.name, opens=posed.instant(opens).isoformat())
    return starts + (end - posed.minute(starts)) * MINUTE
