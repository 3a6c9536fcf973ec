import json
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
from django.test import Client

from dure.members.models import ApiToken
from dure.stack.tenancy import acting
from tests.cast import AT, HANBIT_BUYER, OFFICE
from tests.match.houses import owner
from tests.plan.test_incidents import machine_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("its_day")]

DAY = timedelta(days=1)


def door(actor, verb, path, body=None):
    token = f"{actor.firm} {actor.role}"
    with acting(OFFICE):
        ApiToken.objects.get_or_create(
            sha256=sha256(token.encode()).digest(),
            defaults={"firm_id": actor.firm, "role": actor.role.value, "made_at": AT},
        )
    return getattr(Client(), verb)(
        f"/api/v1{path}",
        json.dumps(body) if body is not None else None,
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())},
    )


def standstill(joining):
    return {
        "machines": [str(machine_of(joining))],
        "starts": AT.isoformat(),
        "until": (AT + DAY).isoformat(),
    }


def test_a_machine_that_stands_becomes_a_change_that_the_office_approves(story):
    story.ordered()

    told = door(owner(story.press), "post", "/standstills", standstill(story.press))
    story.settle()
    (change,) = door(OFFICE, "get", "/changes").json()
    approved = door(OFFICE, "post", f"/changes/{change['id']}/approve", {})

    assert (201, "breakdown", "open") == (
        told.status_code,
        told.json()["kind"],
        told.json()["state"],
    )
    assert ("draft", 2) == (change["state"], len(change["moves"]))
    assert "approved" == approved.json()["state"]
    assert 1 == len(door(owner(story.paint), "get", "/proposals").json())


def test_what_is_over_is_told(story):
    told = door(owner(story.press), "post", "/standstills", standstill(story.press)).json()

    ended = door(owner(story.press), "post", f"/incidents/{told['id']}/end", {})

    assert "over" == ended.json()["state"]
    assert [] == door(owner(story.paint), "get", "/incidents").json()


def test_a_job_order_is_given_back_by_its_owner_alone(story):
    pressed, _ = story.job_orders(story.ordered())

    gone = door(owner(story.press), "post", f"/job-orders/{pressed.id}/give-back", {"note": "고장"})

    assert (200, True) == (gone.status_code, gone.json()["given_back"])
    assert 404 == _gives_back(owner(story.paint), pressed).status_code
    assert 404 == _gives_back(HANBIT_BUYER, pressed).status_code


def _gives_back(actor, job_order):
    return door(actor, "post", f"/job-orders/{job_order.id}/give-back", {})


def test_a_job_order_is_pinned_moved_and_waited_for(story):
    pressed, painted = story.job_orders(story.ordered())
    there = {
        "machine": str(pressed.equipment),
        "starts": (pressed.starts + timedelta(hours=1)).isoformat(),
    }

    moved = door(OFFICE, "post", f"/job-orders/{pressed.id}/move", there)
    pinned = door(OFFICE, "post", f"/job-orders/{painted.id}/pin", {"pinned": True})
    waits = door(
        owner(story.press),
        "post",
        f"/job-orders/{pressed.id}/wait",
        {"until": (AT + DAY).isoformat(), "cause": "material"},
    )

    assert (201, "draft") == (moved.status_code, moved.json()["state"])
    assert pinned.json()["pinned"]
    assert "material" == waits.json()["kind"]


def test_free_time_is_published_seen_by_its_firm_and_withdrawn(story):
    capability = str(story.paint.capabilities[0].id)
    terms = {
        "capability": capability,
        "windows": [[(AT + DAY).isoformat(), (AT + 2 * DAY).isoformat()]],
        "setup_minutes": 10,
        "minutes_per_100": 30,
        "setup_won": 9_000,
        "unit_won": 90,
    }

    published = door(owner(story.paint), "post", "/free-time", terms)
    rivals = door(owner(story.press), "get", "/free-time")
    withdrawn = door(owner(story.paint), "post", f"/free-time/{capability}/withdraw", {})

    assert [capability] == [each["capability"] for each in published.json()]
    assert ([], []) == (rivals.json(), withdrawn.json())


def test_a_scenario_is_asked_and_looked_at_again(story):
    story.ordered()
    change = {"kind": "machine_added", "machine": str(machine_of(story.press))}

    asked = door(OFFICE, "post", "/scenarios", {"name": "x", "changes": [change]})
    story.settle()
    planned = door(OFFICE, "get", f"/scenarios/{asked.json()['id']}")

    assert (202, "asked") == (asked.status_code, asked.json()["state"])
    assert "planned" == planned.json()["state"]


def test_a_calendars_address_works_until_it_is_revoked(story):
    path = door(owner(story.press), "post", "/calendar-feed", {}).json()["path"]

    revoked = door(owner(story.press), "post", "/calendar-feed/revoke", {})

    assert {"revoked": 1} == revoked.json()
    assert 404 == Client().get(path).status_code


def test_the_rules_are_the_offices(story):
    rules = {"frozen_hours": 12, "answer_hours": 6, "hold_days": 2}

    assert rules == door(OFFICE, "post", "/planning-rules", rules).json()
    assert 404 == door(owner(story.press), "post", "/planning-rules", rules).status_code


@pytest.mark.parametrize("path", ["/changes", "/scenarios"])
def test_what_is_the_offices_is_not_there_for_others(story, path):
    for actor in (owner(story.press), HANBIT_BUYER):
        assert 404 == door(actor, "get", path).status_code
