"""The shop floor over HTTP."""

from math import isfinite
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import FileResponse, HttpRequest
from ninja import Query, Router, Status

from dure.journal.public import now
from dure.kernel.actor import Role
from dure.make import bridge, models, public
from dure.make.engine.grade import Grade, disagreements
from dure.make.engine.shop import Alarm, Characteristic, Job, Lot, Machine
from dure.make.history import queries
from dure.make.schemas import (
    AlarmIn,
    AlarmOut,
    CharacteristicIn,
    CharacteristicOut,
    ClaimsOut,
    CommandIn,
    CountIn,
    GatewayKeyIn,
    GatewayKeyOut,
    GatewayOut,
    HandIn,
    HistoryOut,
    InspectIn,
    JobOut,
    LastOut,
    LotOut,
    MachineOut,
    MachineWholeOut,
    MinuteOut,
    MinutesIn,
    QuantileIn,
    QuantileOut,
    QuarantinedOut,
    ReadingOut,
    ReadingsIn,
    RetentionIn,
    SeriesIn,
    SeriesOut,
    UploadOut,
)
from dure.make.services import commands, entering, gateways, jobs, keeping, lots, watch
from dure.make.wire.outside import MOST_BYTES
from dure.members import public as members
from dure.stack.nats import gateway_door
from dure.stack.tenancy import actor_of, current_actor, host_of

router = Router(tags=["make"])
SHOP = (Role.OWNER, Role.FOREMAN)


@router.get("/gateway", response=GatewayOut)
def gateway(request: HttpRequest) -> object:
    """Show how one's own machines connect [owner]."""
    actor_of(request).must_be(Role.OWNER)
    firm = members.firm(jobs.acting_firm())
    group = public.group_of(firm.number)
    return gateway_door(settings.HOME, group, seen_as=host_of(request))


@router.post("/gateway/keys", response={201: GatewayKeyOut})
def register_gateway_key(request: HttpRequest, body: GatewayKeyIn) -> models.GatewayKey:
    """Register the key that one's own gateway signs its batches with [owner]."""
    actor_of(request).must_be(Role.OWNER)
    return gateways.register_key(**body.dict(), at=now())


@router.get("/gateway/keys", response=list[GatewayKeyOut])
def list_gateway_keys(request: HttpRequest) -> list[models.GatewayKey]:
    """List the keys of one's own gateways [owner]."""
    actor_of(request).must_be(Role.OWNER)
    return list(models.GatewayKey.objects.filter(firm_id=jobs.acting_firm()).order_by("id"))


@router.post("/gateway/keys/{uuid:key_id}/revoke", response=GatewayKeyOut)
def revoke_gateway_key(request: HttpRequest, key_id: UUID) -> models.GatewayKey:
    """Take a gateway's key back [owner]."""
    actor_of(request).must_be(Role.OWNER)
    return gateways.revoke_key(key_id, at=now())


@router.get("/jobs", response=list[JobOut])
def list_jobs(request: HttpRequest) -> list[dict[str, Any]]:
    """List one's own jobs, with the token of each QR code [owner]."""
    actor_of(request).must_be(Role.OWNER)
    return [_job(each) for each in public.jobs() if each.firm == jobs.acting_firm()]


@router.post("/jobs/{token}/start", response=JobOut)
def start_job(request: HttpRequest, token: str) -> dict[str, Any]:
    """Start the job of a QR code [foreman]."""
    actor_of(request).must_be(*SHOP)
    return _row(jobs.start_job(token, at=now()))


@router.post("/jobs/{token}/count", response=JobOut)
def count_job(request: HttpRequest, token: str, body: CountIn) -> dict[str, Any]:
    """Add good pieces and scrap to the job of a QR code [foreman]."""
    actor_of(request).must_be(*SHOP)
    return _row(jobs.count_job(token, **_counted(body), at=now()))


@router.post("/jobs/{token}/finish", response=JobOut)
def finish_job(request: HttpRequest, token: str, body: CountIn) -> dict[str, Any]:
    """Finish the job of a QR code, with what was still to be counted [foreman]."""
    actor_of(request).must_be(*SHOP)
    return _row(jobs.finish_job(token, **_counted(body), at=now()))


@router.get("/lots", response=list[LotOut])
def list_lots(request: HttpRequest) -> list[Lot]:
    """List the lots that one may see, newest first."""
    current_actor()
    return list(public.lots())


