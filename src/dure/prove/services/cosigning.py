"""Cosignatures that witnesses bring by themselves: taken in where they hold."""

from dure.kernel.errors import Refused, Unproven
from dure.prove.engine.note import read_note, verified
from dure.prove.engine.policy import Policy
from dure.prove.store.mailbox import Mailbox


def take_cosignatures(data: bytes, mailbox: Mailbox, policy: Policy) -> None:
    """
    Take in the cosignatures of the checkpoint that waits, by witnesses of the policy.

    Raises Malformed, Refused where another checkpoint waits by now, Unproven where no witness
    that we know signed it, or one's signature does not hold.
    """
    brought = read_note(data)
    offered = mailbox.offered()
    if offered is None or offered.text != brought.text:
        raise Refused("prove.not_pending")
    found = verified(brought, list(policy.witnesses.values()))
    if not found:
        raise Unproven("prove.unsigned")
    mailbox.put(brought, found.values())
