from hypothesis import given, settings
from hypothesis import strategies as st

from dure.match.engine.alternatives import alternatives
from dure.match.engine.coop import Coop
from dure.match.engine.need import Task
from tests.match.engine.coops import held, need, skill

PRESS = need(Task(code="press", process="press", quantity=100, licences=frozenset({"food"})))


def makers(coop, asked=PRESS):
    found = alternatives(coop, asked).alternatives
    return found[0].members() if found else ()


def test_a_change_is_seen_by_the_next_match_and_not_by_one_under_way():
    before = Coop.of([skill(1, licences=held("food")), skill(2, unit_won=90)])

    after = before.changed(2, [skill(2, unit_won=90, licences=held("food"))])

    assert (1,) == makers(before)
    assert (2,) == makers(after)
    assert (1,) == makers(after.changed(2, []))


def test_a_free_window_and_a_price_change_likewise():
    coop = Coop.of([skill(1, licences=held("food")), skill(2, unit_won=150, licences=held("food"))])

    full = coop.changed(1, [skill(1, licences=held("food"), windows=((1, 9, 10),))])
    cheaper = coop.changed(2, [skill(2, unit_won=50, licences=held("food"))])

    assert (1,) == makers(coop)
    assert (2,) == makers(full)
    assert (2,) == makers(cheaper)


one_skill = st.builds(
    lambda process, unit_won, east_m, windows, materials: {
        "process": process,
        "unit_won": unit_won,
        "east_m": east_m,
        "windows": windows,
        "materials": materials,
    },
    process=st.sampled_from(["press", "paint"]),
    unit_won=st.integers(50, 60),
    east_m=st.integers(0, 3),
    windows=st.sampled_from([(), ((1, 5, 1000),), ((1, 5, 1000), (6, 9, 10))]),
    materials=st.sampled_from([frozenset(), frozenset({"AL6061"})]),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(1, 4), st.lists(one_skill, max_size=3)), max_size=6))
def test_changed_member_by_member_it_is_as_if_it_had_been_laid_out_at_once(changes):
    grown, held_now = Coop.of([]), {}
    for member, skills in changes:
        held_now[member] = [skill(member, **each) for each in skills]
        grown = grown.changed(member, held_now[member])

    whole = Coop.of([each for member in sorted(held_now) for each in held_now[member]])

    for process in ("press", "paint"):
        ours, theirs = rows_of(grown, process), rows_of(whole, process)
        assert theirs == ours


def rows_of(coop, process):
    shelf = coop.shelf(process)
    rows = []
    for at in range(len(shelf)):
        place = shelf.columns["place"][at]
        windows = shelf.windows
        mine = windows.row == at if windows is not None else ()
        rows.append(
            (
                int(shelf.columns["member"][at]),
                int(shelf.columns["unit_won"][at]),
                int(coop.places.east[place]),
                sorted(coop.materials[shelf.columns["materials"][at]]),
                sorted(zip(windows.first[mine], windows.minutes[mine], strict=True))
                if windows is not None
                else [],
                int(coop.members.number[shelf.columns["who"][at]]),
            )
        )
    return sorted(rows)
