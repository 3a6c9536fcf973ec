"""
A folder into which a machine, a scale or a person puts CSV and Excel files.

Every file is read whole whenever it changed; of what it says each reading is taken once for
ever, so the same file again, a longer or an edited one, brings only what is new. A file that
is still being written, or cannot be read, waits and is tried again when it changes.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import isfinite
from pathlib import Path
from typing import Any

from dure.kernel.errors import DureError, Malformed, Unavailable
from dure.kernel.reason import Reason
from dure.make.wire.gateway.queue import Queue, Reading
from dure.make.wire.gateway.sheet import SEOUL, Sheet, moment_ms, numbers, read_sheet
from dure.make.wire.gateway.sources import Offer, Stop, machine_and_metric, metric_names, quoted

SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")
QUIET_MS = 5_000
CHUNK = 20_000
LOOKED_AT = 20  # files whose columns are offered
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """
    One folder and how its tables are to be read.

    columns maps a table's columns to metrics, or to machine/metric; a file gives those that it
    has. Without it each column of numbers becomes a metric of its name. time names the column of
    the moment, or two, for day and hour; without it the first that holds moments is taken.
    """

    path: Path
    machine: str
    pattern: str = "*"
    machine_column: str = ""
    time: tuple[str, ...] = ()
    columns: Mapping[str, str] | None = None
    grade: str = "machine"
    zone: str = SEOUL
    decimal: str | None = None
    every: float = 2.0
    now_ms: Callable[[], int]

    @property
    def name(self) -> str:
        """Say which folder it is."""
        return f"folder {self.path}"

    @property
    def places(self) -> tuple[str, ...]:
        """Say which columns it reads, as far as they are named."""
        return tuple(self.columns or ())

    def run(self, queue: Queue, stop: Stop) -> None:
        """Look for files again and again."""
        tried: dict[Path, tuple[int, int]] = {}
        while not stop.is_set():
            self.look(queue, tried)
            stop.wait(self.every)

    def look(self, queue: Queue, tried: dict[Path, tuple[int, int]]) -> None:
        """Take in what is new in the folder; files that cannot be read are said once a change."""
        for path in self._files():
            stat = path.stat()
            stamp = (stat.st_mtime_ns, stat.st_size)
            is_quiet = self.now_ms() - stat.st_mtime_ns // 1_000_000 >= QUIET_MS
            if tried.get(path) == stamp:
                continue
            try:
                self._take(queue, path, is_quiet=is_quiet)
            except Unavailable as problem:
                if problem.reason.code == "make.queue_full":
                    log.warning("%s waits: %s", path.name, problem)
                    return
                if is_quiet and self._tell(queue, path, stamp, problem):
                    log.warning("%s waits: %s", path.name, problem)
            except DureError as problem:
                log.warning("%s was left out: %s", path.name, problem)
                self._tell(queue, path, stamp, problem)
                tried[path] = stamp
            else:
                if is_quiet:
                    tried[path] = stamp

    def offers(self) -> list[Offer]:
        """
        List the columns of the newest files, each with the last value that one of them gives.

        A file that cannot be read is passed over while another one can.
        """
        sheets, wrong = self._sheets()
        if not sheets:
            raise wrong or Unavailable("make.folder_empty", folder=str(self.path))
        found: dict[str, Offer] = {}
        for sheet in sheets:
            for name, cell in _last_cells(sheet):
                if moment_ms(cell) is None:
                    sample = "" if cell is None else str(cell)
                    found[name] = Offer(place=name, name=name, sample=sample)
        return list(found.values())

    def _sheets(self) -> tuple[list[Sheet], DureError | None]:
        """Read the newest files; gives those that can be read, and what is wrong with the last."""
        sheets: list[Sheet] = []
        wrong: DureError | None = None
        for path in self._files()[-LOOKED_AT:]:
            try:
                sheets.append(read_sheet(path))
            except DureError as problem:
                log.warning("%s was left out: %s", path.name, problem)
                wrong = problem
        return sheets, wrong

    def settings(self, offers: list[Offer], machine: str) -> list[str]:
        """Write the lines that read these columns as one machine."""
        lines = [
            "  - kind: folder",
            f"    path: {quoted(str(self.path))}",
            f"    machine: {quoted(machine)}",
            "    columns:",
        ]
        return lines + [
            f"      {quoted(each.place)}: {quoted(metric)}"
            for each, metric in zip(offers, metric_names(offers), strict=True)
        ]

    def _tell(self, queue: Queue, path: Path, stamp: tuple[int, int], problem: DureError) -> bool:
        """Have it shown that a file was left out, once for each change of it; says if it is new."""
        source, place = f"left out {path}", {"stamp": list(stamp), "code": problem.reason.code}
        if queue.place(source) == place:
            return False
        queue.tell(problem.reason, now_ms=self.now_ms(), source=source, place=place)
        return True

    def _tell_rows(
        self, queue: Queue, path: Path, sheet: Sheet, times: Sequence[int | None]
    ) -> None:
        """Have rows shown that say no moment: each once, however often the file grows."""
        odd = [row for row, at in zip(sheet.rows, times, strict=True) if at is None]
        source = f"odd rows {path}"
        new = len(odd) - (queue.place(source) or {"rows": 0})["rows"]
        if new > 0:
            cells = " | ".join(str(cell) for cell in odd[-1] if cell is not None)
            reason = Reason("make.file_rows", {"file": path.name, "said": cells[:80]})
            place = {"rows": len(odd)}
            queue.tell(reason, now_ms=self.now_ms(), count=new, source=source, place=place)

    def readings(self, path: Path, sheet: Sheet, times: Sequence[int | None]) -> list[Reading]:
        """Read a table's rows, each of a moment or none, as readings, oldest first."""
        if not sheet.rows:
            return []
        machines = self._machines(path, sheet)
        found: list[Reading] = []
        for place, machine, metric in self._wanted(path, sheet):
            column = [row[place] for row in sheet.rows]
            values = numbers(column, delimiter=sheet.delimiter, decimal=self.decimal)
            for row, (at, value) in enumerate(zip(times, values, strict=True)):
                if at is None or (value := _value(value)) is None:
                    continue
                mine = machine or machines[row] or self.machine
                found.append(
                    Reading(device=mine, metric=metric, at_ms=at, value=value, grade=self.grade)
                )
        return sorted(found, key=lambda each: (each.device, each.at_ms))

    def _take(self, queue: Queue, path: Path, *, is_quiet: bool) -> None:
        mark = sha256(path.read_bytes()).hexdigest()
        place = f"{path} {self._manner}"
        if queue.place(place) == {"sha256": mark}:
            return
        sheet = read_sheet(path, is_quiet=is_quiet)
        times = self._times(path, sheet) if sheet.rows else []
        readings = self.readings(path, sheet, times)
        taken = 0
        for first in range(0, len(readings), CHUNK):
            some = readings[first : first + CHUNK]
            taken += queue.put(some, now_ms=self.now_ms(), source=self.name)
        if is_quiet:
            self._tell_rows(queue, path, sheet, times)
            queue.put((), now_ms=self.now_ms(), source=place, place={"sha256": mark})
        log.info("%s: %d of %d readings are new", path.name, taken, len(readings))

    @property
    def _manner(self) -> str:
        """Tell one way of reading from another: read otherwise, a file is read again."""
        columns = sorted((self.columns or {}).items())
        manner = (self.machine, self.machine_column, self.time, columns, self.zone, self.decimal)
        return sha256(repr(manner).encode()).hexdigest()[:16]

    def _files(self) -> list[Path]:
        if not self.path.is_dir():
            raise Unavailable("make.no_folder", folder=str(self.path))
        found = (each for each in self.path.glob(self.pattern) if each.is_file())
        sound = [
            each for each in found if each.suffix.lower() in SUFFIXES and each.name[0] not in "~."
        ]
        return sorted(sound, key=lambda each: (each.stat().st_mtime_ns, each.name))

    def _times(self, path: Path, sheet: Sheet) -> list[int | None]:
        if self.time:
            places = [_column(path, sheet, name) for name in self.time]
        else:
            first = sheet.rows[0]
            places = [place for place, cell in enumerate(first) if moment_ms(cell) is not None][:1]
        if len(places) == 1:
            return [moment_ms(row[places[0]], self.zone) for row in sheet.rows]
        joined = [" ".join(_day_or_hour(row[place]) for place in places) for row in sheet.rows]
        return [moment_ms(each, self.zone) for each in joined]

    def _machines(self, path: Path, sheet: Sheet) -> list[str]:
        if not self.machine_column:
            return [""] * len(sheet.rows)
        place = _column(path, sheet, self.machine_column)
        return ["" if row[place] is None else str(row[place]) for row in sheet.rows]

    def _wanted(self, path: Path, sheet: Sheet) -> list[tuple[int, str, str]]:
        """Give (column, machine, metric) of each column that is to be read."""
        if self.columns is None:
            taken = {*self.time, self.machine_column}
            return [
                (place, "", name)
                for place, name in enumerate(sheet.columns)
                if name not in taken and any(_is_number(row[place]) for row in sheet.rows[:100])
            ]
        wanted, missing = [], []
        for name, metric in self.columns.items():
            machine, last = machine_and_metric(metric)
            try:
                column = _column(path, sheet, name)
            except Malformed as problem:
                missing.append(problem)
                continue
            wanted.append((column, machine, last))
        if missing and not wanted:
            raise missing[0]
        for lacking in missing:
            log.info("%s", lacking)
        return wanted


