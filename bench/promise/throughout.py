"""
Quotes and repairs through the services, on a database with an order book of 10,000 operations.

A quote reads its members' machines, finds the earliest date, holds the capacity and tells it; a
breakdown is told, and what must move is drafted, stored and named by its hash. Beside each stands
the same on a board in memory, which neither reads nor stores anything.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from random import Random
from time import perf_counter
from typing import Any

from bench import Figure, database
from bench.promise.cooperative import AT, Cooperative

ORDERS, QUOTES, BREAKDOWNS, WARM = 2000, 60, 60, 5
DAY = timedelta(days=1)


class Asked:
    """How long the database was waited for, in seconds."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self, execute: Any, *statement: Any) -> Any:
        start = perf_counter()
        try:
            return execute(*statement)
        finally:
            self.seconds += perf_counter() - start


def figures(board: Sequence[Figure]) -> Iterator[Figure]:
    """Ask for quotes and let machines break down; `board`: what a board took for the same."""
    on_board = {each.name.split(" at ")[0]: each.value for each in board}
    with database() as (_, connection):
        from dure.kernel.actor import THE_COOPERATIVE
        from dure.stack.tenancy import acting

        cooperative = Cooperative(seed=7)
        with acting(THE_COOPERATIVE):
            cooperative.found()
            count = cooperative.order(cooperative.ask(ORDERS))
        with connection.cursor() as cursor:
            cursor.execute("analyze")
        quoted = [_quote(cooperative) for _ in range(WARM + QUOTES)][WARM:]
        yield from _both(
            f"a quote through the services at {count:,} operations, capacity held",
            quoted,
            20,
            on_board["a new promise"],
        )
        chance = Random(3)
        drafts = [_breakdown(cooperative, chance) for _ in range(WARM + BREAKDOWNS)][WARM:]
        yield from _both(
            f"a repair drafted through the services at {count:,} operations",
            [(taken, asked) for taken, asked, _ in drafts],
            50,
            on_board["repair after a breakdown of a day"],
        )
        yield Figure(
            name=f"job orders that such a draft moves, most of {BREAKDOWNS}",
            value=100 * max(moved for _, _, moved in drafts) / count,
            unit="%",
            reach=1.0,
            peer="all of them",
            peer_value=100,
        )


def _both(
    name: str, taken: Sequence[tuple[float, float]], reach: float, board: float
) -> Iterator[Figure]:
    whole = 1000 * _p95([seconds for seconds, _ in taken])
    yield Figure(
        name=f"{name}, p95 of {len(taken)}",
        value=whole,
        unit="ms",
        reach=reach,
        peer="the same on a board",
        peer_value=board,
    )
    yield Figure(
        name=f"{name}: of which the database was waited for, p95",
        value=1000 * _p95([asked for _, asked in taken]),
        unit="ms",
        reach=None,
        peer="all of it",
        peer_value=whole,
    )


def _quote(cooperative: Cooperative) -> tuple[float, float]:
    from dure.kernel.actor import THE_COOPERATIVE
    from dure.plan.services import quoting
    from dure.stack.tenancy import acting

    with acting(THE_COOPERATIVE):
        (cluster,) = cooperative.ask(1)
    with _measured() as taken, acting(THE_COOPERATIVE):
        quoting.compose(cluster.id, AT)
    return taken()


def _breakdown(cooperative: Cooperative, chance: Random) -> tuple[float, float, int]:
    """Let a machine stand for a day, draft what moves, and drop it all again."""
    from dure.kernel.actor import COOPERATIVE, THE_COOPERATIVE, Actor, Role
    from dure.kernel.ids import PersonId
    from dure.plan import models
    from dure.plan.services import changing, incidents
    from dure.stack.tenancy import acting

    office = Actor(firm=COOPERATIVE, role=Role.OFFICE, person=PersonId(COOPERATIVE))
    machine, firm = chance.choice(cooperative.machines)
    with acting(office):
        told = incidents.stand_still(firm, [machine], starts=AT, until=AT + DAY, at=AT)
    with _measured() as taken, acting(THE_COOPERATIVE):
        draft = incidents.draft_for(told.id, AT)
    with acting(office):
        if draft is not None:
            changing.refuse_change(draft.id, AT)
    with acting(THE_COOPERATIVE):
        models.Incident.objects.filter(id=told.id).update(state="over")
    return *taken(), len(draft.moves) if draft else 0


@contextmanager
def _measured() -> Iterator[Callable[[], tuple[float, float]]]:
    from django.db import connection

    asked, start = Asked(), perf_counter()
    taken = 0.0
    with connection.execute_wrapper(asked):
        yield lambda: (taken, asked.seconds)
    taken = perf_counter() - start


def _p95(taken: Sequence[float]) -> float:
    return sorted(taken)[int(len(taken) * 0.95)]
