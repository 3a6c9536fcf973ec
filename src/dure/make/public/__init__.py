"""What other rooms, and our own doors, may ask of the shop floor."""

from dure.make.engine.grade import Claims
from dure.make.engine.health import Gap, Trouble
from dure.make.engine.keeping import KeptHistory
from dure.make.engine.shop import Alarm, Characteristic, Job, JobSheet, Lot, Machine, SourceHealth
from dure.make.engine.topic import group_of
from dure.make.history.proving import Sealed
from dure.make.public.equipment import (
    characteristics,
    devices_now,
    first_came,
    limits,
    machine,
    machine_called,
    machines,
    oee_of,
    plotted_points,
    readings,
    series,
    values_now,
)
from dure.make.public.fleet import last_values, minutes, quantile
from dure.make.public.history import check_readings, export, kept_history, untold_segments
from dure.make.public.making import (
    alarms,
    claims_of,
    foreman_with,
    job,
    job_sheet,
    jobs,
    lot,
    lots,
    lots_of,
)
from dure.make.public.sources import (
    full_disk,
    gaps,
    gateway_code,
    gateway_keys,
    gateway_with,
    house_troubles,
    quarantined,
    source_health,
)

__all__ = [
    "Alarm",
    "Characteristic",
    "Claims",
    "Gap",
    "Job",
    "JobSheet",
    "KeptHistory",
    "Lot",
    "Machine",
    "Sealed",
    "SourceHealth",
    "Trouble",
    "alarms",
    "characteristics",
    "check_readings",
    "claims_of",
    "devices_now",
    "export",
    "first_came",
    "foreman_with",
    "full_disk",
    "gaps",
    "gateway_code",
    "gateway_keys",
    "gateway_with",
    "group_of",
    "house_troubles",
    "job",
    "job_sheet",
    "jobs",
    "kept_history",
    "last_values",
    "limits",
    "lot",
    "lots",
    "lots_of",
    "machine",
    "machine_called",
    "machines",
    "minutes",
    "oee_of",
    "plotted_points",
    "quantile",
    "quarantined",
    "readings",
    "series",
    "source_health",
    "untold_segments",
    "values_now",
]
