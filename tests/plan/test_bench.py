"""The bench of planning takes any folder."""

import pytest

from bench.plan.instances import files_of, read_bounds, rows, rows_of, summary
from dure.kernel.errors import NotFound


def test_a_file_that_cannot_be_planned_has_a_row_that_says_why(tmp_path):
    file = tmp_path / "torn.fjs"
    file.write_text("2 1\n1 1 1 3\n", encoding="ascii")

    (row,) = rows_of(file, "torn.fjs", 1, {})

    assert "refused: There should be 2 lines and there are 1." == row["checker"]
    assert (0, None) == (summary([row])["plans"], row["objective"])


def test_a_folder_with_nothing_to_plan_is_said_to_be_one(tmp_path):
    with pytest.raises(NotFound) as caught:
        next(rows(tmp_path, 1))

    assert "plan.no_instances" == caught.value.reason.code


def test_a_folder_may_hold_links_to_instances_elsewhere(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/a.fjs").touch()
    folder = tmp_path / "chosen"
    folder.mkdir()
    (folder / "a.fjs").symlink_to(tmp_path / "elsewhere/a.fjs")

    (file,) = files_of(folder)

    assert "a.fjs" == str(file.relative_to(read_bounds(folder)[0]))


def test_bounds_are_read_with_whatever_else_stands_beside_them(tmp_path):
    text = "\ufefffile,colour,lb,ub\na.fjs,red,,7\nb.fjs,blue,3.0,NA\n,,,\n"
    (tmp_path / "bounds.csv").write_text(text, encoding="utf-8")

    known, bounds = read_bounds(tmp_path)

    assert (tmp_path.resolve(), {"a.fjs", "b.fjs"}) == (known, set(bounds))
