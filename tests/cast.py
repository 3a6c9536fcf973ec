"""
The cast that every test knows.

Busan Press, Gimhae Paint and Ulsan Mould are members that work together; Hanbit buys;
Rival is a member of the same cooperative with no part in the story; the Stranger is nobody.
"""

from datetime import UTC, datetime
from uuid import UUID

from dure.kernel.actor import COOPERATIVE, NOBODY, THE_COOPERATIVE, Actor, Role
from dure.kernel.ids import FirmId, PersonId

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # a Monday, ten in the morning in Seoul


def _firm(number: int) -> FirmId:
    return FirmId(UUID(f"00000000-0000-7000-8000-0000000001{number:02d}"))


def _person(number: int) -> PersonId:
    return PersonId(UUID(f"00000000-0000-7000-8000-0000000002{number:02d}"))


BUSAN, GIMHAE, ULSAN, RIVAL, HANBIT = (_firm(number) for number in range(1, 6))

OFFICE = Actor(firm=COOPERATIVE, role=Role.OFFICE, person=_person(0))
BUSAN_OWNER = Actor(firm=BUSAN, role=Role.OWNER, person=_person(1))
GIMHAE_OWNER = Actor(firm=GIMHAE, role=Role.OWNER, person=_person(2))
ULSAN_OWNER = Actor(firm=ULSAN, role=Role.OWNER, person=_person(3))
RIVAL_OWNER = Actor(firm=RIVAL, role=Role.OWNER, person=_person(4))
HANBIT_BUYER = Actor(firm=HANBIT, role=Role.BUYER, person=_person(5))
RIVAL_AUDITOR = Actor(firm=RIVAL, role=Role.AUDITOR, person=_person(6))
WORKER = THE_COOPERATIVE
STRANGER = NOBODY
