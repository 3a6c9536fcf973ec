"""A reason: a code and its parameters. The portal has the words for it in Korean and English."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

Parameter = str | int


@dataclass(frozen=True, slots=True)
class Reason:
    """
    Why something was refused, chosen, late or priced as it is.

    The code is `room.what` (`match.no_licence`); each code has words in both
    languages. Parameters are plain: names, dates as ISO text, integers.
    """

    code: str
    parameters: Mapping[str, Parameter] = field(default_factory=lambda: MappingProxyType({}))

    def as_json(self) -> dict[str, object]:
        """Give the canonical form that facts and the API carry."""
        return {"code": self.code, "parameters": dict(self.parameters)}

    def __str__(self) -> str:
        shown = ", ".join(f"{name}={value}" for name, value in self.parameters.items())
        return f"{self.code}({shown})" if shown else self.code

    def __hash__(self) -> int:
        return hash((self.code, tuple(sorted(self.parameters.items()))))
