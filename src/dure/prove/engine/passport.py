"""
Passports: which fields of which facts go with a product, and what stays at home.

A passport shows that and when something was made, counted, inspected, sent and received. It
names no firm, no person and no price: makers are told apart by the pseudonyms of their keys.
What a new fact or field is called decides nothing; only what is listed here is shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dure.kernel.commitment import Field
from dure.kernel.time import Instant

AGGREGATES = frozenset({"lot", "shipment", "difference_case", "delivery", "segment"})

OF_A_KEY = ("/kind", "/payload/public_key", "/payload/month", "/payload/held")
ALWAYS = ("/kind", "/at", "/aggregate", "/aggregate_id", "/aggregate_version")
SHOWN: Mapping[str, tuple[str, str]] = {  # field names, with what a page calls them
    "accepted": ("합격", "accepted"),
    "cause": ("원인", "cause"),
    "counted": ("센 수량", "counted"),
    "difference": ("차이", "difference"),
    "failed": ("불합격", "failed"),
    "good": ("양품", "good"),
    "inspected": ("검사", "inspected"),
    "item": ("품목", "item"),
    "lot_id": ("로트", "lot"),
    "number": ("번호", "number"),
    "quantity": ("수량", "quantity"),
    "rejected": ("불합격", "rejected"),
    "rows": ("기록 줄", "rows"),
    "scrap": ("불량", "scrap"),
    "scrapped": ("불량", "scrapped"),
    "sent": ("보낸 수량", "sent"),
    "sha256": ("파일 지문", "SHA-256"),
    "state": ("상태", "state"),
    "step": ("공정", "step"),
    "unit": ("단위", "unit"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One fact in a passport: what happened, when, by whose pseudonym, and what was counted."""

    kind: str
    at: Instant
    maker: int
    held: str
    index: int | None
    values: Mapping[str, Any]

    @property
    def told(self) -> list[tuple[str, str, Any]]:
        """Give the values, each with its name in Korean and English."""
        return [(*SHOWN[name], value) for name, value in self.values.items()]

    @property
    def happened(self) -> str:
        """Give the code of the words that say what happened."""
        return f"fact.{self.kind}"

    @property
    def is_final(self) -> bool:
        """Say whether the log holds it under a final checkpoint."""
        return self.index is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passport:
    """What goes with one lot: its steps in time, and how much of that is proven yet."""

    lot: str
    steps: tuple[Step, ...]
    size: int

    @property
    def proven(self) -> int:
        """Count the steps that are proven."""
        return sum(step.is_final for step in self.steps)

    @property
    def pending(self) -> int:
        """Count the steps that wait for a final checkpoint."""
        return len(self.steps) - self.proven


def paths_to_show(fields: Sequence[Field]) -> list[str]:
    """Give the paths of a fact's fields that a passport shows; of a key's, what names no firm."""
    values = {field.path: field.value for field in fields}
    if values["/aggregate"] == "issuer":
        return [path for path in OF_A_KEY if path in values]
    named = [path for path in values if path.startswith(("/sets/", "/payload/"))]
    shown = [path for path in named if path.rpartition("/")[2] in SHOWN]
    return [*ALWAYS, *shown]


def steps_up_to(step: str, before: Mapping[str, Sequence[str]]) -> set[str]:
    """Give a step and all steps whose goods went into it, directly or not."""
    found, waiting = {step}, [step]
    while waiting:
        for earlier in before.get(waiting.pop(), ()):
            if earlier not in found:
                found.add(earlier)
                waiting.append(earlier)
    return found


def makers(issuers: Sequence[bytes]) -> dict[bytes, int]:
    """Number the pseudonyms in the order in which they appear: 1, 2, …"""
    return {issuer: number for number, issuer in enumerate(dict.fromkeys(issuers), start=1)}
