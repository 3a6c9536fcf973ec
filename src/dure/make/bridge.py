"""Between rows of the shop floor and their values."""

import hmac
from base64 import b32encode, urlsafe_b64encode
from hashlib import sha256
from uuid import UUID

from django.conf import settings

from dure.kernel.ids import FirmId
from dure.make import models
from dure.make.engine.grade import grades_in
from dure.make.engine.health import Gap
from dure.make.engine.keeping import FOR_EVER, FileState, Kept, Rule
from dure.make.engine.shop import Alarm, Characteristic, Job, Lot
from dure.make.engine.work import Holding, JobState, LotState, Tally

TOKEN_BYTES = 18
CODE_LETTERS = 12  # of five bits


def job_token(job_id: UUID) -> str:
    """Derive the token that a job's QR code carries: 144 bits, nothing to store but its hash."""
    key = settings.HOME.secret("job_key").encode()
    return urlsafe_b64encode(hmac.digest(key, job_id.bytes, "sha256")[:TOKEN_BYTES]).decode()


def gateway_code(group: str, hour: int) -> str:
    """Derive the code by which a group's gateway joins in an hour (since 1970): F002-K7QM-…."""
    key = settings.HOME.secret("gateway_code_key").encode()
    code = b32encode(hmac.digest(key, f"{group} {hour}".encode(), "sha256")).decode()
    return "-".join((group, *(code[at : at + 4] for at in range(0, CODE_LETTERS, 4))))


def token_hash(token: str) -> bytes:
    """Give what is kept of a token."""
    return sha256(token.encode()).digest()


def read_job(row: models.Job) -> Job:
    """Give the value of a job."""
    return Job(
        id=row.id,
        number=row.number,
        firm=FirmId(row.firm_id),
        job_order=row.job_order_id,
        order=row.order_id,
        order_number=row.order_number,
        step=row.step,
        name=row.name,
        name_en=row.name_en,
        unit=row.unit,
        equipment=row.equipment_id,
        device=row.device,
        planned=row.planned,
        starts=row.starts,
        ends=row.ends,
        state=JobState(row.state),
        good=row.good,
        scrap=row.scrap,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def read_tally(row: models.Job) -> Tally:
    """Give what a job's rules look at."""
    return Tally(state=JobState(row.state), planned=row.planned, good=row.good, scrap=row.scrap)


def read_lot(row: models.Lot) -> Lot:
    """Give the value of a lot; its job is read along."""
    job = row.job
    return Lot(
        id=row.id,
        number=row.number,
        job=job.id,
        job_order=job.job_order_id,
        firm=FirmId(row.firm_id),
        order=row.order_id,
        step=row.step,
        name=job.name,
        name_en=job.name_en,
        unit=job.unit,
        device=job.device,
        good=row.good,
        scrapped=row.scrapped,
        state=LotState(row.state),
        inspected=row.inspected,
        failed=row.failed,
        must_inspect=row.must_inspect,
        counted_by=grades_in(row.counted_by),
        shipped=row.shipped,
    )


def read_holding(row: models.Lot) -> Holding:
    """Give what a lot's rules look at."""
    return Holding(
        state=LotState(row.state),
        good=row.good,
        scrapped=row.scrapped,
        inspected=row.inspected,
        failed=row.failed,
        must_inspect=row.must_inspect,
        job_finished=row.job.state == JobState.FINISHED,
    )


def read_characteristic(row: models.Characteristic) -> Characteristic:
    """Give the value of a characteristic."""
    return Characteristic(
        id=row.id,
        device=row.device,
        metric=row.metric,
        name=row.name or row.metric,
        name_en=row.name_en,
        unit=row.unit,
        subgroup=row.subgroup,
        baseline=row.baseline,
        center=row.center,
        sigma=row.sigma,
    )


def read_alarm(row: models.Alarm) -> Alarm:
    """Give the value of an alarm."""
    return Alarm(
        id=row.id,
        number=row.number,
        device=row.characteristic.device,
        metric=row.characteristic.metric,
        rule=row.rule,
        value=row.value,
        reading_at=row.reading_at,
        raised_at=row.raised_at,
        is_open=row.is_open,
        lot_number=row.lot.number if row.lot else None,
    )


def read_gap(row: models.Gap) -> Gap:
    """Give the value of a gap."""
    return Gap(**{name: getattr(row, name) for name in Gap.__slots__})


def read_compacted_files(firm: UUID) -> list[Kept]:
    """Give a firm's compacted files, the oldest first."""
    rows = models.CompactedFile.objects.filter(firm_id=firm).order_by("first", "kind", "last")
    return [_kept(row) for row in rows]


def read_rule(firm: UUID) -> Rule:
    """Give how long a firm keeps its readings."""
    row = models.Retention.objects.filter(firm_id=firm).first()
    return Rule(days=row.days, set_at=row.set_at) if row else FOR_EVER


def _kept(row: models.CompactedFile) -> Kept:
    same = {name: getattr(row, name) for name in Kept.__slots__ if name != "state"}
    return Kept(**same, state=FileState(row.state))
