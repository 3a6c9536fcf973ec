"""Somebody who owns a member firm and sits in the co-op's office, and a browser for anybody."""

from uuid import UUID

from django.test import Client

from dure.journal.models import BusinessTime
from dure.kernel.actor import COOPERATIVE, Actor, Role
from dure.kernel.ids import PersonId
from dure.members import models
from dure.stack.ids import new_id
from dure.stack.tenancy import acting
from tests.cast import AT, OFFICE


def director_of(firm: UUID) -> Actor:
    """Give an actor of the office who also belongs to a firm."""
    with acting(OFFICE):
        BusinessTime.objects.update_or_create(id=True, defaults={"now": AT})
        person = models.Person.objects.create(
            id=new_id(), email=f"{firm}@director.example", firm_ids=sorted([firm, COOPERATIVE])
        )
        for at, role in ((firm, Role.OWNER), (COOPERATIVE, Role.OFFICE)):
            models.Role.objects.create(person=person, firm_id=at, role=role.value)
    return Actor(firm=COOPERATIVE, role=Role.OFFICE, person=PersonId(person.id))


def browser_of(actor: Actor) -> Client:
    browser = Client()
    session = browser.session
    told = {"person": str(actor.person), "firm": str(actor.firm), "role": actor.role.value}
    session.update(told)
    session.save()
    return browser


def page_of(actor: Actor, address: str) -> str:
    answer = browser_of(actor).get(address)
    assert 200 == answer.status_code, answer.content.decode()[-2000:]
    return answer.content.decode()
