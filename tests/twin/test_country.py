import json
from hashlib import sha256
from inspect import signature

import pytest

from dure.match.engine.alternatives import alternatives
from dure.match.engine.coopfile import coop_from_json
from dure.match.engine.form import need_from_json
from dure.twin.country import BUILDINGS, SKILLS, a_country, a_need, a_park


@pytest.mark.parametrize(("make", "firms"), [(a_park, 10_145), (a_country, 19_000)])
def test_they_are_as_large_as_the_real_ones_unless_asked_otherwise(make, firms):
    assert firms == signature(make).parameters["firms"].default


def test_a_park_stands_in_106_buildings_of_three_complexes():
    members = a_park(seed=1, firms=2_000)["members"]

    assert BUILDINGS == 106
    assert 100 < len({(each["east_m"], each["north_m"]) for each in members}) <= BUILDINGS
    assert {"park-1", "park-2", "park-3"} == {each["region"] for each in members}


@pytest.mark.parametrize("make", [a_park, a_country])
def test_every_firm_has_twenty_skills_that_can_be(make):
    body = make(seed=1, firms=60)

    read = coop_from_json(body)

    assert () == read.set_aside == read.ignored
    assert {SKILLS} == {len(each["skills"]) for each in body["members"]}
    assert 60 * SKILLS == sum(len(shelf) for shelf in read.coop.shelves.values())


@pytest.mark.parametrize("make", [a_park, a_country])
def test_the_same_seed_gives_the_same_firms_however_many_there_are(make):
    few, more = make(seed=7, firms=20)["members"], make(seed=7, firms=40)["members"]

    assert few == more[:20]
    assert few != make(seed=8, firms=20)["members"]


def test_what_a_seed_gives_is_the_same_on_every_machine():
    body = [a_park(3, firms=5), a_country(3, firms=5), a_need(3, 8), a_need(3, 12, "graph")]

    digest = sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()

    assert "b3e67ad53fc3443e" == digest[:16]


def test_a_graph_has_one_end_and_no_circle_and_a_chain_is_one():
    for seed in range(20):
        graph = need_from_json(a_need(seed, 12, "graph"))
        built_on = {before for task in graph.tasks for before in task.after}
        assert 1 == len([task for task in graph.tasks if task.code not in built_on])
    chain = need_from_json(a_need(1, 8))
    assert [1] * 7 == [len(task.after) for task in chain.tasks][1:]


def test_a_need_can_be_met_by_a_part_of_the_country():
    coop = coop_from_json(a_country(seed=1, firms=1_500)).coop

    answer = alternatives(coop, need_from_json(a_need(1, 8)), ("cheap",))

    assert 8 == len(answer.alternatives[0].choices)
