"""Where firms stand, and how many minutes a load needs from one to another."""

from dataclasses import dataclass

HANDLING_MINUTES = 15
METRES_A_MINUTE = 250  # 15 km/h door to door: small lorries among the blocks of an industrial park


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """
    A building: metres east and north of an origin that the cooperative chose once.

    region: the town or complex it stands in, for rules about regions; none where nobody said.
    """

    building: str
    east_m: int
    north_m: int
    region: str = ""


def minutes_between(here: Place, there: Place) -> int:
    """
    Give the minutes that a load needs from one building to another.

    Nothing inside one building; else 15 minutes to load and unload, and a minute
    for every 250 metres begun along the blocks (east plus north). Symmetric.
    """
    metres = abs(here.east_m - there.east_m) + abs(here.north_m - there.north_m)
    if metres == 0:
        return 0
    return HANDLING_MINUTES + -(-metres // METRES_A_MINUTE)
