"""The facts of the journal itself: the keys that sign for firms, and what was erased."""

from dure.kernel.fact import FactKind

# before, before_seq, before_hash: where the chain of the firm's key before this one ended
KEY_REGISTERED = FactKind(
    "KeyRegistered",
    "issuer",
    ("public_key", "month", "held", "before", "before_seq", "before_hash"),
)
KEY_REVOKED = FactKind("KeyRevoked", "issuer", ("public_key", "reason"))
FACT_ERASED = FactKind("FactErased", "fact", ("reason",))
