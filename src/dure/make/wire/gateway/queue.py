"""
The gateway's durable queue: what the machines said and the cooperative does not have yet.

    folder/queue.sqlite      SQLite with a write-ahead log, flushed at each commit

What `put` took in survives any stop; what the broker acknowledged is given up by `done`. A
batch keeps its serial number for ever, so one that is sent again after a stop is known as the
same. Where a source reads from a file, how far it read is stored in the transaction of the
readings themselves: neither lost nor doubled.

The disk budget is a bound on the file. At the bound `put` raises Unavailable, so that a file
waits; `put_or_gap`, for machines that cannot wait, drops what is newest and writes down
which machine, since when, until when and how many readings: never silently.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any, Self
from uuid import UUID, uuid4

from dure.kernel.errors import Unavailable
from dure.kernel.reason import Reason
from dure.make.engine.told import METRIC, NO_ROOM, written

THE_NODE = ""  # the device that stands for the gateway itself
Value = float | int | bool | str | None
MOST_IN_BATCH = 500
LEAST_BUDGET = 1 << 20
RESERVE = 256 << 10  # room for what is written down about gaps while nothing else fits
_HOW = "pragma journal_mode=wal; pragma synchronous=full; pragma journal_size_limit=4194304;"
_TABLES = """
create table if not exists meta(name text primary key, value text not null);
create table if not exists batches(
  serial integer primary key autoincrement, device text not null, made_ms integer not null,
  readings text not null, count integer not null);
create table if not exists gaps(
  device text primary key, count integer not null, since_ms integer not null,
  until_ms integer not null);
create table if not exists metrics(
  alias integer primary key autoincrement, device text not null, metric text not null,
  datatype integer not null, unique(device, metric));
