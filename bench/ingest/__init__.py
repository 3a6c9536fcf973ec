"""Ingest: machine messages to durable, queryable segments, beside PostgreSQL's COPY."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from threading import Event
from time import perf_counter
from typing import Any

import psycopg
import pyarrow.csv as pc
import pyarrow.parquet as pq

from bench import Figure
from dure.make.consumers.capture import Capture
from dure.make.engine.host import Host
from dure.make.engine.manifest import Range
from dure.make.history import queries
from dure.make.history.index import Index
from dure.make.history.manifest import open_manifest
from dure.make.wire import spb_flat_pb2 as pb
from dure.make.wire.readings import Message, message_from
from dure.stack.nats import running_nats
from dure.stack.postgres import running_postgres

METRICS = 30
MESSAGES = 5_000
BATCHES = 8
DEVICES = 25
START_MS = 1_795_396_000_000


def figures() -> Iterator[Figure]:
    """Measure capture alone, bytes a point, the whole way through the broker, and a query."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        seconds = _capture(home / "history")
        points = MESSAGES * BATCHES * METRICS
        copied = _copy(home)
        yield Figure(
            name="metrics decoded, sealed and committed (fsync), one process",
            value=points / seconds,
            unit="1/s",
            reach=None,
            peer="PostgreSQL 18 COPY of the same rows, no index",
            peer_value=copied,
        )
        entries = queries.segments_of(home / "history", "F001", "readings")
        size = sum((home / "history" / each.file).stat().st_size for each in entries)
        yield Figure(
            name="bytes a point, fresh",
            value=size / sum(each.rows for each in entries),
            unit="B",
            reach=3.0,
            peer="protobuf payload",
            peer_value=len(_payload(1, 0)) / METRICS,
        )
        yield _query(home / "history")
    for durable in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            yield _whole_way(Path(folder), copied, durable=durable)


def _capture(history: Path) -> float:
    with open_manifest(history) as manifest:
        capture = Capture.recalled(manifest, Host())
        batches = [_births(), *(_batch(number) for number in range(BATCHES))]
        seq, spent = 0, 0.0
        for batch in batches:
            span = Range(epoch="bench", lo=seq + 1, hi=seq + len(batch))
            seq += len(batch)
            began = perf_counter()
            capture.commit(batch, {"machines": span})
            spent += perf_counter() - began if len(batch) == MESSAGES else 0.0
        return spent


def _copy(home: Path) -> float:
    """Copy one batch's rows into PostgreSQL; gives rows a second."""
    entry = queries.segments_of(home / "history", "F001", "readings")[-1]
    table = pq.read_table(home / "history" / entry.file)
    flat = table.select(["device", "metric", "at", "value"])
    flat = flat.set_column(0, "device", flat["device"].cast("string"))
    flat = flat.set_column(1, "metric", flat["metric"].cast("string"))
    path = home / "rows.csv"
    pc.write_csv(flat, path, pc.WriteOptions(include_header=False))
    rows = path.read_bytes()
    with (
        running_postgres(home, durable=True) as server,
        psycopg.connect(server.url("dure_owner")) as connection,
    ):
        create = "create table bench (device text, metric text, at timestamptz, value float8)"
        connection.execute(create)
        began = perf_counter()
        with connection.cursor().copy("copy bench from stdin (format csv)") as copy:
            copy.write(rows)
        connection.commit()
        return len(table) / (perf_counter() - began)


def _query(history: Path) -> Figure:
    lo = START_MS + 60_000
    began = perf_counter()
    found = queries.readings(history, "F001", "device-3", metric="metric-7", lo_ms=lo)
    pruned = perf_counter() - began
    began = perf_counter()
    queries.readings(history, "F001", "device-3")
    return Figure(
        name=f"one series' last {len(found)} readings",
        value=pruned * 1_000,
        unit="ms",
        reach=10,
        peer="all readings of the machine",
        peer_value=(perf_counter() - began) * 1_000,
    )


