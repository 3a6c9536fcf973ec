"""Peers that take readings over HTTP, where Debian's packages put them on this machine."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, sleep

import httpx

from dure.stack.nats import free_port

LINES_A_POST = 50_000
INFLUX = """
reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  query-log-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
"""


def rates(lines: Sequence[str]) -> Iterator[tuple[str, float]]:
    """Give each peer's name and how many points a second it took; none where none is installed."""
    bodies = [
        "\n".join(lines[place : place + LINES_A_POST]).encode()
        for place in range(0, len(lines), LINES_A_POST)
    ]
    for name, serving in (
        ("VictoriaMetrics 1.79 (Debian), HTTP, no broker", _victoria),
        ("InfluxDB 1.6 (Debian), HTTP, no broker", _influx),
    ):
        with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as url:
            if url is not None:
                yield name, len(lines) / _posted(url, bodies)


def _posted(url: str, bodies: Sequence[bytes]) -> float:
    with httpx.Client(timeout=60) as client:
        began = perf_counter()
        for body in bodies:
            client.post(url, content=body).raise_for_status()
        return perf_counter() - began


@contextmanager
def _victoria(folder: Path) -> Iterator[str | None]:
    port = free_port()
    options = [f"-storageDataPath={folder}", f"-httpListenAddr=127.0.0.1:{port}"]
    with _running("victoria-metrics", options, port) as runs:
        yield f"http://127.0.0.1:{port}/write?precision=ms" if runs else None


@contextmanager
def _influx(folder: Path) -> Iterator[str | None]:
    port = free_port()
    settings = folder / "influx.conf"
    settings.write_text(INFLUX.format(folder=folder, port=port, rpc=free_port()))
    with _running("influxd", ["-config", str(settings)], port) as runs:
        if runs:
            asked = {"q": "create database bench"}
            httpx.post(f"http://127.0.0.1:{port}/query", data=asked).raise_for_status()
        yield f"http://127.0.0.1:{port}/write?db=bench&precision=ms" if runs else None


@contextmanager
def _running(program: str, options: Sequence[str], port: int) -> Iterator[bool]:
    found = shutil.which(program)
    if found is None:
        yield False
        return
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([found, *options], **quiet)
    try:
        assert _answers(port), f"{program} does not answer: {found}"
        yield True
    finally:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    for _ in range(100):
        try:
            httpx.get(f"http://127.0.0.1:{port}/ping")
        except httpx.TransportError:
            sleep(0.1)
        else:
            return True
    return False
