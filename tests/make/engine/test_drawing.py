from dure.make.engine.chart import Limits
from dure.make.engine.drawing import control_chart, wall_time

WORDS = {
    "value": "온도 (°C)",
    "time": "시각",
    "rule": "어긴 규칙",
    "center": "중심선",
    "upper": "관리 상한",
    "lower": "관리 하한",
    "description": "온도",
}


def texts(spec):
    return [
        layer["encoding"]["text"]["value"]
        for layer in spec["layer"]
        if "value" in layer["encoding"].get("text", {})
    ]


def test_points_that_broke_a_rule_carry_its_number():
    spec = control_chart([(0, 0.0), (60_000, 9.0)], Limits(center=0, sigma=1), WORDS)

    assert [None, 1] == [row["rule"] for row in spec["data"]["values"]]


def test_the_limits_have_their_words_at_the_right_end():
    spec = control_chart([(0, 0.0)], Limits(center=10, sigma=1), WORDS)

    assert ["관리 상한 13", "중심선 10", "관리 하한 7"] == texts(spec)


def test_without_limits_only_the_points_are_drawn():
    spec = control_chart([(0, 5.0)], None, WORDS)

    assert [] == texts(spec)
    assert 1 == len(spec["data"]["values"])


def test_times_are_korean_wall_time():
    assert "1970-01-01T09:00:00" == wall_time(0)
