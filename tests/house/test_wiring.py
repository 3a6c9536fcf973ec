"""The table of reactions names services that exist, for kinds that exist."""

import inspect

import pytest
from django.utils.module_loading import import_string

from dure.project.wiring import REACTIONS
from tests.house.test_fact_kinds import declared


@pytest.mark.parametrize("kind", REACTIONS)
def test_the_kind_is_declared(kind):
    assert kind in {name.split("/")[0] for name in declared()}


@pytest.mark.parametrize("name", sorted({name for names in REACTIONS.values() for name in names}))
def test_the_reaction_is_a_service_that_takes_a_fact_and_an_instant(name):
    service = import_string(name)

    assert ["fact", "at"] == list(inspect.signature(service).parameters)
