"""
Metrics: what the supervisor and the worker's queue look like, in Prometheus' text format 0.0.4.

    dure_process_up{process="web"} 1
    dure_process_restarts_total{process="web"} 0
    dure_jobs{state="todo"} 3
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.db import connection

from dure.stack.home import Home
from dure.stack.house import House, house


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One Prometheus metric with its samples, by label set."""

    name: str
    kind: str
    """gauge or counter"""
    help: str
    samples: Mapping[tuple[tuple[str, str], ...], float]

    def text(self) -> str:
        """Give the metric in Prometheus' text format."""
        head = f"# HELP {self.name} {self.help}\n# TYPE {self.name} {self.kind}\n"
        return head + "".join(
            f"{self.name}{_labels(labels)} {value:g}\n" for labels, value in self.samples.items()
        )


def metrics_page(home: Home, *more: Metric) -> str:
    """Give what the supervisor of home sees, and more metrics, as one page for Prometheus."""
    running = house(home)
    ours = _of_the_house(running) if running else ()
    return "".join(metric.text() for metric in (*ours, *more))


def _of_the_house(running: House) -> Iterator[Metric]:
    yield Metric(
        name="dure_process_up",
        kind="gauge",
        help="Whether a supervised process runs.",
        samples={
            (("process", each.name),): float(each.pid is not None) for each in running.processes
        },
    )
    yield Metric(
        name="dure_process_restarts_total",
        kind="counter",
        help="How often a supervised process was started again.",
        samples={(("process", each.name),): float(each.restarts) for each in running.processes},
    )


def jobs_waiting() -> Metric:
    """Count the jobs of the worker by state: todo, doing, failed."""
    with connection.cursor() as cursor:
        cursor.execute("select status::text, count(*) from procrastinate_jobs group by status")
        rows = cursor.fetchall()
    counts = {"todo": 0, "doing": 0, "failed": 0} | dict(rows)
    return Metric(
        name="dure_jobs",
        kind="gauge",
        help="Jobs of the worker by state; failed ones are parked for the office to see.",
        samples={(("state", state),): float(count) for state, count in sorted(counts.items())},
    )


def _labels(labels: tuple[tuple[str, str], ...]) -> str:
    """Write a label set; backslash, quote and line feed are escaped as Prometheus asks."""
    if not labels:
        return ""
    shown = (f'{name}="{_escaped(value)}"' for name, value in labels)
    return "{" + ",".join(shown) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
