from dure.members.engine.places import HANDLING_MINUTES, Place, minutes_between

HANUL = Place(building="한울타워", latitude=37_485_100, longitude=126_895_300)
NURI = Place(building="누리공장동", latitude=37_474_200, longitude=126_884_500)


def test_inside_one_building_nothing_is_loaded():
    assert 0 == minutes_between(HANUL, HANUL)


def test_a_kilometre_north_and_one_east_take_eight_minutes_and_the_loading():
    metres = 10_900 * 1112 // 10_000 + 10_800 * 884 // 10_000

    assert 2166 == metres
    assert HANDLING_MINUTES + 9 == minutes_between(HANUL, NURI)


def test_the_way_back_is_as_long():
    assert minutes_between(NURI, HANUL) == minutes_between(HANUL, NURI)
