"""What members answer to an offer: yes, no, another price, or nothing."""

from uuid import UUID

from django.db import transaction

from dure.journal.services import tell
from dure.kernel.coarse import coarse
from dure.kernel.errors import NotFound, Refused
from dure.kernel.money import Won
from dure.kernel.time import Instant
from dure.match import models
from dure.match.bridge import clusters as bridge
from dure.match.bridge import posing
from dure.match.engine.cluster import Assignment, OfferState, check_open
from dure.match.engine.facts import STEP_ACCEPTED, STEP_COUNTERED, STEP_DECLINED


@transaction.atomic
def accept_step(assignment_id: UUID, *, at: Instant) -> Assignment:
    """
    Take on a step.

    Raises NotFound for another's offer; Refused where it was answered, is past its deadline,
    or where the member's free minutes went to another step in the meantime.
    """
    row = _open_offer(assignment_id, at)
    workload = locked_workload(row)
    left = posing.minutes_left(row, at)
    if row.minutes > left:
        raise Refused("match.capacity_taken", needed=row.minutes, left=max(0, left))
    accept(row, workload, at)
    return bridge.read_assignment(row)


@transaction.atomic
def decline_step(assignment_id: UUID, *, at: Instant) -> Assignment:
    """Decline a step, without giving a reason and without penalty; it is offered to the next."""
    row = _open_offer(assignment_id, at)
    decline(row, at, silent=False)
    return bridge.read_assignment(row)


@transaction.atomic
def counter_step(assignment_id: UUID, *, price: Won, note: str, at: Instant) -> Assignment:
    """
    Answer an offer with another price. Taken where nobody else would do it for less.

    Raises Refused for a price that is none, or where the buyer has a price already.
    """
    if price <= 0:
        raise Refused("match.impossible_price")
    row = _open_offer(assignment_id, at)
    if row.is_beside:
        raise Refused("match.price_stands")
    row.weighed_won = coarse(price)
    told = {"cluster": row.cluster_id, "note": note, "price": price, "step": row.step}
    tell(
        row,
        STEP_COUNTERED,
        at=at,
        parties=[row.firm_id],
        payload=told,
        state=OfferState.COUNTERED,
        price_won=price,
    )
    return bridge.read_assignment(row)


def expire_offers(at: Instant) -> int:
    """Take offers past their deadline as declined, without penalty; gives how many there were."""
    late = models.Assignment.objects.filter(state=OfferState.OFFERED, deadline__lt=at)
    rows = list(late.select_for_update(skip_locked=True).order_by("deadline", "id"))
    for row in rows:
        decline(row, at, silent=True)
    return len(rows)


def accept(row: models.Assignment, workload: models.Workload, at: Instant) -> None:
    """Let an offer be taken, and count it among its maker's work. The workload is locked."""
    workload.accepted_won += row.weighed_won
    workload.save(update_fields=["accepted_won"])
    told = {"cluster": row.cluster_id, "step": row.step}
    state = OfferState.ACCEPTED
    tell(row, STEP_ACCEPTED, at=at, parties=[row.firm_id], payload=told, state=state)


def decline(row: models.Assignment, at: Instant, *, silent: bool) -> None:
    """Let an offer be declined; silent: by no answer, which is no penalty either."""
    told = {"cluster": row.cluster_id, "silent": silent, "step": row.step}
    state = OfferState.EXPIRED if silent else OfferState.DECLINED
    tell(row, STEP_DECLINED, at=at, parties=[row.firm_id], payload=told, state=state)


def locked_workload(row: models.Assignment) -> models.Workload:
    """Lock the count of a maker's work in a process, made where there is none yet."""
    mine = {"firm_id": row.firm_id, "process": row.process}
    models.Workload.objects.bulk_create([models.Workload(**mine)], ignore_conflicts=True)
    return models.Workload.objects.select_for_update().get(**mine)


def _open_offer(assignment_id: UUID, at: Instant) -> models.Assignment:
    row = models.Assignment.objects.select_for_update().filter(id=assignment_id).first()
    if row is None:
        raise NotFound("match.no_offer")
    check_open(OfferState(row.state), deadline=row.deadline, at=at)
    return row
