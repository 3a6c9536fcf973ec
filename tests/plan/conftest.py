"""Where most stories of planning begin: a house that plans, and its first day."""

import pytest

from dure.journal.models import BusinessTime
from dure.stack.tenancy import acting
from tests.cast import AT, OFFICE
from tests.members.test_founding import cooperative
from tests.plan.story import Story

__all__ = ["cooperative"]


@pytest.fixture
def story(cooperative):
    """A house with planning in it."""
    return Story()


@pytest.fixture
def its_day(cooperative):
    """Today is the day on which the story begins."""
    with acting(OFFICE):
        BusinessTime.objects.update_or_create(id=True, defaults={"now": AT})
