"""Jobs: prepared when a job order is released; started, counted, finished by the foreman."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from dure.journal.public import next_number
from dure.journal.services import tell
from dure.kernel.errors import NotFound
from dure.kernel.fact import Fact, FactKind
from dure.kernel.time import Instant
from dure.make import bridge, models
from dure.make.engine import facts, work
from dure.make.engine.grade import Grade, with_grade
from dure.make.engine.work import JobState, LotState, Tally
from dure.members import public as members
from dure.stack.tenancy import current_actor


@transaction.atomic
def prepare_job(fact: Fact, at: Instant) -> models.Job:
    """Prepare a job, or change it; follows JobOrderReleased and JobOrderChanged."""
    released = {**fact.payload, **fact.sets}
    row = _job_row(fact.aggregate_id, released)
    adding = row._state.adding
    tell(
        row,
        facts.JOB_PREPARED,
        at=at,
        parties=[row.firm_id],
        payload={"order": row.order_id, "step": row.step, "device": row.device},
        number=next_number("job") if adding else row.number,
        firm_id=row.firm_id,
        job_order_id=fact.aggregate_id,
        planned=row.planned,
        state=row.state or JobState.WAITING,
    )
    if adding:
        token = bridge.job_token(row.id)
        models.JobKey.objects.create(job=row, firm_id=row.firm_id, sha256=bridge.token_hash(token))
    return row


@transaction.atomic
def withdraw_job(fact: Fact, at: Instant) -> None:
    """Let a job's QR code start nothing any more; follows JobOrderWithdrawn."""
    row = models.Job.objects.filter(job_order_id=fact.aggregate_id).first()
    if row is None:
        return
    before = bridge.read_tally(row)
    after = work.withdraw(before)
    if after != before:
        _tell(row, facts.JOB_WITHDRAWN, after, at, {"job_order": row.job_order_id})


@transaction.atomic
def start_job(token: str, *, at: Instant) -> models.Job:
    """Start the job of a QR code. Starting twice is starting once."""
    row = job_of(token)
    before = bridge.read_tally(row)
    after = work.start(before)
    if after != before:
        row.started_at = at
        _tell(row, facts.JOB_STARTED, after, at, {"job_order": row.job_order_id})
    return row


@transaction.atomic
def count_job(
    token: str, *, good: int, scrap: int, at: Instant, grade: Grade = Grade.HAND
) -> models.Job:
    """Add good pieces and scrap to the job of a QR code, and to its lot; grade: who counted."""
    row = job_of(token)
    after = work.count(bridge.read_tally(row), good=good, scrap=scrap)
    if good or scrap:
        _tell(row, facts.JOB_COUNTED, after, at, {"good": good, "scrap": scrap, "grade": grade})
        _count_lot(row, good, scrap, at, grade)
    return row


@transaction.atomic
def finish_job(
    token: str, *, at: Instant, good: int = 0, scrap: int = 0, grade: Grade = Grade.HAND
) -> models.Job:
    """Finish the job of a QR code, with what was still to be counted."""
    row = count_job(token, good=good, scrap=scrap, at=at, grade=grade)
    after = work.finish(bridge.read_tally(row))
    row.finished_at = at
    payload = {"order": row.order_id, "job_order": row.job_order_id, "step": row.step}
    _tell(row, facts.JOB_FINISHED, after, at, payload)
    return row


def open_lot(job: models.Job, at: Instant) -> models.Lot:
    """Open the lot of a job, with nothing counted yet, or give the one it has."""
    known = models.Lot.objects.filter(job=job).first()
    if known:
        return known
    row = models.Lot(job=job)
    tell(
        row,
        facts.LOT_OPENED,
        at=at,
        parties=[job.firm_id],
        payload={"job": job.id, "job_order": job.job_order_id},
        number=next_number("lot"),
        firm_id=job.firm_id,
        order_id=job.order_id,
        step=job.step,
        good=0,
        scrapped=0,
        counted_by="",
        state=LotState.OPEN,
    )
    return row


def job_of(token: str) -> models.Job:
    """Find the job of a QR code; raises NotFound for a token that is none."""
    key = models.JobKey.objects.filter(sha256=bridge.token_hash(token)).first()
    row = models.Job.objects.filter(id=key.job_id).first() if key else None
    if row is None:
        raise NotFound("make.no_job")
    return row


def last_begun(firm: UUID, equipment: UUID) -> models.Job | None:
    """Give the job that a machine began last: what was, or is, on it."""
    return (
        models.Job.objects.filter(firm_id=firm, equipment_id=equipment)
        .exclude(state__in=(JobState.WAITING, JobState.WITHDRAWN))
        .order_by("-started_at", "-number")
        .first()
    )


def _tell(
    row: models.Job, kind: FactKind, tally: Tally, at: Instant, payload: dict[str, Any]
) -> None:
    tell(
        row,
        kind,
        at=at,
        parties=[row.firm_id],
        payload=payload,
        state=tally.state,
        good=tally.good,
        scrap=tally.scrap,
    )


def _count_lot(job: models.Job, good: int, scrap: int, at: Instant, grade: Grade) -> None:
    lot = open_lot(job, at)
    tell(
        lot,
        facts.LOT_COUNTED,
        at=at,
        parties=[lot.firm_id],
        payload={"good": good, "scrap": scrap, "grade": grade},
        good=lot.good + good,
        scrapped=lot.scrapped + scrap,
        counted_by=with_grade(lot.counted_by, grade),
    )


def _job_row(job_order: UUID, released: dict[str, Any]) -> models.Job:
    """Read what the plan said into the job's row; an order that changed keeps its counts."""
    row = models.Job.objects.filter(job_order_id=job_order).first() or models.Job()
    row.firm_id = UUID(released["firm_id"]) if "firm_id" in released else row.firm_id
    row.order_id = UUID(released["order_id"])
    row.order_number = int(released.get("order_number", 0))
    row.step = released["step"]
    row.name = released.get("name", released["step"])
    row.name_en = released.get("name_en", "")
    row.unit = released["unit"]
    row.planned = int(released["quantity"])
    row.starts = datetime.fromisoformat(released["starts"])
    row.ends = datetime.fromisoformat(released["ends"])
    row.equipment_id = UUID(released["equipment_id"]) if released.get("equipment_id") else None
    machines = {each.id: each.code for each in members.equipment(row.firm_id)}
    row.device = machines.get(row.equipment_id, "") if row.equipment_id else ""
    return row


def acting_firm() -> UUID:
    """Give the firm that acts; raises NotFound where none does."""
    firm = current_actor().firm
    if firm is None:
        raise NotFound("kernel.not_yours")
    return firm
