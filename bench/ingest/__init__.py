"""Ingest: machine messages to durable, queryable segments, beside PostgreSQL's COPY."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from threading import Event
from time import perf_counter, time_ns
from typing import Any

import psycopg
import pyarrow.csv as pc
import pyarrow.parquet as pq

from bench import Figure
from bench.ingest import peers
from bench.ingest.publisher import Node
from dure.make.consumers.capture import Capture
from dure.make.engine.host import Host
from dure.make.engine.manifest import Range
from dure.make.history import queries
from dure.make.history.index import Index
from dure.make.history.manifest import open_manifest
from dure.make.wire import spb_flat_pb2 as pb
from dure.make.wire.messages import Message, message_from
from dure.stack.nats import Nats, running_nats
from dure.stack.postgres import running_postgres

METRICS = 30
MEMBERS = ("F001", "F002", "F003", "F004")  # each has a machine hall with one edge node
MANY = tuple(f"F{number:03d}" for number in range(1, 17))  # each stream is synced for itself
MESSAGES = 5_000
BATCHES = 8
DEVICES = 25
SAMPLES = 100
SYNCS = 500
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
        others = list(peers.rates(_lines(home / "history")))
    for durable in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            rate = _whole_way(home, durable=durable)
            disk = list(_disk(home)) if durable else []
        copy = ("PostgreSQL 18 COPY of the same rows, no broker", copied)
        for peer, peer_rate in (*disk, copy, *others):
            yield _sustained(rate, peer, peer_rate, durable=durable)
    with tempfile.TemporaryDirectory() as folder:
        yield _visible(Path(folder))


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
    queries.readings(history, "F001", "device-4", metric="metric-7", lo_ms=lo)  # opens the files
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


def _lines(history: Path) -> list[str]:
    """Give one batch's rows in the line protocol that both peers take."""
    entry = queries.segments_of(history, "F001", "readings")[-1]
    table = pq.read_table(history / entry.file, columns=["device", "metric", "at", "value"])
    columns = (
        table.column("device").to_pylist(), table.column("metric").to_pylist(),
        table.column("at").cast("int64").to_pylist(), table.column("value").to_pylist(),
    )  # fmt: skip
    return [
        f"r,device={device},metric={metric} value={value} {at + again * 3_600_000}"
        for again in range(8)
        for device, metric, at, value in zip(*columns, strict=True)
    ]


def _disk(folder: Path) -> Iterator[tuple[str, float]]:
    """Give what the disk takes of messages that are synced one by one: alone and side by side."""
    for files in (1, len(MANY)):
        name = f"fsyncs of {files} files side by side" if files > 1 else "fsyncs of one file"
        yield f"{name} here, 30 metrics each", _synced(folder, files) * METRICS


def _synced(folder: Path, files: int) -> float:
    """Give how often a second so much as a message can be put on the disk and synced."""
    with ThreadPoolExecutor(files) as threads:
        began = perf_counter()
        list(threads.map(_sync_each, (folder / f"synced-{number}" for number in range(files))))
        return files * SYNCS / (perf_counter() - began)


def _sync_each(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        for _ in range(SYNCS):
            file.write(bytes(754))
            os.fsync(file.fileno())


def _sustained(rate: float, peer: str, peer_rate: float, *, durable: bool) -> Figure:
    name = "metrics over MQTT through the broker to the disk, publishers and broker included"
    return Figure(
        name=f"{name}, each message synced, {len(MANY)} members" if durable else name,
        value=rate,
        unit="1/s",
        reach=300_000 if durable else 800_000,
        peer=peer,
        peer_value=peer_rate,
    )


def _visible(folder: Path) -> Figure:
    """Publish a reading now and then beside 2,000 messages a second, until a query shows it."""
    with running_nats(folder, ["F001", "F002"]) as broker:
        there = _environment(broker)
        doors = json.dumps([asdict(broker.door("F002"))])
        ours = [sys.executable, "-m", "bench.ingest.ingester", str(folder)]
        others = [sys.executable, "-m", "bench.ingest.publisher", doors, "40", "2000", "0", "80000"]
        door = {**asdict(broker.door("F001"))}
        with _running(ours, there), _running(others, there) as publisher:
            node = Node(door, "line-1", 0)
            at_ms = time_ns() // 1_000_000
            node.prepare(SAMPLES, at_ms)
            node.say_births(at_ms)
            publisher.stdin.write("go\n")
            publisher.stdin.flush()
            spent = sorted(_seen(broker.home.history, node, at_ms, n) for n in range(SAMPLES))
    return Figure(
        name=f"from publish to visible in a query, 99th of {SAMPLES} in 100",
        value=spent[int(len(spent) * 0.99)],
        unit="s",
        reach=1.0,
        peer="the middle one",
        peer_value=spent[len(spent) // 2],
    )


def _seen(history: Path, node: Node, at_ms: int, number: int) -> float:
    device, at = f"device-{number % 25:02d}", at_ms + 1 + number // 25
    began, pause = perf_counter(), Event()
    node.send(1)
    while not queries.readings(
        history, "F001", device, metric="metric-00", lo_ms=at, hi_ms=at, limit=1
    ):
        pause.wait(0.005)
    return perf_counter() - began


def _environment(broker: Nats) -> dict[str, str]:
    return {
        **os.environ,
        "DURE_NATS_PORT": str(broker.broker.port),
        "DURE_MQTT_PORT": str(broker.broker.mqtt_port),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }


def _whole_way(folder: Path, *, durable: bool) -> float:
    """
    Publish over MQTT until all is committed; gives metrics a second.

    More is offered than can be taken, but not all at once: a broker that is flooded stores what
    comes before it gives anything to anybody, and that would be measured. The clock starts when
    the machines' births are committed. Where each message is synced there are as many members
    as a small cooperative has: a stream has one message on its way to the disk at a time.
    """
    members = MANY if durable else MEMBERS
    messages, offered = (48_000, 20_000) if durable else (300_000, 60_000)
    births = len(members) * (DEVICES * METRICS + 1)
    with running_nats(folder, members, durable=durable) as broker:
        there = _environment(broker)
        doors = json.dumps([asdict(broker.door(group)) for group in members])
        ours = [sys.executable, "-m", "bench.ingest.ingester", str(folder)]
        machines = [sys.executable, "-m", "bench.ingest.publisher", doors, "600", str(offered)]
        index = Index(broker.home.history)
        with (
            _running(ours, there) as ingest,
            _running([*machines, "0", str(messages)], there) as publisher,
        ):
            _wait_for(index, births, ingest)
            began = perf_counter()
            publisher.stdin.write("go\n")
            publisher.stdin.flush()
            _wait_for(index, births + messages * METRICS, ingest)
            spent = perf_counter() - began
    return messages * METRICS / spent


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
