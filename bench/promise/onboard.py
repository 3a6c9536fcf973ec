"""Promises and repairs on a board of 10,000 operations; promises kept when events are replayed."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random
from time import perf_counter

from bench import Figure
from bench.plan.books import order_book
from bench.plan.clock import Seconds
from dure.plan.engine.board import Board, Draft
from dure.plan.engine.check import check
from dure.plan.engine.happening import Closing
from dure.plan.engine.problem import Job, Problem, Slot
from dure.plan.engine.promise import Promise
from dure.plan.engine.solve import Floor

PROMISES, BREAKDOWNS, REPLAYED = 200, 100, 40
DAY = 1440
NOW = 600


def figures() -> Iterator[Figure]:
    """Promise new orders, repair breakdowns, through the board; whole plans checked besides."""
    book = order_book(jobs=2000, factories=200, setups=True)
    floor = Floor(book, seed=1, way="compiled")
    floor.first_plan()
    floor.improve(Seconds(5))
    slots = floor.best().slots
    building, board = _timed(lambda: Board(book, slots, way="compiled"))
    board.promise(_job(book, Random(0)))  # compiled, or read from where that is kept
    yield _promises(book, board, building)
    yield from _repairs(book, board, building)
    yield _kept(book, slots, breakdowns=0)
    yield _kept(book, slots, breakdowns=len(book.machines) // 20)


def _promises(book: Problem, board: Board, building: float) -> Figure:
    taken = []
    for number in range(PROMISES):
        job = _job(book, Random(number))
        seconds, found = _timed(lambda job=job: board.promise(job))
        assert isinstance(found, Promise), "there is always room without calendars"
        taken.append(seconds)
    return Figure(
        name=f"a new promise at 10,000 operations, p95 of {PROMISES}",
        value=1000 * _p95(taken),
        unit="ms",
        reach=20,
        peer="laying the book out in memory",
        peer_value=1000 * building,
    )


def _repairs(book: Problem, board: Board, building: float) -> Iterator[Figure]:
    taken, moved = [], []
    standing = board.slots
    for number in range(BREAKDOWNS):
        machine = Random(number).randrange(len(book.machines))
        closing = Closing(machine=machine, start=NOW, end=NOW + DAY)
        seconds, draft = _timed(lambda closing=closing: board.repair(now=NOW, happenings=[closing]))
        taken.append(seconds)
        moved.append(len(draft.moves) / len(standing))
        _check(draft, standing)
    yield Figure(
        name=f"repair after a breakdown of a day at 10,000 operations, p95 of {BREAKDOWNS}",
        value=1000 * _p95(taken),
        unit="ms",
        reach=50,
        peer="laying the book out in memory",
        peer_value=1000 * building,
    )
    yield Figure(
        name=f"operations that such a repair moves, most of {BREAKDOWNS}",
        value=100 * max(moved),
        unit="%",
        reach=1.0,
        peer="all of them",
        peer_value=100,
    )


def _check(draft: Draft, standing: tuple[Slot, ...]) -> None:
    """The whole plan after a repair, by the independent checker; what had begun stands."""
    moved = {move.old: move.new for move in draft.moves}
    after = [moved.get(slot, slot) for slot in standing]
    check(draft.problem, [slot for slot in after if slot], unplanned=draft.unplanned)
    assert all(slot.start >= NOW for slot in moved if slot), "something frozen moved"


def _kept(book: Problem, slots: tuple[Slot, ...], *, breakdowns: int) -> Figure:
    """Promise orders one after the other, let machines break down, and see which dates held."""
    board = Board(book, slots, way="compiled")
    promised = {}
    for number in range(REPLAYED):
        found = board.add(_job(book, Random(1000 + number)), now=NOW)
        assert isinstance(found, Promise), "there is always room without calendars"
        promised[len(board.problem.jobs) - 1] = found.minute
    chance = Random(7)
    for machine in chance.sample(range(len(book.machines)), breakdowns):
        start = NOW + chance.randrange(DAY)
        closing = Closing(machine=machine, start=start, end=start + chance.randint(60, 480))
        board.adopt(board.repair(now=NOW, happenings=[closing]))
    check(board.problem, board.slots)
    done = {job: _end(board, job) for job in promised}
    return Figure(
        name="promises kept when the same events are replayed, "
        + (f"{breakdowns} machines broken down (5%)" if breakdowns else "without breakdowns"),
        value=100 * sum(done[job] <= promised[job] for job in promised) / len(promised),
        unit="%",
        reach=None if breakdowns else 100,
        peer="all of them",
        peer_value=100,
    )


def _end(board: Board, job: int) -> int:
    return board.problem.finish(job, board.table.of_job(job).values())


def _job(book: Problem, chance: Random) -> Job:
    return replace(chance.choice(book.jobs), release=chance.randrange(NOW, 2 * NOW))


def _p95(taken: list[float]) -> float:
    return sorted(taken)[int(len(taken) * 0.95)]


def _timed(work: Callable[[], object]):  # type: ignore[no-untyped-def]
    start = perf_counter()
    done = work()
    return perf_counter() - start, done
