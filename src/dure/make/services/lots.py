"""Lots: held when a machine drifts, inspected by people, released when all is clear."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from dure.journal.services import tell
from dure.kernel.errors import NotFound
from dure.kernel.fact import Fact, FactKind
from dure.kernel.time import Instant
from dure.make import bridge, models
from dure.make.engine import facts, work
from dure.make.engine.work import LotState
from dure.make.services.jobs import last_begun, open_lot


@transaction.atomic
def hold_lot(fact: Fact, at: Instant) -> None:
    """
    Hold the lot that was on the machine when it broke a rule; follows AlarmRaised.

    Where no job ran there, or the lot is released already, the alarm stands alone.
    """
    alarm = models.Alarm.objects.select_related("characteristic").get(id=fact.aggregate_id)
    job = last_begun(alarm.firm_id, alarm.characteristic.equipment_id)
    if job is None:
        return
    lot = open_lot(job, at)
    if lot.state == LotState.RELEASED:
        return
    models.Alarm.objects.filter(id=alarm.id).update(lot=lot)
    held = work.hold(bridge.read_holding(lot))
    _tell(lot, facts.LOT_HELD, held, at, {"alarm": alarm.number})


@transaction.atomic
def inspect_lot(lot_id: UUID, *, inspected: int, failed: int, at: Instant) -> models.Lot:
    """Note what an inspection found; failed pieces become scrap, the lot's alarms are answered."""
    lot = _lot(lot_id)
    after = work.inspect(bridge.read_holding(lot), inspected=inspected, failed=failed)
    extra = {"inspected": inspected, "failed": failed, "clear": not after.must_inspect}
    _tell(lot, facts.LOT_INSPECTED, after, at, extra)
    if not after.must_inspect:
        for alarm in models.Alarm.objects.filter(lot=lot, is_open=True):
            close_alarm(alarm.id, note="inspected", at=at)
    return lot


@transaction.atomic
def release_lot(lot_id: UUID, *, at: Instant) -> models.Lot:
    """Release a lot with its good pieces; from now on it may leave the house."""
    lot = _lot(lot_id)
    after = work.release(bridge.read_holding(lot))
    _tell(lot, facts.LOT_RELEASED, after, at, {"planned": lot.job.planned})
    return lot


@transaction.atomic
def note_shipped(fact: Fact, at: Instant) -> None:
    """Note how many pieces of a lot left, to be held against what was made; follows LotShipped."""
    lots = models.Lot.objects.filter(id=str(fact.sets["lot_id"]))
    lots.update(shipped=F("shipped") + int(str(fact.sets["sent"])))


@transaction.atomic
def close_alarm(alarm_id: UUID, *, note: str, at: Instant) -> models.Alarm:
    """Close an alarm, saying what was found. Closing twice is closing once."""
    alarm = models.Alarm.objects.filter(id=alarm_id).first()
    if alarm is None:
        raise NotFound("make.no_alarm")
    if alarm.is_open:
        payload = {"note": note}
        tell(
            alarm,
            facts.ALARM_CLOSED,
            at=at,
            parties=[alarm.firm_id],
            payload=payload,
            is_open=False,
        )
    return alarm


def _tell(
    lot: models.Lot, kind: FactKind, after: work.Holding, at: Instant, extra: dict[str, Any]
) -> None:
    job = lot.job
    tell(
        lot,
        kind,
        at=at,
        parties=[lot.firm_id],
        payload={
            "order": lot.order_id,
            "job_order": job.job_order_id,
            "step": lot.step,
            **extra,
        },
        state=after.state,
        good=after.good,
        scrapped=after.scrapped,
        inspected=after.inspected,
        failed=after.failed,
        must_inspect=after.must_inspect,
    )


def _lot(lot_id: UUID) -> models.Lot:
    lot = models.Lot.objects.select_related("job").filter(id=lot_id).first()
    if lot is None:
        raise NotFound("make.no_lot")
    return lot
