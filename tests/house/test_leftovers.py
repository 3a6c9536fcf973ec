import os
import subprocess
import sys

from tests.leftovers import mine, sweep


def test_what_a_killed_run_left_is_cleared_by_the_next_and_a_living_one_keeps_its_own(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    killed, living = tmp_path / f"{mine(ended.pid)}abc", tmp_path / f"{mine(os.getpid())}def"
    for folder in (killed, living):
        (folder / "pg").mkdir(parents=True)

    assert [killed.name] == sweep(tmp_path)
    assert [living] == list(tmp_path.iterdir())


def test_a_folder_that_names_no_process_is_not_ours_to_remove(tmp_path):
    (tmp_path / "dure-tests-of-somebody").mkdir()

    assert [] == sweep(tmp_path)
