"""
Changing whom the log believes: witnesses come and go by the consent of those who were there.

    propose     the statement by which a policy would come into force
    approve     take a statement that a quorum cosigned: the policy on disk becomes the one that it
                says, and the sequencer gives it its entry

In between the note goes round: each witness adds its line with `dure witness --approve`.
"""

from dataclasses import replace

from dure.kernel.actor import THE_COOPERATIVE
from dure.kernel.errors import NotFound
from dure.prove.bridge import log
from dure.prove.engine.keys import SigningKey, VerifierKey
from dure.prove.engine.note import Note, sign_note
from dure.prove.engine.policy import Policy, read_policy
from dure.prove.engine.roster import (
    check_approved,
    check_succession,
    kind_of,
    policy_text,
    revocation_text,
    revoked_key,
)
from dure.prove.store.folder import Shards
from dure.stack.tenancy import acting


def propose_policy(policy: Policy, key: SigningKey) -> Note | None:
    """Give the statement of a policy for the witnesses to cosign; None where it is in force."""
    text = policy_text(policy)
    with acting(THE_COOPERATIVE):
        before = log.last_policy()
    return None if before is None or before.text == text else sign_note(text, key)


def propose_revocation(issuer: bytes, key: SigningKey) -> Note:
    """Give the statement that ends an issuer's key whose holder cannot do so itself."""
    return sign_note(revocation_text(key.verifier.name, issuer), key)


def approve(statement: Note, shards: Shards) -> None:
    """
    Take a statement; the sequencer puts it into the log.

    Raises Unproven without a quorum of the witnesses in force, NotFound before a log's first
    policy, Malformed for a statement of another kind.
    """
    with acting(THE_COOPERATIVE):
        before = log.last_policy()
        if before is None:
            raise NotFound("prove.no_policy", path="")
        policy, new = read_policy(before.text.encode()), None
        if kind_of(statement) == "key":
            new = check_succession(policy, statement)
        else:
            revoked_key(statement)
            check_approved(policy, statement)
        log.write_approved(statement)
    if new and policy_text(shards.policy()) != statement.text:
        shards.write_policy(replace(new, urls=_urls(new, shards.policy())))


def _urls(new: Policy, old: Policy) -> dict[VerifierKey, str]:
    """Keep where logs and witnesses answer, also of a witness that has another key by now."""
    named = {name: old.urls[key] for name, key in old.witnesses.items() if key in old.urls}
    moved = {key: named[name] for name, key in new.witnesses.items() if name in named}
    kept = {key: url for key, url in old.urls.items() if key in new.logs}
    return {**kept, **moved}
