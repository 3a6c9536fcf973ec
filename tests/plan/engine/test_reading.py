import gzip
import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dure.kernel.canonical import canonical
from dure.kernel.errors import Malformed
from dure.plan.engine.budget import Steps
from dure.plan.engine.check import broken_rules
from dure.plan.engine.document import problem_document, read_document, read_slots
from dure.plan.engine.problem import Crew
from dure.plan.engine.read import read_fjs, read_problem
from dure.plan.engine.solve import solve
from dure.plan.engine.validate import validate
from tests.plan.engine.problems import problems

EXAMPLE = "1 2\n2 2 1 3 2 4 1 2 5\n"
SETUPS = "2 1 1.0\n1 1 1 3\n1 1 1 4\n\n0 7\n9 0\n"
DATA = Path(__file__).parents[4] / "shared/data/scheduling"


def test_it_works():
    problem = read_fjs(EXAMPLE)

    first, second = problem.jobs[0].operations
    assert [(0, 3), (1, 4)] == [(way.machine, way.minutes) for way in first.alternatives]
    assert (0,) == second.after
    assert problem.goal.makespan


def test_matrices_behind_the_jobs_are_set_ups_by_job():
    problem = read_problem("a.fjs", SETUPS.encode())

    assert (((0, 7), (9, 0)),) == problem.setups
    assert [0, 1] == [job.operations[0].family for job in problem.jobs]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "plan.empty_file", None),
        ("1 x\n", "plan.bad_line", 1),
        ("0 1\n", "plan.bad_line", 1),
        ("1 99999999999\n", "plan.bad_line", 1),
        ("2 1\n1 1 1 3\n", "plan.too_few_lines", None),
        ("1 1\n1 2 1 3\n", "plan.bad_operation", 2),
        ("1 1\n1 1 1 3 9\n", "plan.bad_line", 2),
        ("1 1\n1 1 5 3\n", "plan.bad_machine", None),
        ("1 1\n1 1 1 -3\n", "plan.bad_minutes", None),
        ("1 1\n1 1 1 3\n0 1\n", "plan.bad_line", 3),
        ("1 1\n1 1 1 3\n0\n0\n", "plan.too_few_lines", None),
    ],
)
def test_what_cannot_be_read_is_named(text, code, line):
    with pytest.raises(Malformed) as caught:
        read_problem("a.fjs", text.encode())

    assert code == caught.value.reason.code
    assert line in (None, caught.value.reason.parameters.get("line"))


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.txt", b"", "plan.unknown_format"),
        ("a.json.gz", b"no gzip", "plan.not_gzip"),
        ("a.json.gz", gzip.compress(b"{}", mtime=0), "plan.bad_order_book"),
        ("a.json", b"[" * 100_000, "plan.bad_order_book"),
        ("a.plan.json", b'{"jobs": 3}', "plan.bad_document"),
        ("a.plan.json", b'{"jobs": [], "machines": [], "colour": 1}', "plan.bad_document"),
        (
            "a.plan.json",
            b'{"jobs": [{"operations": [], "due": "x"}], "machines": []}',
            "plan.bad_document",
        ),
    ],
)
def test_a_file_that_is_none_is_refused(name, data, code):
    with pytest.raises(Malformed) as caught:
        read_problem(name, data)

    assert code == caught.value.reason.code


GOLDEN = sorted((Path(__file__).parents[2] / "golden/plan").glob("*/problem.plan.json"))
NONSENSE = (None, -1, 10**20, 1.5, "x", [], {}, [[]], [1], [5, 4], {"a": 1})


