from hypothesis import given
from hypothesis import strategies as st

from dure.move.engine.balance import Movement, Way, balance


def moved(firm, item, way, quantity):
    return Movement(firm=firm, item=item, way=way, quantity=quantity)


def cups():
    """540 cups fired, 20 fail, 520 sent, 508 counted, 500 packed into sets."""
    return [
        moved(1, "cup", Way.MADE, 540),
        moved(1, "cup", Way.SCRAPPED, 20),
        moved(1, "cup", Way.SHIPPED, 520),
        moved(2, "cup", Way.RECEIVED, 520),
        moved(2, "cup", Way.LOST, 12),
        moved(2, "cup", Way.USED, 500),
    ]


def test_the_cups_of_an_order_add_up():
    result = balance(cups())

    assert result.adds_up
    assert [0, 8] == [line.on_hand for line in result.lines]
    assert {"cup": 0} == result.under_way


def test_a_firm_that_gives_more_than_it_had_is_named():
    result = balance([*cups(), moved(2, "cup", Way.USED, 9)])

    assert ["move.gave_more_than_had"] == [fault.code for fault in result.faults]
    assert {"firm": 2, "item": "cup", "missing": 1} == dict(result.faults[0].parameters)


def test_goods_that_nobody_sent_are_named():
    result = balance([moved(2, "cup", Way.RECEIVED, 5)])

    assert ["move.received_unsent"] == [fault.code for fault in result.faults]


def test_goods_on_the_road_are_under_way():
    result = balance([moved(1, "cup", Way.MADE, 9), moved(1, "cup", Way.SHIPPED, 9)])

    assert result.adds_up
    assert {"cup": 9} == result.under_way


@st.composite
def true_stories(draw):
    """Movements that really happened: nothing leaves a firm that is not there."""
    stock, road, said = {}, {}, []
    ways = st.sampled_from(list(Way))
    for _ in range(draw(st.integers(0, 30))):
        firm, item = draw(st.integers(1, 3)), draw(st.sampled_from(["cup", "bag"]))
        way = draw(ways)
        inward = way in (Way.BOUGHT, Way.MADE, Way.FOUND)
        most = 50 if inward else stock.get((firm, item), 0)
        most = road.get(item, 0) if way is Way.RECEIVED else most
        quantity = draw(st.integers(0, most))
        sign = 1 if inward or way is Way.RECEIVED else -1
        stock[firm, item] = stock.get((firm, item), 0) + sign * quantity
        road[item] = road.get(item, 0) + quantity * ((way is Way.SHIPPED) - (way is Way.RECEIVED))
        said.append(moved(firm, item, way, quantity))
    return said


@given(true_stories())
def test_every_true_story_adds_up_and_nothing_is_lost_between_the_firms(story):
    result = balance(story)

    assert result.adds_up
    for item in {line.item for line in result.lines}:
        came = sum(result.total(item, way) for way in (Way.BOUGHT, Way.MADE, Way.FOUND))
        ways_out = (Way.USED, Way.SCRAPPED, Way.DELIVERED, Way.LOST)
        went = sum(result.total(item, way) for way in ways_out)
        on_hand = sum(line.on_hand for line in result.lines if line.item == item)
        assert came == went + on_hand + result.under_way[item]


@given(true_stories(), st.randoms())
def test_the_order_in_which_movements_are_told_changes_nothing(story, chance):
    shuffled = list(story)
    chance.shuffle(shuffled)

    assert balance(story) == balance(shuffled)
