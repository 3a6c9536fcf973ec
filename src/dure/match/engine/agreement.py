"""What a cluster agrees (클러스터 협약): who does what, by which rules, under which brand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from dure.kernel.ids import FirmId
from dure.kernel.money import Won
from dure.kernel.reason import Reason
from dure.kernel.time import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One step of it: whose it is, how much of it, by when, and the fact by which it accepted."""

    step: str
    name: str
    name_en: str
    firm: FirmId
    quantity: int
    good: int
    unit: str
    due: date
    acceptance: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """Under whose name the goods go out, and what they are."""

    name: str
    name_en: str
    product: str
    product_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """
    An agreement as one of its parties sees it.

    mine: what the party gets for its own steps; no party sees another's, and the office all
    together.
    """

    id: UUID
    number: int
    cluster: UUID
    request: UUID
    signed_at: Instant
    version: int
    roles: tuple[Part, ...]
    rules: tuple[Reason, ...]
    brand: Brand
    mine: Won | None


def rules(fee_basis_points: int) -> Sequence[Reason]:
    """Give the rules that hold between the parties: those by which Dure plans and settles."""
    return (
        Reason("match.rule_own_price"),
        Reason("match.rule_fee", {"percent": _percent(fee_basis_points)}),
        Reason("match.rule_surplus"),
        Reason("match.rule_pieces"),
        Reason("match.rule_written_order"),
        Reason("match.rule_giving_back"),
        Reason("match.rule_secrecy"),
    )


def _percent(basis_points: int) -> str:
    return f"{basis_points / 100:g}"
