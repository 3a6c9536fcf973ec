"""
Arrow and Parquet from outside, read in a process of their own with little to lose.

    columns: device, metric (text), at (a moment, or milliseconds since 1970), value (a number),
    text (where a reading is no number), quality (0 bad, 64 uncertain, 192 good),
    grade (machine, hand, laboratory); value or text must be there, the last two need not.

`read_outside` starts `python -m dure.make.wire.outside`, which sets bounds on its own memory,
time, files and output before it looks at the first byte, and writes the rows back as Arrow.
Whatever happens there, a crash, a bomb, a loop, is a refusal here.
"""

import io
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc
import pyarrow.parquet as pq

from dure.kernel.errors import Malformed
from dure.make.engine.grade import GRADES

MOST_BYTES = 64 << 20
MOST_ROWS = 2_000_000
MEMORY = 2 << 30
SECONDS = 30
OUTPUT = 512 << 20
MOMENT = pa.timestamp("ms", tz="UTC")
LATEST_MS = 253_402_300_799_000
SAID = pa.schema(
    [
        ("device", pa.string()),
        ("metric", pa.string()),
        ("at", pa.int64()),
        ("value", pa.float64()),
        ("text", pa.string()),
        ("quality", pa.int32()),
        ("grade", pa.string()),
    ]
)
KINDS = {
    "application/vnd.apache.parquet": "parquet",
    "application/vnd.apache.arrow.stream": "stream",
    "application/vnd.apache.arrow.file": "file",
}


def read_outside(data: bytes, content_type: str) -> pa.Table:
    """Read a file from outside as rows of SAID; raises Malformed for whatever is wrong with it."""
    kind = KINDS.get(content_type.split(";", maxsplit=1)[0].strip())
    if kind is None:
        raise Malformed("make.upload_kind", known=", ".join(KINDS))
    if len(data) > MOST_BYTES:
        raise Malformed("make.upload_large", most=MOST_BYTES)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "dure.make.wire.outside", kind],
            input=data, capture_output=True, check=False, timeout=SECONDS * 2, cwd="/",
            env={"PYTHONPATH": str(Path(__file__).parents[3]), "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
    except subprocess.TimeoutExpired as slow:
        raise Malformed("make.upload_odd", problem="timeout") from slow
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise Malformed("make.upload_odd", problem=said[-1][:300] if said else "stopped")
    table = pa.ipc.open_stream(done.stdout).read_all()
    table.validate(full=True)
    return table


def normal(table: pa.Table) -> pa.Table:
    """Bring a table to SAID; raises ValueError, with words for the sender, where it cannot be."""
    missing = {"device", "metric", "at"} - set(table.column_names)
    if missing or not {"value", "text"} & set(table.column_names):
        raise ValueError(f"missing column: {', '.join(sorted(missing)) or 'value or text'}")
    if len(table) > MOST_ROWS:
        raise ValueError(f"more than {MOST_ROWS} rows")
    columns = {
        name: _column(table, name, kind) for name, kind in zip(SAID.names, SAID.types, strict=True)
    }
    for name in ("device", "metric", "at"):
        if columns[name].null_count:
            raise ValueError(f"empty cells in column {name}")
    at = pc.min_max(columns["at"]).as_py()
    if len(table) and not 0 < at["min"] <= at["max"] <= LATEST_MS:
        raise ValueError("at lies outside 1970 to 9999")
    odd = set(pc.unique(columns["grade"]).to_pylist()) - {None, *GRADES}
    if odd:
        raise ValueError(f"unknown grade: {sorted(odd)[0]}")
    columns["grade"] = pc.fill_null(columns["grade"], "machine")
    return pa.table(columns, schema=SAID)


def _column(table: pa.Table, name: str, kind: pa.DataType) -> Any:
    if name not in table.column_names:
        return pa.chunked_array([pa.nulls(len(table), kind)])
    column = table.column(name)
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if name == "at" and pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("ms", column.type.tz), safe=False).cast(pa.int64())
    return column.cast(kind)


def _read(kind: str, data: bytes) -> pa.Table:
    if kind == "parquet":
        file = pq.ParquetFile(io.BytesIO(data))
        if file.metadata.num_rows > MOST_ROWS:
            raise ValueError(f"more than {MOST_ROWS} rows")
        wanted = [name for name in SAID.names if name in file.schema_arrow.names]
        return file.read(columns=wanted, use_threads=False)
    opened = pa.ipc.open_stream(data) if kind == "stream" else pa.ipc.open_file(data)
    return opened.read_all()


def _bound() -> None:
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, OUTPUT),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _main() -> int:
    _bound()
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    try:
        table = normal(_read(sys.argv[1], sys.stdin.buffer.read(MOST_BYTES + 1)))
    except (ValueError, OSError, MemoryError, pa.ArrowException) as odd:
        sys.stderr.write(" ".join(str(odd).split())[:300] or type(odd).__name__)
        return 1
    with pa.ipc.new_stream(sys.stdout.buffer, SAID) as writer:
        writer.write_table(table)
    return 0


if __name__ == "__main__":
    sys.exit(_main())