@router.get("/lots/{uuid:lot_id}", response=LotOut)
def show_lot(request: HttpRequest, lot_id: UUID) -> Lot:
    """Show one lot."""
    current_actor()
    return public.lot(lot_id)


@router.get("/lots/{uuid:lot_id}/claims", response=ClaimsOut)
def show_claims(request: HttpRequest, lot_id: UUID) -> dict[str, Any]:
    """Show what machine, people and shipments say of a lot, and where they disagree [owner]."""
    actor_of(request).must_be(Role.OWNER, Role.OFFICE)
    claims = public.claims_of(public.lot(lot_id))
    said = {name: getattr(claims, name) for name in claims.__slots__}
    return {**said, "disagreements": [one.as_json() for one in disagreements(claims)]}


@router.post("/lots/{uuid:lot_id}/inspect", response=LotOut)
def inspect_lot(request: HttpRequest, lot_id: UUID, body: InspectIn) -> Lot:
    """Note what an inspection found [owner]."""
    actor_of(request).must_be(Role.OWNER)
    lots.inspect_lot(lot_id, inspected=body.inspected, failed=body.failed, at=now())
    return public.lot(lot_id)


@router.post("/lots/{uuid:lot_id}/release", response=LotOut)
def release_lot(request: HttpRequest, lot_id: UUID) -> Lot:
    """Release a lot with its good pieces [owner]."""
    actor_of(request).must_be(Role.OWNER)
    lots.release_lot(lot_id, at=now())
    return public.lot(lot_id)


@router.post("/machines/{uuid:machine_id}/command", response={204: None})
def command_machine(request: HttpRequest, machine_id: UUID, body: CommandIn) -> Status[None]:
    """Set one metric of one's own machine [owner]."""
    actor_of(request).must_be(Role.OWNER)
    commands.command_machine(machine_id, body.metric, body.value, at=now())
    return Status(204, None)


@router.get("/alarms", response=list[AlarmOut])
def list_alarms(request: HttpRequest) -> list[Alarm]:
    """List the alarms that one may see, newest first."""
    current_actor()
    return list(public.alarms())


@router.post("/alarms/{uuid:alarm_id}/close", response=AlarmOut)
def close_alarm(request: HttpRequest, alarm_id: UUID, body: AlarmIn) -> Alarm:
    """Close an alarm, saying what was found [owner]."""
    actor_of(request).must_be(Role.OWNER)
    return bridge.read_alarm(lots.close_alarm(alarm_id, note=body.note, at=now()))


@router.post("/characteristics", response={201: CharacteristicOut})
def declare_characteristic(request: HttpRequest, body: CharacteristicIn) -> Characteristic:
    """Watch a metric of one's own machine by a control chart [owner]."""
    actor_of(request).must_be(Role.OWNER)
    row = watch.declare_characteristic(**body.dict(), at=now())
    return bridge.read_characteristic(row)


@router.get("/machines", response=list[MachineOut])
def list_machines(request: HttpRequest) -> list[Machine]:
    """List one's own machines [owner]."""
    actor_of(request).must_be(*SHOP)
    return list(public.machines())


@router.get("/machines/{uuid:machine_id}", response=MachineWholeOut)
def show_machine(request: HttpRequest, machine_id: UUID) -> dict[str, Any]:
    """Show one machine with its latest values [owner]."""
    actor_of(request).must_be(*SHOP)
    machine = public.machine(machine_id)
    return {
        **MachineOut.from_orm(machine).dict(),
        "values": public.values_now(machine),
        "characteristics": public.characteristics(machine.firm, machine.device),
    }


@router.get("/machines/{uuid:machine_id}/readings", response=list[ReadingOut])
def show_readings(
    request: HttpRequest, machine_id: UUID, asked: Query[ReadingsIn]
) -> list[dict[str, Any]]:
    """Give a machine's last readings between two times by its own clock, oldest first [owner]."""
    actor_of(request).must_be(*SHOP)
    found = public.readings(public.machine(machine_id), **asked.dict())
    return [_reading(row) for row in found]


@router.put("/readings", response={202: UploadOut})
def put_readings(request: HttpRequest) -> dict[str, Any]:
    """
    Send readings of one's own machines as an Arrow or Parquet file [owner].

    Content-Type says which: application/vnd.apache.parquet, application/vnd.apache.arrow.stream
    or application/vnd.apache.arrow.file. At most 64 MB and two million rows; the same file again
    is one file. They are history a second later.
    """
    actor_of(request).must_be(Role.OWNER)
    data = request.read(MOST_BYTES + 1)
    found, rows = entering.take_upload(data, request.headers.get("Content-Type", ""), at=now())
    return {"id": found, "rows": rows}


