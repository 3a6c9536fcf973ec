"""The facts of membership."""

from dure.kernel.fact import FactKind

FIRM_JOINED = FactKind("FirmJoined", "firm", ("shares", "processes"))
