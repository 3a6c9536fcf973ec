"""
What a bench is: a module here with `figures()`, run by `dure bench NAME`.

Each figure stands beside a peer or a limit that was measured in the same run, because absolute
numbers belong to one machine. A bench measures; it never fails for being slow.

    def figures() -> Iterator[Figure]:
        yield Figure(name="leaves appended", value=..., unit="1/s", reach=100_000,
                     peer="pymerkle, in memory", peer_value=...)
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured figure, what it is to reach, and what a peer or a limit gave in the same run."""

    name: str
    value: float
    unit: str
    reach: float | None
    peer: str
    peer_value: float

    @property
    def ratio(self) -> float:
        """Value over peer: how many times the peer's figure ours is."""
        return self.value / self.peer_value

    def as_json(self) -> dict[str, object]:
        """Give the figure in the harness's form, to four digits."""
        return {
            "name": self.name,
            "value": _rounded(self.value),
            "unit": self.unit,
            "reach": self.reach,
            "peer": self.peer,
            "peer_value": _rounded(self.peer_value),
            "ratio": _rounded(self.ratio),
        }


def seconds(work: Callable[[], object], *, times: int = 3) -> float:
    """Give the least of several runs' seconds: what the work takes when nothing disturbs it."""
    taken = []
    for _ in range(times):
        start = perf_counter()
        work()
        taken.append(perf_counter() - start)
    return min(taken)


@contextmanager
def database() -> Iterator[tuple[Any, Any]]:
    """
    Have a migrated database of our own, reached as the worker, for the length of a block.

    Gives the server and Django's connection. Processes that are started inside find both by
    their environment.
    """
    from dure.stack.postgres import running_postgres

    with TemporaryDirectory() as folder, running_postgres(Path(folder)) as server:
        os.environ |= {"DURE_HOME": folder, "DURE_DATABASE_URL": server.url("dure_owner")}
        os.environ["DJANGO_SETTINGS_MODULE"] = "dure.project.settings"
        import django
        from django.db import connection

        django.setup()
        from dure.project.settings import database as settings_of
        from dure.stack.rowsecurity import apply_migrations

        connection.settings_dict.update(settings_of(server.url("dure_owner")))
        apply_migrations()
        connection.close()
        os.environ["DURE_DATABASE_URL"] = server.url("dure_worker")
        connection.settings_dict.update(settings_of(server.url("dure_worker")))
        yield server, connection
        connection.close()


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