def _whole_way(folder: Path, copied: float, *, durable: bool) -> Figure:
    """Publish over MQTT as fast as it goes, and wait until all of it is committed."""
    messages = 20_000 if durable else 200_000
    with running_nats(folder, ["F001", "F002"], durable=durable) as broker:
        there = {
            **os.environ,
            "DURE_NATS_PORT": str(broker.broker.port),
            "DURE_MQTT_PORT": str(broker.broker.mqtt_port),
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        }
        doors = json.dumps([asdict(broker.door(group)) for group in ("F001", "F002")] * 2)
        ours = [sys.executable, "-m", "bench.ingest.ingester", str(folder)]
        machines = [sys.executable, "-m", "bench.ingest.publisher", doors, "600", "0", "0"]
        index = Index(broker.home.history)
        with (
            _running(ours, there) as ingest,
            _running([*machines, str(messages)], there) as publisher,
        ):
            began = perf_counter()
            publisher.stdin.write("go\n")
            publisher.stdin.flush()
            _wait_for(index, messages * METRICS, ingest)
            spent = perf_counter() - began
    name = "metrics over MQTT through the broker to the disk, publishers and broker included"
    return Figure(
        name=f"{name}, each message synced" if durable else name,
        value=messages * METRICS / spent,
        unit="1/s",
        reach=300_000 if durable else 800_000,
        peer="PostgreSQL 18 COPY of the same rows, no broker",
        peer_value=copied,
    )


@contextmanager
def _running(program: list[str], there: dict[str, str]) -> Iterator[Any]:
    """Run a program that says when it is ready, for as long as the block."""
    pipe = subprocess.PIPE
    process = subprocess.Popen(program, env=there, stdin=pipe, stdout=pipe, text=True)
    try:
        process.stdout.readline()
        yield process
    finally:
        process.terminate()
        process.wait()


def _wait_for(index: Index, rows: int, ingest: Any) -> None:
    pause = Event()
    while _rows(index) < rows:
        assert ingest.poll() is None, "ingest ended"
        pause.wait(0.02)


def _rows(index: Index) -> int:
    entries = [entry for line in index.refresh() for entry in line.segments]
    return sum(entry.rows for entry in entries if entry.kind == "readings")


def _births() -> list[Message]:
    node = pb.Payload(timestamp=START_MS, seq=0)
    node.metrics.add(name="bdSeq", datatype=4, long_value=0)
    messages = [_message(1, "NBIRTH", "", node.SerializeToString())]
    for device in range(DEVICES):
        birth = pb.Payload(timestamp=START_MS, seq=device + 1)
        for metric in range(METRICS):
            alias = device * METRICS + metric
            birth.metrics.add(name=f"metric-{metric}", alias=alias, datatype=10, double_value=0.0)
        body = birth.SerializeToString()
        messages.append(_message(device + 2, "DBIRTH", f"device-{device}", body))
    return messages


def _batch(number: int) -> list[Message]:
    first = number * MESSAGES
    return [
        _message(
            place + DEVICES + 2,
            "DDATA",
            f"device-{place % DEVICES}",
            _payload((place + DEVICES + 1) % 256, place),
        )
        for place in range(first, first + MESSAGES)
    ]


def _payload(seq: int, place: int) -> bytes:
    device, step = place % DEVICES, place // DEVICES
    payload = pb.Payload(timestamp=START_MS + step * 1_000, seq=seq)
    for metric in range(METRICS):
        value = round(100 + metric + (step * 7 + metric * 3) % 50 / 10, 1)
        payload.metrics.add(alias=device * METRICS + metric, datatype=10, double_value=value)
    return payload.SerializeToString()


def _message(seq: int, verb: str, device: str, body: bytes) -> Message:
    text = f"spBv1.0/F001/{verb}/line-1/{device}".rstrip("/")
    return message_from("machines", seq, START_MS + seq, text, body)
