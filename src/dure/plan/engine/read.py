"""
Readers of the formats in which scheduling problems are passed around.

    .fjs        flexible job shop: `jobs machines [..]`, then per job `n` and n times
                `k` pairs `machine minutes`, machines from 1; goal: makespan.
                With jobs x jobs matrices behind, one per machine: set-ups, where the
                family of an operation is its job.
    .plan.json  Dure's own form, see document.py.
    .json(.gz)  an order book: factories, transport, machines, setup, jobs; goal: weighted
                tardiness. It may say who sets machines up: "crews": [[factory, operators], ...],
                so many people at a time for all machines of that factory.

A worked example, one job of two operations, the first on machine 1 (3 minutes) or 2 (4):

    1 2
    2 2 1 3 2 4 1 2 5

Malformed names the line, or the job and operation, that cannot be read.
"""

import gc
import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePath
from typing import Any

from dure.kernel.errors import Malformed
from dure.plan.engine.document import read_document
from dure.plan.engine.problem import (
    FAR,
    Alternative,
    Crew,
    Goal,
    Job,
    Machine,
    Matrix,
    Operation,
    Problem,
)
from dure.plan.engine.validate import validate

MOST_MACHINES = 1_000_000
UNREADABLE = (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError)


def read_problem(name: str, data: bytes, *, setups: bool = True) -> Problem:
    """Read a problem by its file's ending; `setups=False` leaves an order book's set-ups out."""
    with _nothing_collected():
        return _read_problem(name, data, setups=setups)


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """What is read all stays: looking for what may go takes a third of a large book's time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _read_problem(name: str, data: bytes, *, setups: bool) -> Problem:
    if name.endswith(".gz"):
        try:
            data, name = gzip.decompress(data), name[: -len(".gz")]
        except (OSError, EOFError) as bad:
            raise Malformed("plan.not_gzip", file=PurePath(name).name) from bad
    ending = PurePath(name).suffix
    if ending == ".fjs":
        problem = read_fjs(data.decode("utf-8-sig", "replace"))
    elif name.endswith(".plan.json"):
        problem = read_document(_json(data))
    elif ending == ".json":
        problem = read_order_book(data, setups=setups)
    else:
        raise Malformed("plan.unknown_format", file=PurePath(name).name)
    validate(problem)
    return problem


def read_fjs(text: str) -> Problem:
    """Read a flexible job shop, with set-up matrices where they follow."""
    lines = list(_lines(text))
    if not lines:
        raise Malformed("plan.empty_file")
    (number, head), rest = lines[0], lines[1:]
    if len(head) < 2 or head[0] < 1 or not 1 <= head[1] <= MOST_MACHINES:
        raise Malformed("plan.bad_line", line=number)
    jobs, machines = head[0], head[1]
    if len(rest) < jobs:
        raise Malformed("plan.too_few_lines", wanted=jobs, found=len(rest))
    matrices = _matrices(rest[jobs:], jobs, machines)
    return Problem(
        jobs=tuple(_job(*line, family) for family, line in enumerate(rest[:jobs])),
        machines=tuple(
            Machine(setups=machine if matrices else None) for machine in range(machines)
        ),
        setups=matrices,
        goal=Goal(makespan=True),
    )


def read_order_book(data: bytes, *, setups: bool = True) -> Problem:
    """Read a multi-factory order book; one without transport or set-ups needs no time for them."""
    try:
        book = json.loads(data)
        matrices = tuple(_matrix(matrix) for matrix in book.get("setup") or ()) if setups else ()
        told = {_whole(site): _whole(count) for site, count in book.get("crews") or ()}
        crews = {site: number for number, site in enumerate(told)} if matrices else {}
        return Problem(
            jobs=tuple(_order(number, order) for number, order in enumerate(book["jobs"])),
            machines=tuple(
                Machine(
                    site=_whole(site),
                    setups=_whole(capability) if matrices else None,
                    crew=crews.get(site),
                )
                for site, capability, *_ in book["machines"]
            ),
            transport=_matrix(book.get("transport") or ()),
            setups=matrices,
            crews=tuple(Crew(operators=told[site]) for site in crews),
        )
    except UNREADABLE as bad:
        raise Malformed("plan.bad_order_book", problem=_said(bad)) from bad


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as bad:
        raise Malformed("plan.bad_document", problem=str(bad)) from bad


def _lines(text: str) -> Iterator[tuple[int, list[int]]]:
    is_head = True
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if not words:
            continue
        try:
            # the average of alternatives in the head may be a decimal number
            yield number, [int(word) for word in (words[:2] if is_head else words)]
        except ValueError as bad:
            raise Malformed("plan.bad_line", line=number) from bad
        is_head = False


def _job(number: int, words: Sequence[int], family: int) -> Job:
    if not words or words[0] < 1:
        raise Malformed("plan.bad_line", line=number)
    operations: list[Operation] = []
    at = 1
    for step in range(words[0]):
        ways = words[at] if at < len(words) else 0
        pairs = words[at + 1 : at + 1 + 2 * ways]
        if ways < 1 or len(pairs) < 2 * ways:
            raise Malformed("plan.bad_operation", line=number, operation=step)
        operations.append(
            Operation(
                alternatives=tuple(
                    Alternative(machine=machine - 1, minutes=minutes)
                    for machine, minutes in _quickest(zip(pairs[::2], pairs[1::2], strict=True))
                ),
                after=(step - 1,) if step else (),
                family=family,
            )
        )
        at += 1 + 2 * ways
    if at != len(words):
        raise Malformed("plan.bad_line", line=number)
    return Job(operations=tuple(operations), due=0)


def _quickest(pairs: Iterable[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    """Some files name a machine twice for an operation: the quicker way is the only one of use."""
    least: dict[int, int] = {}
    for machine, minutes in pairs:
        least[machine] = min(minutes, least.get(machine, minutes))
    return least.items()


def _matrices(
    lines: Sequence[tuple[int, list[int]]], jobs: int, machines: int
) -> tuple[Matrix, ...]:
    if not lines:
        return ()
    if len(lines) != jobs * machines:
        raise Malformed("plan.too_few_lines", wanted=jobs * machines, found=len(lines))
    for number, row in lines:
        if len(row) != jobs:
            raise Malformed("plan.bad_line", line=number)
    rows = [tuple(row) for _, row in lines]
    return tuple(tuple(rows[machine * jobs : (machine + 1) * jobs]) for machine in range(machines))


def _order(number: int, order: dict[str, Any]) -> Job:
    try:
        return Job(
            operations=tuple(_step(number, *each) for each in enumerate(order["ops"])),
            release=_whole(order["r"]),
            due=min(_whole(order["d"]), FAR),
            weight=_whole(order["w"]),
        )
    except UNREADABLE as bad:
        raise Malformed("plan.bad_job", job=number, problem=_said(bad)) from bad


def _step(job: int, number: int, step: dict[str, Any]) -> Operation:
    try:
        return Operation(
            alternatives=tuple(
                Alternative(machine=_whole(machine), minutes=_whole(minutes))
                for machine, minutes in _quickest(step["alt"])
            ),
            after=(number - 1,) if number else (),
            family=_whole(step["fam"]),
        )
    except UNREADABLE as bad:
        where = {"job": job, "operation": number}
        raise Malformed("plan.bad_step", problem=_said(bad), **where) from bad


def _said(bad: Exception) -> str:
    """Say what is wrong: a KeyError's only word is the name that is missing."""
    return f"{bad} is missing" if isinstance(bad, KeyError) else str(bad)


def _matrix(rows: Any) -> Matrix:
    return tuple(tuple(_whole(entry) for entry in row) for row in rows)


def _whole(number: Any) -> int:
    if isinstance(number, float) and number.is_integer():
        return int(number)
    if not isinstance(number, int):
        raise TypeError(f"{number!r} is no whole number")
    return number
