"""Who acts: one person, at one firm, in one role at a time."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from dure.kernel.errors import NotFound
from dure.kernel.ids import FirmId, PersonId


class Role(StrEnum):
    """What a person is while acting. Korean words stand in docs/glossary.md."""

    OFFICE = "office"  # 사무국: the cooperative's manager or clerk
    OWNER = "owner"  # 대표: a member firm's owner
    BOOKKEEPER = "bookkeeper"  # 경리
    FOREMAN = "foreman"  # 반장: through the QR code of one job order, without an account
    BUYER = "buyer"  # 구매 담당
    SUPPLIER = "supplier"  # 공급사
    AUDITOR = "auditor"  # 감사: sees pseudonyms, looks are logged
    DOOR = "door"  # nobody yet: may only look up who knocks
    SYSTEM = "system"  # the cooperative's own worker


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """One person acting for one firm. The worker acts for the cooperative, without a person."""

    firm: FirmId | None
    role: Role
    person: PersonId | None = None

    def must_be(self, *roles: Role) -> None:
        """Raise NotFound unless the actor has one of roles: what one may not do is not there."""
        if self.role not in roles and self.role is not Role.SYSTEM:
            raise NotFound("kernel.not_yours")


# One DURE_HOME is one cooperative, so its firm id is the same everywhere.
COOPERATIVE = FirmId(UUID("00000000-0000-7000-8000-000000000001"))

NOBODY = Actor(firm=None, role=Role.DOOR)
THE_COOPERATIVE = Actor(firm=COOPERATIVE, role=Role.SYSTEM)
