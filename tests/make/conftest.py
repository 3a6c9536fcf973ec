import pytest


@pytest.fixture(autouse=True)
def only_make_reacts(settings):
    settings.DURE_WIRING = "tests.make.wiring"