@router.post("/machines/{uuid:machine_id}/readings", response={202: HandIn})
def write_reading(request: HttpRequest, machine_id: UUID, body: HandIn) -> HandIn:
    """Write down what somebody saw, counted or measured at one's own machine [owner]."""
    actor_of(request).must_be(*SHOP)
    machine = public.machine(machine_id)
    entering.enter_by_hand(
        device=machine.device, metric=body.metric, value=body.value,
        grade=Grade(body.grade), at=now(),
    )  # fmt: skip
    return body


@router.get("/machines/{uuid:machine_id}/series", response=SeriesOut)
def show_series(request: HttpRequest, machine_id: UUID, asked: Query[SeriesIn]) -> queries.Zoomed:
    """Give one metric's history at any zoom: no peak is lost [owner]."""
    actor_of(request).must_be(*SHOP)
    return public.series(public.machine(machine_id), **asked.dict())


@router.get("/history/minutes", response=list[MinuteOut])
def show_minutes(request: HttpRequest, asked: Query[MinutesIn]) -> object:
    """Give what a metric of all one's own machines came to, minute by minute [owner]."""
    actor_of(request).must_be(*SHOP)
    hi_ms = int(now().timestamp() * 1_000) if asked.hi_ms is None else asked.hi_ms
    return public.minutes(jobs.acting_firm(), asked.metric, hi_ms=hi_ms, count=asked.minutes)


@router.get("/history/quantiles", response=list[QuantileOut])
def show_quantiles(request: HttpRequest, asked: Query[QuantileIn]) -> object:
    """Give by machine the value that a share of a metric's readings does not pass [owner]."""
    actor_of(request).must_be(*SHOP)
    return public.quantile(jobs.acting_firm(), **asked.dict())


@router.get("/history/last", response=list[LastOut])
def show_last(request: HttpRequest) -> object:
    """Give the last value of every series of one's own machines that is kept [owner]."""
    actor_of(request).must_be(*SHOP)
    return public.last_values(jobs.acting_firm())


@router.get("/history.parquet", response={200: bytes})
def export_history(request: HttpRequest) -> FileResponse:
    """Give one's own machines' whole history as one plain Parquet file [owner]."""
    actor_of(request).must_be(Role.OWNER)
    name, whole = public.export(jobs.acting_firm())
    return FileResponse(whole, as_attachment=True, filename=name)


@router.get("/history", response=HistoryOut)
def show_history(request: HttpRequest) -> dict[str, Any]:
    """Show what is kept of one's own readings, and how long [owner]."""
    actor_of(request).must_be(Role.OWNER)
    return _history()


@router.post("/retention", response=HistoryOut)
def set_retention(request: HttpRequest, body: RetentionIn) -> dict[str, Any]:
    """Say how long one's own readings are kept; it takes effect after a week [owner]."""
    actor_of(request).must_be(Role.OWNER)
    keeping.set_retention(days=body.days, at=now())
    return _history()


@router.get("/quarantine", response=list[QuarantinedOut])
def show_quarantine(request: HttpRequest) -> list[queries.QuarantineRow]:
    """List one's own machines' last messages that could not be read, newest first [owner]."""
    actor_of(request).must_be(Role.OWNER)
    return public.quarantined(jobs.acting_firm())


def _counted(body: CountIn) -> dict[str, Any]:
    return {"good": body.good, "scrap": body.scrap, "grade": Grade(body.grade)}


def _job(job: Job) -> dict[str, Any]:
    return {
        **{name: getattr(job, name) for name in job.__slots__},
        "token": bridge.job_token(job.id),
    }


def _row(row: models.Job) -> dict[str, Any]:
    return _job(bridge.read_job(row))


def _history() -> dict[str, Any]:
    history = public.kept_history(jobs.acting_firm())
    return {
        "rows": history.rows,
        "size": history.size,
        "since_ms": history.since_ms,
        "days": history.rule.days,
        "begins": history.rule.begins,
    }


def _reading(row: queries.ReadingRow) -> dict[str, Any]:
    shown = row._asdict()
    if row.value is not None and not isfinite(row.value):
        shown["value"] = None
    return shown
