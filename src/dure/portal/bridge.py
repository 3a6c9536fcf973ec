"""From the rooms' answers to what stands on a first page."""

from dure.kernel.actor import Actor
from dure.portal.engine.home import Home


def read_home(actor: Actor) -> Home:
    """Ask each room what waits for an actor."""
    return Home(role=actor.role)
