"""
Matching: 19,000 firms around the towns of a country, with 20 capabilities each.

Speed stands beside the textbook's recurrence over all who can do each step. Cost stands beside the
two rules that people use: the cheapest maker of each step, and the maker that adds least to those
before. The cooperative is by chance (dure.twin.country says how): the speed carries over,
the percentages do not.
"""

import gc
import json
from collections.abc import Callable, Generator, Iterator, Sequence
from statistics import median, quantiles
from time import perf_counter, process_time
from typing import Any, TypeVar

from bench import Figure, database
from dure.match.engine.alternatives import alternatives
from dure.match.engine.coop import Coop
from dure.match.engine.coopfile import coop_from_json
from dure.match.engine.form import need_from_json
from dure.match.engine.frontier import frontier
from dure.match.engine.need import Need
from dure.match.engine.problem import WAY, Problem, pose
from dure.match.engine.weights import weights
from dure.twin.country import a_country, a_need

FAIR_NEEDS, FAIR_STEPS = 600, 5
T = TypeVar("T")
FAIR = (0, 10, 30, 60)  # weights of fair share, in basis points


def figures(needs: int = 60) -> Iterator[Figure]:
    """Match so many needs of each shape by each rule, and compare."""
    coop = yield from _from_file()
    for shape, steps, reach in (("chain", 8, 50), ("graph", 12, 300)):
        yield from _speed(coop, [_need(seed, steps, shape) for seed in range(needs)], shape, reach)
    yield _change(coop)
    yield from _fairness(coop)
    del coop
    yield from _rebuilt()


def _from_file() -> Generator[Figure, None, Coop]:
    """Lay the cooperative out, as it is read from its file."""
    file = json.dumps(a_country(seed=20261121))
    gc.disable()  # as `dure match solve` does: millions of values are read, and none is let go
    parsing, body = _timed(lambda: json.loads(file))
    laying_out, coop = _timed(lambda: coop_from_json(body).coop)
    gc.enable()
    yield Figure(
        name="laying out a cooperative that was read from its file",
        value=laying_out,
        unit="s",
        reach=5,
        peer="parsing its JSON",
        peer_value=parsing,
    )
    yield Figure(
        name="the index of 380,000 capabilities",
        value=coop.nbytes / 1e6,
        unit="MB",
        reach=300,
        peer="its file",
        peer_value=len(file) / 1e6,
    )
    return coop


def _speed(coop: Coop, needs: Sequence[Need], shape: str, reach: float) -> Iterator[Figure]:
    alternatives(coop, needs[0])
    labels = ("cheap",) if shape == "chain" else ()
    ours, busy, peers, gaps, counts = [], [], [], [], []
    costs = {"ours": 0, "the cheapest maker of each step": 0, "step by step what adds least": 0}
    if shape == "chain":
        costs["the optimum, by the recurrence"] = 0
    for need in needs:
        began, worked = perf_counter(), process_time()
        found = alternatives(coop, need, labels).alternatives
        busy.append(1000 * (process_time() - worked))
        ours.append(1000 * (perf_counter() - began))
        if not found:
            continue
        counts.append(len(found))
        gaps.append(max(each.gap_bp for each in found) / 100)
        problem = pose(coop, need, weights()["cheap"])
        costs["ours"] += found[0].cost
        costs["the cheapest maker of each step"] += problem.cost(cheapest(problem)) // WAY
        costs["step by step what adds least"] += problem.cost(greedy(problem)) // WAY
        if shape == "chain":
            began = perf_counter()
            least = whole_chain(problem)
            peers.append(1000 * (perf_counter() - began))
            assert least <= found[0].cost, (
                "the recurrence lets one row work twice, and so costs less"
            )
            assert problem.same or found[0].bound <= least, "the certificate holds"
            costs["the optimum, by the recurrence"] += least
    steps = len(needs[0].tasks)
    named = f"a {steps}-step {shape}" + ("" if labels else ", three alternatives")
    yield Figure(
        name=f"{named}, p95",
        value=p95(ours),
        unit="ms",
        reach=reach,
        peer="the recurrence over everybody who can, p95" if peers else "the reach",
        peer_value=p95(peers) if peers else reach,
    )
    yield Figure(
        name=f"{named}, in the middle",
        value=median(ours),
        unit="ms",
        reach=None,
        peer="its processor time",
        peer_value=median(busy),
    )
    yield Figure(
        name=f"certified gap of the worst of {sum(counts)} alternatives",
        value=max(gaps),
        unit="%",
        reach=0.5,
        peer="the reach",
        peer_value=0.5,
    )
    for rule in list(costs)[1:]:
        yield Figure(
            name=f"cost of {len(counts)} needs of {steps} steps ({shape})",
            value=costs["ours"] / len(counts),
            unit="won",
            reach=None,
            peer=rule,
            peer_value=costs[rule] / len(counts),
        )


