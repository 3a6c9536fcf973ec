"""Where firms stand, and how many minutes a load needs from one to another."""

from dataclasses import dataclass

HANDLING_MINUTES = 15
METRES_A_MINUTE = 250  # 15 km/h door to door: small lorries among the blocks of an industrial park

# Decimetres in a thousand microdegrees: a meridian's, and a parallel's at 37.5° north, the
# latitude of Seoul (WGS 84). Between Busan and Paju the second is off by less than 4%.
NORTH_DM = 1112
EAST_DM = 884


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A building, and where it stands: degrees north and east in millionths."""

    building: str
    latitude: int
    longitude: int


def metres_between(here: Place, there: Place) -> int:
    """Give the metres from one building to another along the blocks: north plus east."""
    north = abs(here.latitude - there.latitude) * NORTH_DM
    east = abs(here.longitude - there.longitude) * EAST_DM
    return (north + east) // 10_000


def minutes_between(here: Place, there: Place) -> int:
    """
    Give the minutes that a load needs from one building to another.

    Nothing inside one building; else 15 minutes to load and unload, and a minute
    for every 250 metres begun. Symmetric.
    """
    metres = metres_between(here, there)
    if metres == 0:
        return 0
    return HANDLING_MINUTES + -(-metres // METRES_A_MINUTE)
