"""Between rows of incidents, changes, scenarios and free time and their values."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from dure.kernel.ids import FirmId
from dure.kernel.money import Won
from dure.plan import models
from dure.plan.bridge.book import read_windows
from dure.plan.bridge.reading import read_reasons
from dure.plan.engine import events
from dure.plan.engine.values import Place


def read_incident(row: models.Incident) -> events.Incident:
    """Give the value of an incident."""
    return events.Incident(
        id=row.id,
        number=row.number,
        kind=row.kind,
        firm=FirmId(row.firm_id),
        equipment=tuple(row.equipment_ids),
        order=row.order_id,
        job_order=row.job_order_id,
        step=row.step,
        starts=row.starts,
        until=row.until,
        note=row.note,
        told_at=row.told_at,
        state=row.state,
    )


def read_change(row: models.Plan) -> events.Change:
    """Give the value of a change."""
    return events.Change(
        id=row.id,
        number=row.number,
        digest=row.digest,
        is_of_the_book=row.request_id is None,
        cause=read_reasons(row.cause),
        moves=tuple(read_move(each) for each in row.moves),
        risks=tuple(read_risk(each) for each in row.risks),
        made_at=row.made_at,
        state=row.state,
    )


def read_move(body: Mapping[str, Any]) -> events.Move:
    """Give one stored move."""
    return events.Move(
        order=_id(body["order"]),
        order_number=body["order_number"],
        quote_number=body["quote_number"],
        job_order=_id(body["job_order"]),
        number=body["number"],
        firm=FirmId(UUID(body["firm"])),
        step=body["step"],
        name=body["name"],
        name_en=body["name_en"],
        unit=body["unit"],
        old=Place.from_json(body["old"]),
        new=Place.from_json(body["new"]),
        why=read_reasons(body["why"]),
        said=read_reasons(body["said"]),
    )


def read_risk(body: Mapping[str, Any]) -> events.Risk:
    """Give one stored risk."""
    return events.Risk(
        order=_id(body["order"]),
        order_number=body["order_number"],
        quote_number=body["quote_number"],
        promised_on=date.fromisoformat(body["promised_on"]),
        expected_on=date.fromisoformat(body["expected_on"]),
        reasons=read_reasons(body["reasons"]),
    )


def read_scenario(row: models.Scenario) -> events.Scenario:
    """Give the value of a scenario."""
    return events.Scenario(
        id=row.id,
        number=row.number,
        name=row.name,
        changes=tuple(row.changes),
        figures=row.figures,
        reasons=read_reasons(row.reasons),
        digest=row.digest,
        made_at=row.made_at,
        state=row.state,
    )


def read_free_time(row: models.FreeTime) -> events.FreeTime:
    """Give the value of what a member published."""
    return events.FreeTime(
        firm=FirmId(row.firm_id),
        capability=row.capability_id,
        process=row.process,
        windows=read_windows(row.windows),
        setup_minutes=row.setup_minutes,
        minutes_per_100=row.minutes_per_100,
        setup_won=Won(row.setup_won),
        unit_won=Won(row.unit_won),
        is_open=row.is_open,
    )


def _id(text: str) -> UUID | None:
    return UUID(text) if text else None
