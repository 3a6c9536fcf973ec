from dure.stack import pace


def waited(monkeypatch, now, every):
    """Give for how long an answer waits that is ready at a moment of the machine."""
    slept = []
    monkeypatch.setattr(pace, "monotonic", lambda: now)
    monkeypatch.setattr(pace, "sleep", slept.append)
    pace.even_out(every)
    return slept


def test_answers_that_took_longer_or_shorter_are_given_at_the_same_moment(monkeypatch):
    for ready in (10.01, 10.1, 10.249):
        (seconds,) = waited(monkeypatch, ready, 0.25)
        assert abs(ready + seconds - 10.25) < 1e-9


def test_nothing_waits_where_no_pace_is_set(monkeypatch):
    assert [] == waited(monkeypatch, 10.1, 0)
