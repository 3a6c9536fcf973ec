"""Small problems by chance, with everything that the words of a problem allow."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dure.plan.engine.problem import (
    Alternative,
    Calendar,
    Crew,
    Goal,
    Job,
    Machine,
    Operation,
    Problem,
)


def sampled(few, many, *by_chance):
    """Test a law with a few examples; many of them when the long runs are asked for."""

    def tried(law):
        @pytest.mark.parametrize("times", [few, pytest.param(many, marks=pytest.mark.torture)])
        def test(times):
            settings(max_examples=times, deadline=None)(given(*by_chance)(law))()

        return test

    return tried


@st.composite
def operations(draw, machines, step):
    chosen = draw(st.lists(st.integers(0, machines - 1), min_size=1, max_size=3, unique=True))
    return Operation(
        alternatives=tuple(
            Alternative(
                machine=machine, minutes=draw(st.integers(1, 9)), cost=draw(st.integers(0, 5))
            )
            for machine in chosen
        ),
        after=tuple(sorted(draw(st.sets(st.integers(0, step - 1), max_size=2)))) if step else (),
        family=draw(st.integers(0, 2)),
        release=draw(st.sampled_from((0, 0, 0, 7))),
        splittable=draw(st.booleans()),
        dwell=draw(st.sampled_from((0, 0, 3))),
    )


@st.composite
def jobs(draw, machines, sites):
    steps = draw(st.integers(1, 4))
    return Job(
        operations=tuple(draw(operations(machines, step)) for step in range(steps)),
        release=draw(st.integers(0, 10)),
        due=draw(st.integers(0, 40)),
        weight=draw(st.integers(1, 5)),
        destination=draw(st.sampled_from((None, *range(sites)))),
    )


@st.composite
def calendars(draw):
    cuts = draw(st.lists(st.integers(1, 12), min_size=2, max_size=40))
    minute, windows = draw(st.integers(0, 4)), []
    for number, length in enumerate(cuts):
        if number % 2 == 0:
            windows.append((minute, minute + length))
        minute += length
    return Calendar(windows=tuple(windows))


def matrices(size, most):
    row = st.lists(st.integers(0, most), min_size=size, max_size=size).map(tuple)
    return st.lists(row, min_size=size, max_size=size).map(tuple)


@st.composite
def problems(draw, most_jobs=5, most_machines=4):
    machines, sites = draw(st.integers(1, most_machines)), draw(st.integers(1, 3))
    clocks = tuple(draw(st.lists(calendars(), max_size=2)))
    setups = tuple(draw(st.lists(matrices(3, 4), max_size=2)))
    trucks = draw(st.booleans()) and sites > 1
    crews = tuple(
        Crew(
            operators=draw(st.sampled_from((1, 1, 2))),
            calendar=draw(st.sampled_from((None, *range(len(clocks))))),
        )
        for _ in range(draw(st.integers(0, 1)) * sites)
    )
    at = [draw(st.integers(0, sites - 1)) for _ in range(machines)]
    return Problem(
        jobs=tuple(draw(jobs(machines, sites)) for _ in range(draw(st.integers(1, most_jobs)))),
        machines=tuple(
            Machine(
                site=site,
                calendar=draw(st.sampled_from((None, *range(len(clocks))))),
                setups=draw(st.sampled_from((None, *range(len(setups))))),
                family=draw(st.sampled_from((None, 0, 1))),
                crew=draw(st.sampled_from((None, site, site))) if crews else None,
            )
            for site in at
        ),
        transport=draw(matrices(sites, 6)),
        trucks={(0, 1): (5, 20, 700)} if trucks else {},
        calendars=clocks,
        setups=setups,
        crews=crews,
        goal=draw(
            st.sampled_from(
                (
                    Goal(),
                    Goal(setup=2, transport=1, cost=1),
                    Goal(tardiness=3, evenness=2),
                    Goal(makespan=True),
                )
            )
        ),
    )
