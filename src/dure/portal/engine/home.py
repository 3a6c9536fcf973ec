"""What a first page says: one sentence, one thing to do, and what else is going on."""

from dataclasses import dataclass

from dure.kernel.actor import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The first page of a role."""

    role: Role
