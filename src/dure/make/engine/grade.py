"""Evidence grades, and where two claims about the same work disagree."""

from dataclasses import dataclass
from enum import StrEnum

from dure.kernel.reason import Reason


class Grade(StrEnum):
    """How a reading or a count was made."""

    MACHINE = "machine"
    HAND = "hand"
    LABORATORY = "laboratory"


GRADES = (Grade.MACHINE, Grade.HAND, Grade.LABORATORY)


def with_grade(words: str, grade: Grade) -> str:
    """Add a grade to those by which a lot was counted, each once: `machine hand`."""
    return " ".join(each for each in GRADES if each == grade or each in words.split())


def grades_in(words: str) -> tuple[Grade, ...]:
    """Read what `with_grade` wrote."""
    return tuple(Grade(each) for each in words.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """
    What is said about one lot from several sides; None where nobody says it.

    declared: pieces, good and scrap, that people counted. cycles: how far the machine's own
    counter rose while the job ran. energy_kwh: what the machine drew meanwhile. usual_kwh:
    what one piece of this step usually takes there. shipped, made: good pieces that left,
    good pieces that were released.
    """

    declared: int
    cycles: int | None = None
    energy_kwh: float | None = None
    usual_kwh: float | None = None
    made: int | None = None
    shipped: int | None = None


COUNT_TOLERANCE = 0.02  # test shots and set-up strokes; at least three pieces
LEAST_PIECES = 3
ENERGY_TOLERANCE = 0.5


def disagreements(claims: Claims) -> tuple[Reason, ...]:
    """
    Say where claims disagree: counts beyond 2 % and three pieces, energy beyond half as usual.

    What nobody claims is not compared. Shipping more than was made has no tolerance.
    """
    found = []
    if claims.cycles is not None and _differs(claims.cycles, claims.declared):
        parameters = {"cycles": claims.cycles, "declared": claims.declared}
        found.append(Reason("make.cycles_differ", parameters))
    if claims.energy_kwh is not None and claims.usual_kwh and claims.declared > 0:
        each = claims.energy_kwh / claims.declared
        if abs(each / claims.usual_kwh - 1) > ENERGY_TOLERANCE:
            told = {"each": f"{each:.3g}", "usual": f"{claims.usual_kwh:.3g}"}
            found.append(Reason("make.energy_differs", told))
    if claims.made is not None and claims.shipped is not None and claims.shipped > claims.made:
        found.append(
            Reason("make.shipped_beyond", {"shipped": claims.shipped, "made": claims.made})
        )
    return tuple(found)


def _differs(cycles: int, declared: int) -> bool:
    return abs(cycles - declared) > max(LEAST_PIECES, COUNT_TOLERANCE * max(cycles, declared))
