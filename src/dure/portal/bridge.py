"""From the rooms' answers to what stands on a first page."""

from dure.journal import public as journal
from dure.kernel.actor import Actor
from dure.portal.engine.home import Home

LATEST = 12


def read_home(actor: Actor) -> Home:
    """Ask each room what waits for an actor."""
    return Home(role=actor.role, latest=tuple(journal.latest_facts(limit=LATEST)))