def _column(path: Path, sheet: Sheet, name: str) -> int:
    """Find a column by its whole name, or by its last header where only one is called so."""
    if name in sheet.columns:
        return sheet.columns.index(name)
    ends = [place for place, each in enumerate(sheet.columns) if each.split("/")[-1] == name]
    if len(ends) != 1:
        there = ", ".join(sheet.columns)
        raise Malformed("make.file_column", file=path.name, column=name, there=there)
    return ends[0]


def _last_cells(sheet: Sheet) -> list[tuple[str, Any]]:
    last = sheet.rows[-1] if sheet.rows else (None,) * len(sheet.columns)
    return list(zip(sheet.columns, last, strict=True))


def _day_or_hour(cell: Any) -> str:
    if hasattr(cell, "strftime"):
        has_day = hasattr(cell, "year")
        has_hour = hasattr(cell, "hour") and (not has_day or any((cell.hour, cell.minute)))
        return str(cell.strftime(" ".join(["%Y-%m-%d"] * has_day + ["%H:%M:%S"] * has_hour)))
    return "" if cell is None else str(cell)


def _is_number(cell: Any) -> bool:
    if isinstance(cell, str):
        return isinstance(numbers([cell], delimiter=",")[0], float) and moment_ms(cell) is None
    return isinstance(cell, (int, float))


def _value(cell: Any) -> float | int | bool | str | None:
    if isinstance(cell, float) and not isfinite(cell):
        return None
    if isinstance(cell, (bool, int, float, str)):
        return cell
    return None if cell is None else str(cell)