def _change(coop: Coop) -> Figure:
    """Change one member's price and match again: the answer sees it."""
    need = _need(1, 8, "chain")
    first = alternatives(coop, need, ("cheap",)).alternatives[0].choices[0]
    began = perf_counter()
    changed = coop.changed(first.member, [])
    again = alternatives(changed, need, ("cheap",)).alternatives[0].choices[0]
    taken = perf_counter() - began
    assert first.member != again.member, "the change is seen"
    return _limit("a change, and the next match that sees it", taken, 1)


def _rebuilt() -> Iterator[Figure]:
    """Read the index of 380,000 capabilities from PostgreSQL, then take one change in."""
    with database() as (_, connection):
        from dure.kernel.actor import THE_COOPERATIVE
        from dure.match import store
        from dure.members.engine.process_codes import process_codes
        from dure.stack.tenancy import acting

        codes = list(process_codes())

        with acting(THE_COOPERATIVE), connection.cursor() as cursor:
            for statement in ROWS:
                cursor.execute(statement, {"codes": codes} if "codes" in statement else None)
        with acting(THE_COOPERATIVE):
            began = perf_counter()
            read = store.read()
            yield _limit("the index read from PostgreSQL", perf_counter() - began, 5)
        assert len(read.capabilities) == 380_000
        with acting(THE_COOPERATIVE), connection.cursor() as cursor:
            cursor.execute(
                "update members_rate set unit_won = 1"
                " where firm_id = (select id from members_firm where number = 1)"
            )
        with acting(THE_COOPERATIVE):
            began = perf_counter()
            store.refreshed(read)
            yield _limit("a member's change taken in", perf_counter() - began, 1)


ROWS = (
    "insert into members_firm (id, version, number, business_number, name, name_en, kind, ksic)"
    " select gen_random_uuid(), 1, n, lpad(n::text, 10, '0'), n::text, '', 'member', ''"
    " from generate_series(1, 19000) n",
    "insert into members_site (id, firm_id, code, name, building, region, east_m, north_m)"
    " select gen_random_uuid(), id, 'A', '', '', 'region ' || number % 17,"
    " number * 7 % 4000, number * 13 % 3000"
    " from members_firm",
    "insert into members_calendar (firm_id, shifts, holidays)"
    " select id, format('[[%s, 540, 1080]]', number % 5)::jsonb, '{}' from members_firm",
    "insert into members_capability (id, firm_id, site_id, process, lot_min, lot_max,"
    " setup_minutes, minutes_per_100, equipment, materials, envelope_mm, tolerance)"
    " select gen_random_uuid(), f.id, s.id, (%(codes)s::text[])"
    "[1 + (f.number * 20 + n) %% cardinality(%(codes)s::text[])],"
    " 1, 5000, 30, 60,"
    " array[gen_random_uuid()], '{}', '{}', 0"
    " from members_firm f join members_site s on s.firm_id = f.id,"
    " generate_series(1, 20) n",
    "insert into members_rate (id, firm_id, process, setup_won, unit_won)"
    " select gen_random_uuid(), firm_id, process, 1000, 100 + hashtext(id::text) & 255"
    " from members_capability",
    "analyze members_capability",
    "analyze members_rate",
)


def _fairness(coop: Coop) -> Iterator[Figure]:
    """Give out 600 needs one after the other, by several weights of fair share."""
    needs = [_need(10_000 + seed, FAIR_STEPS, "chain") for seed in range(FAIR_NEEDS)]
    for point in frontier(coop, needs, FAIR):
        yield Figure(
            name=f"ten busiest firms' share of steps, weight {point.weight_bp}"
            f" ({point.members} firms have work)",
            value=point.busiest_bp / 100,
            unit="%",
            reach=5,
            peer=f"what it costs more, {point.extra_bp / 100:.2f} %, against 3 %",
            peer_value=5,
        )


def _need(seed: int, steps: int, shape: Any) -> Need:
    return need_from_json(a_need(seed, steps, shape))


def whole_chain(problem: Problem) -> int:
    """Give the least cost of a chain by the textbook's recurrence."""
    value = problem.slots[0].won
    for before, slot in zip(problem.slots, problem.slots[1:], strict=False):
        ways = problem.places.minutes(before.place, slot.place) * problem.road_won
        value = (ways + value[:, None]).min(axis=0) + slot.won
    return int(value.min())


def cheapest(problem: Problem) -> list[int]:
    """Pick the cheapest maker of each step."""
    return [int(slot.won.argmin()) for slot in problem.slots]


def greedy(problem: Problem) -> list[int]:
    """Pick step by step the maker that adds least to those before."""
    picks: list[int] = []
    for slot, before in zip(problem.slots, problem.before, strict=True):
        added = slot.won
        for source in before:
            there = problem.slots[source].place[[picks[source]]]
            added = added + problem.places.minutes(there, slot.place)[0] * problem.road_won
        picks.append(int(added.argmin()))
    return picks


def p95(taken: Sequence[float]) -> float:
    """Give the time that one in twenty takes longer than."""
    return quantiles(taken, n=20)[-1]


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    began = perf_counter()
    done = work()
    return perf_counter() - began, done


def _limit(name: str, value: float, limit: float) -> Figure:
    return Figure(name=name, value=value, unit="s", reach=limit, peer="limit", peer_value=limit)
