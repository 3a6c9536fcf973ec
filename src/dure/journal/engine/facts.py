"""
The facts of the journal itself: the keys that sign for firms, and what was erased.

By what right a fact is erased (Personal Information Protection Act): the `person` asked for it
(art. 36), its `retention` is over (art. 21), an `authority` ordered it.
"""

from dure.kernel.fact import FactKind

# before, before_seq, before_hash: where the chain of the firm's key before this one ended
KEY_REGISTERED = FactKind(
    "KeyRegistered",
    "issuer",
    ("public_key", "month", "held", "before", "before_seq", "before_hash"),
)
KEY_REVOKED = FactKind("KeyRevoked", "issuer", ("public_key", "reason"))
# right: by what right, see RIGHTS; reason: in the office's words, without naming anybody
FACT_ERASED = FactKind("FactErased", "fact", ("right", "reason"), schema=2)

RIGHTS = ("person", "retention", "authority")
