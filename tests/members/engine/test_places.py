from dure.members.engine.places import Place, minutes_between

HANUL = Place(building="한울타워", east_m=1300, north_m=1200)
NURI = Place(building="누리공장동", east_m=0, north_m=0)


def test_inside_one_building_nothing_is_loaded():
    assert 0 == minutes_between(HANUL, HANUL)


def test_a_minute_for_every_quarter_of_a_kilometre_begun_and_the_loading():
    assert 15 + 10 == minutes_between(HANUL, NURI)


def test_the_way_back_is_as_long():
    assert minutes_between(NURI, HANUL) == minutes_between(HANUL, NURI)
