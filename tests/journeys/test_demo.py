"""
The whole order as a journey: from a new cooperative to a closed year, on the real servers.

One order is taken round in a fresh home, and one in a second fresh home in which every
process is killed once on the way. test_played.py tells of another in the first home.
"""

from tests.cli.house import dure
from tests.journeys.demo import Demo, essence

KILLS = {  # when this is said, that process is killed
    "Match": "worker",
    "declines": "web",
    "Plan": "postgres",
    "Buy": "sequencer",
    "'컵 성형'": "nats",
    "'시유'": "ingest",
    "Alarm": "witness-1",
    "Move": "supervisor",
}


def test_it_works(first):
    assert 0 == first.status, "".join(first.said[-30:])
    stages = ["found", "sense", "match", "plan", "buy", "make", "move", "prove", "settle"]
    assert stages == list(first.summary())
    assert first.house is None, "it stopped whole"


def test_the_order_went_as_the_story_goes(first):
    told = first.summary()

    assert 24 == told["found"]["members"]
    assert 1 == len(told["match"]["declined"])
    assert told["make"]["agreed"] >= 1
    assert (520, 508) == (told["move"]["sent"], told["move"]["counted"])
    assert (500, 0) == (told["move"]["accepted"], told["move"]["rejected"])
    assert told["move"]["promise_kept"]
    assert "Proven" in told["prove"]["verdict"]


def test_the_money_adds_up_to_the_won(first):
    costs = first.summary()["settle"]["costs"]

    parts = ("members' work", "materials", "the co-op's fee", "margin", "VAT")
    assert costs["the buyer pays"] == sum(costs[part] for part in parts)
    shares = first.summary()["settle"]["shares"]
    assert costs["members' work"] == sum(share["work"] for share in shares)


def test_the_audit_is_clean(first):
    audit = dure("audit", "--home", first.home.path)

    assert 0 == audit.returncode, audit.stdout + audit.stderr


def test_the_same_order_comes_out_to_the_won_although_every_process_is_killed(first, tmp_path):
    demo, left = Demo(tmp_path / "home"), dict(KILLS)

    def strike(line):
        for words in [words for words in left if words in line]:
            demo.kill(left.pop(words))

    status = demo.hear(strike)

    assert 0 == status, "".join(demo.said[-30:])
    assert {} == left
    assert essence(first.summary()) == essence(demo.summary())
    audit = dure("audit", "--home", demo.home.path)
    assert 0 == audit.returncode, audit.stdout + audit.stderr
