"""Promises and repairs over an order book of 10,000 operations."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from time import perf_counter

from bench import Figure
from bench.plan import Seconds, order_book
from dure.plan.engine.problem import Calendar, Problem, Slot
from dure.plan.engine.promise import Promise, promise
from dure.plan.engine.repair import moves, repair
from dure.plan.engine.solve import Floor

PROMISES, BREAKDOWNS = 5, 5


def figures() -> Iterator[Figure]:
    """Promise new orders, repair breakdowns, each from the whole book, model building included."""
    book = order_book(jobs=2000, factories=200, setups=True)
    floor = Floor(book, seed=1, way="compiled")
    floor.first_plan()
    floor.improve(Seconds(5))
    plan = floor.best()
    building = _seconds(lambda: Floor(book, seed=1, way="compiled"))
    promised = sorted(_promise_seconds(book, plan.slots, number) for number in range(PROMISES))
    yield Figure(
        name="a new promise at 10,000 operations, slowest of five",
        value=promised[-1],
        unit="s",
        reach=0.02,
        peer="laying the book out in memory",
        peer_value=building,
    )
    repaired = [_repair(book, plan.slots, number) for number in range(BREAKDOWNS)]
    yield Figure(
        name="repair after a breakdown at 10,000 operations, slowest of five",
        value=max(seconds for seconds, _ in repaired),
        unit="s",
        reach=0.05,
        peer="laying the book out in memory",
        peer_value=building,
    )
    yield Figure(
        name="operations that such a repair moves, most of five",
        value=100 * max(share for _, share in repaired),
        unit="%",
        reach=1.0,
        peer="all of them",
        peer_value=100,
    )


def _promise_seconds(book: Problem, slots: tuple[Slot, ...], number: int) -> float:
    new = Random(number).choice(book.jobs)
    start = perf_counter()
    found = promise(book, slots, new, seed=1, steps=0, way="compiled")
    assert isinstance(found, Promise), "there is always room without calendars"
    return perf_counter() - start


def _repair(book: Problem, slots: tuple[Slot, ...], number: int) -> tuple[float, float]:
    chance = Random(number)
    machine = chance.randrange(len(book.machines))
    now = 600
    machines = list(book.machines)
    machines[machine] = replace(machines[machine], calendar=0)
    down = Calendar(windows=((0, now), (now + 1440, 2**30)))
    started = tuple(slot for slot in slots if slot.start < now and slot.machine != machine)
    broken = replace(book, machines=tuple(machines), calendars=(down,), pinned=started)
    start = perf_counter()
    repaired = repair(broken, slots, seed=1, way="compiled")
    taken = perf_counter() - start
    return taken, len(moves(slots, repaired.slots)) / len(slots)


def _seconds(work) -> float:  # type: ignore[no-untyped-def]
    start = perf_counter()
    work()
    return perf_counter() - start
