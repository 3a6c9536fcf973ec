"""Our log, judged by a checker in another language that shares no code with us."""

import shutil
import subprocess
from pathlib import Path

import pytest

from dure.prove.engine.checkpoint import Checkpoint
from dure.prove.engine.growth import EMPTY, grow
from dure.prove.engine.note import sign_note
from dure.prove.store.folder import LogFolder
from tests.prove.log import LOG

pytestmark = pytest.mark.skipif(not shutil.which("node"), reason="needs node")
CHECKER = Path(__file__).with_name("check_log.mjs")


def log_of(path, *sizes):
    folder, edge = LogFolder(path), EMPTY
    for size in sizes:
        edge, tiles = grow(edge, [b"entry %d" % n for n in range(edge.size, size)])
        folder.write(tiles)
    checkpoint = Checkpoint(origin=LOG.verifier.name, size=edge.size, root=edge.root())
    folder.publish(sign_note(checkpoint.text(), LOG))
    return folder


def verdict(path):
    words = ["node", CHECKER, path, str(LOG.verifier)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.stdout.strip()


@pytest.mark.parametrize("sizes", [(1,), (2, 3), (256,), (257,), (3, 700), (65_536,), (66_000,)])
def test_it_accepts_our_log(tmp_path, sizes):
    log_of(tmp_path, *sizes)

    assert f"OK {sizes[-1]}" == verdict(tmp_path)


def test_it_refuses_a_flipped_byte_in_any_file(tmp_path):
    folder = log_of(tmp_path, 600)
    names = [tile.path for tile in folder.tiles()]

    for name in [*names, "checkpoint"]:
        path = tmp_path / name
        sound = path.read_bytes()
        path.write_bytes(sound[:20] + bytes([sound[20] ^ 1]) + sound[21:])
        assert verdict(tmp_path).startswith("WRONG"), name
        path.write_bytes(sound)
    assert "OK 600" == verdict(tmp_path)
