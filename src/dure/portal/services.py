"""
Coming in: one person, with a password, as one actor at a time.

Wrong tries are counted in the process's own cache, by address and by e-mail together and
each alone: enough to stop guessing, and nobody can lock somebody else out from afar.
"""

from hashlib import sha256

from django.core.cache import cache

from dure.kernel.actor import NOBODY, Actor
from dure.kernel.errors import Refused, Unauthenticated
from dure.members import public as members
from dure.stack.tenancy import acting

PAUSE_MINUTES = 10
MOST_TRIES = {"both": 5, "address": 40, "email": 200}


def sign_in(email: str, password: str, *, address: str) -> tuple[Actor, ...]:
    """
    Give whom somebody may act as who knows the password of an e-mail address.

    Raises Refused after too many wrong tries, Unauthenticated for a wrong one.
    """
    counters = _counters(email, address)
    if any(cache.get(key, 0) >= most for key, most in counters.items()):
        raise Refused("portal.too_many_tries", minutes=PAUSE_MINUTES)
    with acting(NOBODY):
        actors = members.actors_for_password(email, password)
    if not actors:
        for key in counters:
            _count(key)
        raise Unauthenticated("portal.sign_in_failed")
    return actors


def _counters(email: str, address: str) -> dict[str, int]:
    who = sha256(email.strip().lower().encode()).hexdigest()
    names = {"both": f"{who}-{address}", "address": address, "email": who}
    return {f"sign-in-{kind}-{names[kind]}": most for kind, most in MOST_TRIES.items()}


def _count(key: str) -> None:
    cache.add(key, 0, timeout=PAUSE_MINUTES * 60)
    cache.incr(key)
