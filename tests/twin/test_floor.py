"""What a job's machine measured leaves it once and whole, whatever else its gateway did."""

from datetime import UTC, datetime, timedelta

import pytest

from dure.twin.cooperative import found
from dure.twin.floor import Job
from dure.twin.machines import Reading

AT = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)


def minute(number):
    return AT + timedelta(minutes=number)


@pytest.fixture
def job():
    readings = [Reading(device="KILN-1", at=minute(n), values={"cycles": n}) for n in range(1, 11)]
    return Job(found(seed=1).members[0], {"step": "fire", "planned": 10}, readings=readings)


def test_the_first_job_of_a_day_gives_all_that_was_measured_since_it_began(job):
    assert [1, 2, 3, 4, 5, 6, 7] == [each.values["cycles"] for each in job.measured(minute(7))]


def test_what_was_given_is_not_given_again(job):
    first = job.measured(minute(4))
    again = job.measured(minute(4))
    rest = job.measured(minute(20))

    assert [] == again
    assert job.readings == first + rest