def places(value, way=()):
    """Where in a document something stands: the keys that lead there."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in inside:
        yield (*way, key)
        if isinstance(item, dict | list):
            yield from places(item, (*way, key))


@settings(max_examples=120, deadline=None)
@given(file=st.sampled_from(GOLDEN), chance=st.randoms(use_true_random=False))
def test_a_document_with_nonsense_in_it_is_refused_or_planned(file, chance):
    document = json.loads(file.read_bytes())
    *way, last = chance.choice(list(places(document)))
    here = document
    for key in way:
        here = here[key]
    here[last] = chance.choice(NONSENSE)

    with suppress(Malformed):
        problem = read_problem("a.plan.json", json.dumps(document).encode())
        plan = solve(problem, seed=1, budget=Steps(1), way="python")

        assert [] == list(broken_rules(problem, plan.slots, unplanned=tuple(plan.unplanned)))


def test_what_is_wrong_in_a_document_is_named_by_its_place():
    data = b'{"jobs": [{"operations": [{"alternatives": [{"machine": 0, "minutes": "x"}]}]}]}'

    with pytest.raises(Malformed) as caught:
        read_problem("a.plan.json", data[:-1] + b', "machines": [{}]}')

    where = "jobs[0].operations[0].alternatives[0].minutes"
    assert f"{where} cannot be 'x'" == caught.value.reason.parameters["problem"]


@pytest.mark.parametrize(
    "plan",
    [
        3,
        [],
        {},
        {"operations": 3},
        {"operations": [3]},
        {"operations": [{"job": "a", "operation": 0, "machine": 0, "start": 0, "end": 3}]},
        {"operations": [{"job": 0, "operation": 0, "machine": 0, "start": None, "end": 3}]},
        {"operations": [{"job": 0, "operation": 0, "machine": 0, "start": 0, "end": 3, "x": 1}]},
        {"operations": [], "unplanned": [1]},
        {"operations": [], "unplanned": [{"job": "b"}]},
    ],
)
def test_a_strangers_plan_that_is_none_is_refused(plan):
    with pytest.raises(Malformed, match=r"plan\.bad_document"):
        read_slots(plan)


BOOK = {
    "factories": [[0, 0]],
    "machines": [[0, 0, 1]],
    "jobs": [{"r": 0, "d": 9, "w": 1, "ops": [{"cap": 0, "fam": 0, "alt": [[0, 3]]}]}],
}


def book(**job):
    return json.dumps(BOOK | {"jobs": [BOOK["jobs"][0], BOOK["jobs"][0] | job]}).encode()


@pytest.mark.parametrize(
    ("job", "code", "operation"),
    [
        ({"d": None}, "plan.bad_job", None),
        ({"r": 1.5}, "plan.bad_job", None),
        ({"d": -(10**19)}, "plan.bad_due", None),
        ({"ops": 3}, "plan.bad_job", None),
        ({"ops": []}, "plan.empty_job", None),
        ({"ops": [{"fam": 0, "alt": [[0, 3]]}, {"fam": 0}]}, "plan.bad_step", 1),
        ({"ops": [{"fam": 0, "alt": [[0, "3"]]}]}, "plan.bad_step", 0),
        ({"ops": [{"fam": 0, "alt": [[0, 3.5]]}]}, "plan.bad_step", 0),
        ({"ops": [{"fam": 0, "alt": [["a", 3]]}]}, "plan.bad_step", 0),
        ({"ops": [{"fam": 0, "alt": [3]}]}, "plan.bad_step", 0),
        ({"ops": [{"fam": "red", "alt": [[0, 3]]}]}, "plan.bad_step", 0),
        ({"ops": [{"fam": 0, "alt": [[1, 3]]}]}, "plan.bad_machine", 0),
        ({"ops": [{"fam": 0, "alt": []}]}, "plan.no_alternative", 0),
    ],
)
def test_what_is_wrong_in_an_order_book_is_named_by_job_and_operation(job, code, operation):
    with pytest.raises(Malformed) as caught:
        read_problem("book.json", book(**job))

    where = caught.value.reason.parameters
    assert (code, 1, operation) == (
        caught.value.reason.code,
        where["job"],
        where.get("operation"),
    )


def test_an_order_book_of_one_place_without_set_ups_need_not_speak_of_them():
    problem = read_problem("book.json", book(r=2.0))

    assert ((), (), None) == (problem.transport, problem.setups, problem.machines[0].setups)
    assert 2 == problem.jobs[1].release


def test_a_byte_order_mark_and_empty_lines_before_the_head_are_no_part_of_it():
    problem = read_problem("a.fjs", b"\xef\xbb\xbf\r\n\r\n1 2 1.5\r\n" + b"1 1\t2  3 \r\n\r\n")

    assert [(1, 3)] == [
        (way.machine, way.minutes) for way in problem.jobs[0].operations[0].alternatives
    ]


@settings(max_examples=300)
@given(st.text(alphabet="0123456789 -x\n", max_size=60))
def test_any_text_is_read_or_refused_and_nothing_else(text):
    with suppress(Malformed):
        validate(read_fjs(text))


@settings(max_examples=40)
@given(problems())
def test_a_problem_comes_back_from_its_document(problem):
    document = json.loads(canonical(problem_document(problem)))

    assert problem == read_document(document)


@pytest.mark.skipif(not DATA.exists(), reason="the shared instances are not here")
@pytest.mark.parametrize("each", [pytest.param(1, marks=pytest.mark.torture), 6])
def test_the_instances_of_the_shared_set_are_read(each):
    files = sorted(DATA.glob("*/*.fjs"))[::each] + sorted(DATA.glob("multifactory/mf_f10*.gz"))

    sizes = {file.name: len(read_problem(file.name, file.read_bytes()).jobs) for file in files}

    assert 180 // each <= len(sizes)
    assert 60 == sizes["mf_f10_j60_s3.json.gz"]


def test_a_machine_that_is_named_twice_works_the_quicker_way():
    problem = read_fjs("1 2\n1 3 2 7 1 5 2 4\n")

    (operation,) = problem.jobs[0].operations
    assert [(1, 4), (0, 5)] == [(way.machine, way.minutes) for way in operation.alternatives]


def test_an_order_book_says_who_sets_machines_up():
    book = {
        "factories": [[0, 0], [9, 9]],
        "transport": [[0, 5], [5, 0]],
        "machines": [[0, 0, 1], [1, 0, 1]],
        "setup": [[[0, 7], [7, 0]]],
        "crews": [[1, 2]],
        "jobs": [{"r": 0, "d": 9, "w": 1, "ops": [{"cap": 0, "fam": 1, "alt": [[0, 3], [1, 4]]}]}],
    }

    problem = read_problem("book.json", json.dumps(book).encode())
    without = read_problem("book.json", json.dumps(book).encode(), setups=False)

    assert ((Crew(operators=2),), [None, 0]) == (
        problem.crews,
        [machine.crew for machine in problem.machines],
    )
    assert ((), [None, None]) == (without.crews, [machine.crew for machine in without.machines])
