"""
What a member, its second account and a buyer of its own see through the doors does not tell two
rates of a rival apart that count as one step. Two that do not are told apart: the test can fail.
"""

import json
import re

import pytest
from django.db import transaction

from tests.match.houses import TRAY, House
from tests.match.test_api import Door, join, office
from tests.match.test_telling import tell
from tests.members.test_founding import firm, number

pytestmark = pytest.mark.django_db
__all__ = ["office"]

QUANTITIES = (100, 370)


class Undone(Exception):
    """Takes back what a story has stored."""


def maker(serial, process, unit_won):
    body = firm(serial).model_dump(mode="json")
    body["capabilities"][0]["process"] = process
    body["rate_card"] = [{"process": process, "setup_won": 10_000, "unit_won": unit_won}]
    return body


def story(office, rival_won):
    """Let an attacker ask, choose and counter beside a rival of some rate; give all it saw."""
    seen = []
    try:
        with transaction.atomic():
            attackers = [
                join(office, maker(2, "press-forming", 300)),
                join(office, maker(3, "press-forming", 340)),
            ]
            join(office, maker(4, "press-forming", rival_won))
            paint = join(office, maker(5, "painting", 200))
            buyer = join(office, {"business_number": number(9), "name": "한빛", "kind": "buyer"})
            office.post("/products", TRAY)
            house = House()
            for quantity in QUANTITIES:
                seen += attack(house, buyer, [*attackers, paint], quantity)
            raise Undone
    except Undone:
        return told_apart_by(seen)


def attack(house, buyer, members, quantity):
    asked = buyer.post("/requests", {"product": "TRAY", "quantity": quantity, "due": "2026-12-11"})
    house.settle()
    shown = buyer.get(f"/requests/{asked['id']}/alternatives")
    yield buyer.get(f"/requests/{asked['id']}")
    yield shown
    chosen = {"alternative": shown["alternatives"][0]["id"]}
    buyer.post(f"/requests/{asked['id']}/choose", chosen)
    house.settle()
    for door in members:
        for offer in door.get("/offers"):
            if offer["state"] == "offered":
                body = {"price_won": 10_000 + 320 * quantity, "note": ""}
                door.post(f"/offers/{offer['id']}/counter", body, 200)
                house.settle()
    tell()
    yield buyer.get("/clusters")
    for door in members:
        yield [door.get("/offers"), door.get("/whys"), door.get("/position")]


def told_apart_by(seen):
    """Give what was seen without ids, which differ anyway."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", json.dumps(seen, sort_keys=True))


def test_rates_of_one_step_cannot_be_told_apart_through_the_doors(office):
    assert story(office, 305) == story(office, 314)


def test_rates_of_two_steps_can(office):
    assert story(office, 305) != story(office, 325)


def test_the_door_is_the_apis(office):
    assert isinstance(office, Door)
