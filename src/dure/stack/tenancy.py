"""
Who acts, told to PostgreSQL, and what each model lets whom see.

Every request, job and command runs inside `with acting(actor):`. It opens a
transaction and sets `dure.firm` and `dure.role` for its length; row policies
(rowsecurity.py) read them. Without an actor every private table is empty.

    class Order(Aggregate):
        tenancy = Private(by=("buyer_id",))
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from django.db import connection, transaction
from django.http import HttpRequest

from dure.kernel.actor import NOBODY, Actor
from dure.kernel.errors import Unauthenticated


@dataclass(frozen=True, slots=True, kw_only=True)
class Private:
    """
    Rows that only some firms may see and write.

    by: columns that name the firms, each a uuid or an array of uuids.
    via: a foreign key whose row, if one may see it, opens this one.
    office, auditor, door: roles that see all rows; the worker always does.
    """

    by: tuple[str, ...] = ()
    via: str | None = None
    office: bool = True
    auditor: bool = False
    door: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Public:
    """
    Rows that everybody of the cooperative may see.

    writers: "office" (and the worker), or "all" where any actor may write.
    """

    writers: str = "office"


Tenancy = Private | Public

_acting: ContextVar[Actor | None] = ContextVar("acting", default=None)


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """
    Act as actor for the length of a transaction, or of a savepoint inside one.

    What was set before comes back at the end of a savepoint; a transaction's end forgets all.
    """
    outer, is_nested = _acting.get(), connection.in_atomic_block
    with transaction.atomic():
        _tell_postgres(actor)
        token = _acting.set(actor)
        try:
            yield
        finally:
            _acting.reset(token)
        if is_nested and not connection.needs_rollback:
            _tell_postgres(outer)


def current_actor() -> Actor:
    """Say who acts; raises Unauthenticated where nobody does."""
    actor = _acting.get()
    if actor is None or actor == NOBODY:
        raise Unauthenticated("stack.nobody_acts")
    return actor


def actor_of(request: HttpRequest) -> Actor:
    """Give the actor that the middleware found for a request."""
    return cast(Actor, getattr(request, "actor", NOBODY))


def host_of(request: HttpRequest) -> str:
    """Give the name or address under which a request found us, without the port."""
    return urlsplit(f"//{request.get_host()}").hostname or ""


def _tell_postgres(actor: Actor | None) -> None:
    firm = str(actor.firm) if actor and actor.firm else ""
    role = actor.role.value if actor else ""
    with connection.cursor() as cursor:
        cursor.execute(
            "select set_config('dure.firm', %s, true), set_config('dure.role', %s, true)",
            [firm, role],
        )
