"""What is asked of what is kept: all of it, how much, by which rule, and whether it is still so."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO
from uuid import UUID

from django.conf import settings
from django.db.models import Max

from dure.kernel.reason import Reason
from dure.make import bridge, models
from dure.make.engine.keeping import KeptHistory
from dure.make.engine.topic import group_of
from dure.make.history import proving, queries
from dure.make.history.index import index_of
from dure.make.history.proving import Sealed
from dure.members import public as members


def kept_history(firm: UUID) -> KeptHistory:
    """Give what is kept of a firm's readings: how many, how large, since when, by which rule."""
    group = group_of(members.firm(firm).number)
    files = bridge.read_compacted_files(firm)
    places = queries.segments_of(settings.HOME.history, group, queries.READINGS)
    return KeptHistory(
        rows=sum(one.rows for one in places),
        size=sum((settings.HOME.history / one.file).stat().st_size for one in places),
        since_ms=min(
            (one.at_lo for one in places if one.at_lo >= queries.EARLIEST_MS),
            default=None,
        ),
        files=tuple(files),
        rule=bridge.read_rule(firm),
    )


def export(firm: UUID) -> tuple[str, IO[bytes]]:
    """Give a firm's whole history as one plain Parquet file: its name, and the file, opened."""
    group = group_of(members.firm(firm).number)
    whole = tempfile.TemporaryFile(dir=settings.HOME.files)  # noqa: SIM115 - who asked closes it
    with tempfile.TemporaryDirectory(dir=settings.HOME.files) as folder:
        path = Path(folder) / "history.parquet"
        queries.export(settings.HOME.history, group, path)
        with path.open("rb") as file:
            shutil.copyfileobj(file, whole)
    whole.seek(0)
    return f"{group}.parquet", whole


def untold_segments() -> int:
    """Count the members' segments that are sealed and not told as facts yet; for the office."""
    told = models.Segment.objects.aggregate(last=Max("line"))["last"] or 0
    lines = list(index_of(settings.HOME.history).since(told))
    groups = {group_of(firm.number) for firm in members.firms()} if lines else set()
    return sum(entry.group in groups for line in lines for entry in line.segments)


def check_readings(history: Path, sealed: Iterable[Sealed]) -> Iterator[Reason]:
    """
    Find what is wrong with the files of readings, given what facts said was sealed.

    Runs as the cooperative. A segment's rows may stand in the file that was sealed or in a
    compacted one; what its member let go of by its rule is no finding.
    """
    groups: dict[UUID, str] = {firm.id: group_of(firm.number) for firm in members.firms()}
    compacted = {group: bridge.read_compacted_files(firm) for firm, group in groups.items()}
    yield from proving.check(history, sealed, groups, compacted)
