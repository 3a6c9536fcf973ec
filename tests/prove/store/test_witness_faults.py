"""A witness whose disk fails, whose process is killed, whose machine loses power, at every step."""

import errno
import os
import signal
import subprocess
import sys
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path

import pytest

import dure
from dure.kernel.errors import Unavailable
from dure.prove.store.disk import DISK
from dure.prove.store.witness import WitnessFolder
from tests.prove.faults import Failing, Forgetful, PowerCut
from tests.prove.log import witness
from tests.prove.store.test_witness import FORKED, NOW, request

STEPS = 12  # more than any answer takes
OTHER = request(8, 20)


def on(folder, disk):
    """The same witness on another disk, as a new process finds it."""
    return WitnessFolder(folder.path, folder.keys, folder.logs, disk=disk)


def may_sign_no_fork(folder):
    """Whatever happened, what a witness signed before binds it."""
    size = folder.size("dure.example/log")
    forked = folder.answer(request(size, 20, FORKED), NOW)
    assert forked.cosigned is None or size == 0
    return size


@pytest.mark.parametrize("trouble", [errno.EIO, errno.ENOSPC])
@pytest.mark.parametrize("step", range(1, STEPS))
def test_where_the_disk_fails_nothing_is_signed(tmp_path, step, trouble):
    folder = witness(tmp_path, 1).folder
    folder.answer(request(0, 8), NOW)
    disk = Failing(step, OSError(trouble, os.strerror(trouble)))

    try:
        answer = on(folder, disk).answer(OTHER, NOW)
    except Unavailable:
        answer = None

    assert (answer is None) == (disk.left <= 0)
    healed = on(folder, DISK)
    assert healed.size("dure.example/log") in ({8, 20} if answer is None else {20})
    size = may_sign_no_fork(healed)
    assert HTTPStatus.OK == healed.answer(request(size, 20), NOW).status


@pytest.mark.parametrize("step", range(1, STEPS))
def test_what_was_answered_survives_a_power_cut(tmp_path, step):
    folder = witness(tmp_path, 1).folder
    folder.answer(request(0, 8), NOW)
    disk, answered = Forgetful(step), False

    with suppress(PowerCut):
        answered = on(folder, disk).answer(OTHER, NOW).status is HTTPStatus.OK
    disk.power_cut()

    revived = on(folder, DISK)
    assert revived.size("dure.example/log") in ({20} if answered else {8, 20})
    may_sign_no_fork(revived)


@pytest.mark.parametrize("step", range(1, STEPS))
def test_evidence_that_was_answered_survives_a_power_cut(tmp_path, step):
    folder = witness(tmp_path, 1).folder
    folder.answer(request(0, 8), NOW)
    disk, refused = Forgetful(step), False

    with suppress(PowerCut):
        refused = on(folder, disk).answer(request(8, 8, FORKED), NOW).evidence is not None
    disk.power_cut()

    kept = [path for path in (folder.path / "evidence").glob("*") if len(path.name) == 64]
    assert kept or not refused
    assert all(path.read_bytes().count(b"dure.example/log\n8\n") == 2 for path in kept)


PROGRAM = """
import os, signal, sys
from pathlib import Path
from tests.prove.faults import Failing
from tests.prove.log import witness
from tests.prove.store.test_witness import NOW, request
from tests.prove.store.test_witness_faults import on

class Killing(Failing):
    def _step(self):
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

folder = witness(Path(sys.argv[1]), 1).folder
on(folder, Killing(int(sys.argv[2]), None)).answer(request(8, 20), NOW)
print("answered", flush=True)
"""


@pytest.mark.parametrize("step", range(1, 6))
def test_a_killed_witness_is_bound_by_what_it_answered(tmp_path, step):
    folder = witness(tmp_path, 1).folder
    folder.answer(request(0, 8), NOW)
    source = Path(dure.__file__).parents[1]

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, tmp_path, str(step)],
        env={**os.environ, "PYTHONPATH": f"{source}:{source.parent}"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    answered = "answered" in done.stdout
    assert (0 if answered else -signal.SIGKILL) == done.returncode, done.stderr
    revived = on(folder, DISK)
    assert revived.size("dure.example/log") in ({20} if answered else {8, 20})
    may_sign_no_fork(revived)