create table if not exists seen(reading integer primary key) without rowid;
create table if not exists progress(source text primary key, place text not null);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One reading of one machine. grade: machine, hand or laboratory; quality 192 is good."""

    device: str
    metric: str
    at_ms: int
    value: Value
    grade: str = "machine"
    quality: int | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Readings of one device that travel together."""

    serial: int
    device: str
    made_ms: int
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """Readings of a device that found no room."""

    device: str
    count: int
    since_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric that was ever queued: its alias and its Sparkplug datatype."""

    alias: int
    device: str
    name: str
    datatype: int


class Queue:
    """One gateway's queue. Any thread may use it."""

    def __init__(self, folder: Path, *, budget: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.budget = max(budget, LEAST_BUDGET)
        self._lock = Lock()
        self._unwritten: list[Gap] = []
        self._db = sqlite3.connect(
            folder / "queue.sqlite", check_same_thread=False, isolation_level=None
        )
        self._db.executescript(_HOW + _TABLES)
        self._db.execute(
            "insert or ignore into metrics(device, metric, datatype) values (?, ?, ?)",
            (THE_NODE, METRIC, datatype_of("")),
        )
        self.id = UUID(self._meta("id", str(uuid4())))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; everything stands."""
        self._db.close()

    def put(
        self,
        readings: Sequence[Reading],
        *,
        now_ms: int,
        source: str = "",
        place: Mapping[str, Any] | None = None,
    ) -> int:
        """
        Take readings in, durably; gives how many.

        Of a named source each reading is taken once for ever: what a file said before is
        known when the file comes again, longer, edited or under another name. place says
        how far the source was read. Raises Unavailable, having taken nothing, where the disk
        budget is used up.
        """
        with self._transaction() as db:
            if readings and self._used(db) + RESERVE >= self.budget:
                raise Unavailable("make.queue_full", budget=self.budget)
            new = [each for each in readings if _is_new(db, each)] if source else readings
            for device, mine in _by_device(new):
                _insert(db, device, mine, now_ms)
            if place is not None:
                db.execute("replace into progress values (?, ?)", (source, json.dumps(place)))
            return len(new)

    def tell(
        self,
        reason: Reason,
        *,
        now_ms: int,
        count: int = 1,
        source: str = "",
        place: Mapping[str, Any] | None = None,
    ) -> None:
        """Have the cooperative show a trouble of this site; source and place as in `put`."""
        said = written(reason, count)
        told = Reading(device=THE_NODE, metric=METRIC, at_ms=now_ms, value=said)
        self.put([told], now_ms=now_ms, source=source, place=place)

    def put_or_gap(self, readings: Sequence[Reading], *, now_ms: int) -> bool:
        """Take readings in, or write down the gap; says whether they were taken."""
        try:
            self.put(readings, now_ms=now_ms)
        except Unavailable:
            for device, mine in _by_device(readings):
                times = [each.at_ms for each in mine]
                self._unwritten.append(Gap(device, len(mine), min(times), max(times)))
            self._write_gaps()
            return False
        return True

    def _write_gaps(self) -> None:
        """Write gaps down; where the disk refuses they wait in memory for the next try."""
        with suppress(Unavailable), self._transaction() as db:
            for gap in self._unwritten:
                _widen(db, gap)
            self._unwritten = []

    def place(self, source: str) -> dict[str, Any] | None:
        """Give how far a source was read; None where it never was."""
        row = self._one("select place from progress where source = ?", source)
        return json.loads(row[0]) if row else None

    def next_batches(self, after: int, count: int) -> list[Batch]:
        """Give the oldest batches that follow a serial and are not done."""
        rows = self._all(
            "select serial, device, made_ms, readings from batches where serial > ?"
            " order by serial limit ?", after, count,
        )  # fmt: skip
        return [
            Batch(serial, device, made, tuple(Reading(**each) for each in json.loads(body)))
            for serial, device, made, body in rows
        ]

    def done(self, serials: Sequence[int]) -> None:
        """Give up batches: the broker has them."""
        with self._transaction() as db:
            db.executemany("delete from batches where serial = ?", [(each,) for each in serials])

    def settle_gaps(self, *, now_ms: int) -> bool:
        """Turn written-down gaps into readings that travel like all others, where there is room."""
        self._write_gaps()
        with self._transaction() as db:
            gaps = _gaps(db)
            if not gaps or self._used(db) + RESERVE >= self.budget:
                return False
            for gap in gaps:
                _insert(db, gap.device, _told(gap), now_ms)
                _insert(db, THE_NODE, [_trouble(gap)], now_ms)
            db.execute("delete from gaps")
        return True

    def gaps(self) -> list[Gap]:
        """Give the gaps that were not told yet."""
        with self._lock:
            return _gaps(self._db)

    def metrics(self) -> list[Metric]:
        """Give every metric that was ever queued, by device and alias."""
        rows = self._all(
            "select alias, device, metric, datatype from metrics order by device, alias"
        )
        return [Metric(*row) for row in rows]

    def waiting(self) -> int:
        """Give how many batches wait."""
        row = self._one("select count(*) from batches")
        return int(row[0])

    def used(self) -> int:
        """Give how many bytes of the budget are used."""
        with self._lock:
            return self._used(self._db)

    def next_bd_seq(self) -> int:
        """Count up the number that ties a birth to its death (Sparkplug's bdSeq)."""
        with self._transaction() as db:
            number = (int(_meta(db, "bd_seq", "255")) + 1) % 256
            db.execute("replace into meta values ('bd_seq', ?)", (str(number),))
        return number

    def _meta(self, name: str, otherwise: str) -> str:
        with self._transaction() as db:
            return _meta(db, name, otherwise)

    def _used(self, db: sqlite3.Connection) -> int:
        pages, free, size = (
            db.execute(f"pragma {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * size)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._db.execute("begin immediate")
                yield self._db
                self._db.execute("commit")
            except sqlite3.OperationalError as full:
                self._roll_back()
                raise Unavailable("make.queue_disk", problem=str(full)) from full
            except BaseException:
                self._roll_back()
                raise

    def _roll_back(self) -> None:
        if self._db.in_transaction:
            self._db.execute("rollback")

    def _one(self, asked: str, *given: Any) -> Any:
        with self._lock:
            return self._db.execute(asked, given).fetchone()

    def _all(self, asked: str, *given: Any) -> list[Any]:
        with self._lock:
            return self._db.execute(asked, given).fetchall()


def datatype_of(value: Value) -> int:
    """Give the Sparkplug datatype of a value: boolean, 64-bit integer, double or string."""
    if isinstance(value, bool):
        return 11
    if isinstance(value, int):
        return 4
    return 12 if isinstance(value, str) else 10


def _by_device(readings: Sequence[Reading]) -> Iterator[tuple[str, Sequence[Reading]]]:
    """Cut readings into runs of one device that are short enough for one message."""
    first = 0
    for place in range(1, len(readings) + 1):
        ends = place == len(readings) or readings[place].device != readings[first].device
        if ends or place - first == MOST_IN_BATCH:
            yield readings[first].device, readings[first:place]
            first = place


def _is_new(db: sqlite3.Connection, reading: Reading) -> bool:
    told = json.dumps([reading.device, reading.metric, reading.at_ms, reading.value])
    mark = int.from_bytes(sha256(told.encode()).digest()[:8], "big", signed=True)
    return db.execute("insert or ignore into seen values (?)", (mark,)).rowcount == 1


def _insert(db: sqlite3.Connection, device: str, readings: Sequence[Reading], now_ms: int) -> None:
    kinds = {(device, each.metric): datatype_of(each.value) for each in readings}
    db.executemany(
        "insert or ignore into metrics(device, metric, datatype) values (?, ?, ?)",
        [(*key, kind) for key, kind in kinds.items()],
    )
    body = json.dumps([asdict(each) for each in readings], ensure_ascii=False)
    db.execute(
        "insert into batches(device, made_ms, readings, count) values (?, ?, ?, ?)",
        (device, now_ms, body, len(readings)),
    )


def _gaps(db: sqlite3.Connection) -> list[Gap]:
    return [Gap(*row) for row in db.execute("select * from gaps order by device").fetchall()]


def _widen(db: sqlite3.Connection, gap: Gap) -> None:
    db.execute(
        "insert into gaps values (?, ?, ?, ?) on conflict(device) do update set"
        " count = count + excluded.count, since_ms = min(since_ms, excluded.since_ms),"
        " until_ms = max(until_ms, excluded.until_ms)",
        (gap.device, gap.count, gap.since_ms, gap.until_ms),
    )


def _told(gap: Gap) -> list[Reading]:
    """Say a gap in readings of its machine, dated at the gap's end."""
    values = (("count", gap.count), ("since", gap.since_ms), ("until", gap.until_ms))
    return [
        Reading(device=gap.device, metric=f"gap/{name}", at_ms=gap.until_ms, value=value)
        for name, value in values
    ]


def _trouble(gap: Gap) -> Reading:
    reason = Reason(NO_ROOM, {"device": gap.device, "since": gap.since_ms, "until": gap.until_ms})
    said = written(reason, gap.count)
    return Reading(device=THE_NODE, metric=METRIC, at_ms=gap.until_ms, value=said)


def _meta(db: sqlite3.Connection, name: str, otherwise: str) -> str:
    db.execute("insert or ignore into meta values (?, ?)", (name, otherwise))
    return str(db.execute("select value from meta where name = ?", (name,)).fetchone()[0])
