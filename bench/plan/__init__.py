"""Planning: an order book of 10,000 operations, and any folder of instances beside a peer."""

from collections.abc import Iterator

from bench import Figure
from bench.plan.books import best_dispatch, order_book
from bench.plan.clock import Seconds, compile_elsewhere, forget_peak, peak_mb, timed
from bench.plan.instances import rows, summary
from dure.plan.engine.check import broken_rules
from dure.plan.engine.problem import Problem
from dure.plan.engine.solve import Floor, prepare

__all__ = ["figures", "rows", "summary"]

SECONDS, LONG = 60.0, 120.0


def figures() -> Iterator[Figure]:
    """Plan order books of 10,000 operations, without and with set-ups, 100,000 and a million."""
    compile_elsewhere()
    yield from _ten_thousand()
    yield from _hundred_thousand()
    yield from _million()


def _ten_thousand() -> Iterator[Figure]:
    for setups in (False, True):
        book = order_book(jobs=2000, factories=200, setups=setups)
        named = "with set-ups" if setups else "without set-ups"
        prepare()
        peer, dispatched = timed(lambda book=book: best_dispatch(book))
        first_seconds, floor = timed(lambda book=book: _first(book))
        inserted = floor.best().objective
        floor.improve(Seconds(SECONDS))
        plan = floor.best()
        assert not list(broken_rules(book, plan.slots)), "the checker refuses the plan"
        yield Figure(
            name=f"first feasible plan, 10,000 operations {named}, model building included",
            value=first_seconds,
            unit="s",
            reach=1.0,
            peer="best of five dispatch rules",
            peer_value=peer,
        )
        yield Figure(
            name=f"weighted tardiness after {SECONDS:g} s, {named}",
            value=plan.objective,
            unit="min",
            reach=dispatched * (0.32 if setups else 0.22),
            peer="best of five dispatch rules",
            peer_value=dispatched,
        )
        yield Figure(
            name=f"the same against plain gap insertion, {named}",
            value=plan.objective,
            unit="min",
            reach=None,
            peer="gap insertion, best of five orders",
            peer_value=inserted,
        )


def _hundred_thousand() -> Iterator[Figure]:
    forget_peak()
    book = order_book(jobs=20_000, factories=2_000, setups=True)
    dispatched = best_dispatch(book)
    yield from _feasible("100,000 operations at 2,000 factories", book, within=10)
    floor = _first(book)
    floor.improve(Seconds(LONG))
    plan = floor.best()
    assert not list(broken_rules(book, plan.slots)), "the checker refuses the plan"
    yield Figure(
        name=f"weighted tardiness of 100,000 operations after {LONG:g} s, with set-ups",
        value=plan.objective,
        unit="min",
        reach=dispatched * 0.35,
        peer="best of five dispatch rules",
        peer_value=dispatched,
    )
    yield Figure(
        name="memory for that, the book included",
        value=peak_mb(),
        unit="MB",
        reach=2000,
        peer="a limit",
        peer_value=2000,
    )


def _million() -> Iterator[Figure]:
    book = order_book(jobs=200_000, factories=2_000, setups=True)
    yield from _feasible("a million operations at 2,000 factories", book, within=LONG)


def _feasible(named: str, book: Problem, *, within: float) -> Iterator[Figure]:
    peer, _ = timed(lambda: best_dispatch(book))
    taken, floor = timed(lambda: _first(book))
    assert not floor.best().unplanned, "there is always room without calendars"
    yield Figure(
        name=f"first feasible plan, {named}, model building included",
        value=taken,
        unit="s",
        reach=within,
        peer="best of five dispatch rules",
        peer_value=peer,
    )


def _first(problem: Problem) -> Floor:
    floor = Floor(problem, seed=1)
    floor.first_plan()
    return floor
