"""What other rooms, and our own doors, may ask of jobs, lots and alarms."""

from statistics import median
from uuid import UUID

from django.conf import settings

from dure.kernel.actor import Actor, Role
from dure.kernel.errors import NotFound
from dure.kernel.ids import FirmId
from dure.make import bridge, models
from dure.make.engine.grade import Claims
from dure.make.engine.shop import (
    Alarm,
    Job,
    JobSheet,
    Lot,
)
from dure.make.engine.topic import group_of
from dure.make.history import counters
from dure.members import public as members

JOBS_BEFORE = 5


def job(job_id: UUID) -> Job:
    """Give one job; raises NotFound."""
    row = models.Job.objects.filter(id=job_id).first()
    if row is None:
        raise NotFound("make.no_job")
    return bridge.read_job(row)


def jobs() -> tuple[Job, ...]:
    """Give the jobs that the actor may see, by number."""
    return tuple(bridge.read_job(row) for row in models.Job.objects.order_by("number"))


def job_sheet(job_order_id: UUID) -> JobSheet:
    """Give what the printed job order needs: the job, and the path that its QR code carries."""
    row = models.Job.objects.filter(job_order_id=job_order_id).first()
    if row is None:
        raise NotFound("make.no_job")
    return JobSheet(job=bridge.read_job(row), path=f"/job/{bridge.job_token(row.id)}/")


def foreman_with(token: str) -> Actor | None:
    """Give whom the QR code of a job stands for: the foreman of its firm; None for a stray one."""
    key = models.JobKey.objects.filter(sha256=bridge.token_hash(token)).first()
    return Actor(firm=FirmId(key.firm_id), role=Role.FOREMAN) if key else None


def lot(lot_id: UUID) -> Lot:
    """Give one lot; raises NotFound."""
    row = models.Lot.objects.select_related("job").filter(id=lot_id).first()
    if row is None:
        raise NotFound("make.no_lot")
    return bridge.read_lot(row)


def lots(*, open_only: bool = False) -> tuple[Lot, ...]:
    """Give the lots that the actor may see, newest first."""
    rows = models.Lot.objects.select_related("job").order_by("-number")
    if open_only:
        rows = rows.exclude(state="released")
    return tuple(bridge.read_lot(row) for row in rows)


def lots_of(order_id: UUID) -> tuple[Lot, ...]:
    """Give the lots of an order that the actor may see, by number."""
    rows = models.Lot.objects.select_related("job").filter(order_id=order_id)
    return tuple(bridge.read_lot(row) for row in rows.order_by("number"))


def claims_of(lot: Lot) -> Claims:
    """Give what is said about a lot by people, by its machine, and by the shipments."""
    job = bridge.read_job(models.Job.objects.get(id=lot.job))
    mine = _measured(job)
    return Claims(
        declared=lot.good + lot.scrapped,
        cycles=mine[0],
        energy_kwh=mine[1],
        usual_kwh=_usual_kwh(job) if mine[1] is not None else None,
        made=lot.good if lot.state == "released" else None,
        shipped=lot.shipped or None,
    )


def _measured(job: Job) -> tuple[int | None, float | None]:
    """Give the cycles and the energy that a job's machine told of while it ran."""
    if not job.device or job.started_at is None or job.finished_at is None:
        return None, None
    asked = counters.While(
        group_of(members.firm(job.firm).number),
        job.device,
        int(job.started_at.timestamp() * 1_000),
        int(job.finished_at.timestamp() * 1_000),
    )
    history = settings.HOME.history
    return counters.cycles(history, asked), counters.energy_kwh(history, asked)


def _usual_kwh(job: Job) -> float | None:
    """Give what a piece of this step took on this machine in its last jobs: the median."""
    rows = models.Job.objects.filter(firm_id=job.firm, device=job.device, step=job.step)
    before = rows.filter(state="finished", number__lt=job.number).order_by("-number")[:JOBS_BEFORE]
    each = []
    for row in before:
        _, energy = _measured(bridge.read_job(row))
        if energy is not None and row.good + row.scrap:
            each.append(energy / (row.good + row.scrap))
    return median(each) if each else None


def alarms(*, open_only: bool = False, device: str | None = None) -> tuple[Alarm, ...]:
    """Give the alarms that the actor may see, newest first."""
    rows = models.Alarm.objects.select_related("characteristic", "lot").order_by("-number")
    if open_only:
        rows = rows.filter(is_open=True)
    if device is not None:
        rows = rows.filter(characteristic__device=device)
    return tuple(bridge.read_alarm(row) for row in rows)
