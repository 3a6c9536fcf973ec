"""The whole log against its checkpoint: a sound one is quiet, the first wrong tile is named."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from random import Random

import pytest

from dure.kernel.errors import Unproven
from dure.prove.engine.checkpoint import Checkpoint
from dure.prove.engine.growth import EMPTY, grow
from dure.prove.engine.tiles import ENTRIES, Tile, narrowed, tiles_of
from dure.prove.engine.whole import check_log


def log_of(size):
    chance = Random(size)
    lines = [
        chance.randbytes(chance.choice([0, 1, 54, 55, 56, 119, 120, 200, 512])) for _ in range(size)
    ]
    edge, tiles = grow(EMPTY, lines)
    return Checkpoint(origin="o", size=size, root=edge.root()), tiles


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 1_000, 65_536, 65_793])
def test_a_sound_log_is_quiet(size):
    checkpoint, tiles = log_of(size)

    check_log(checkpoint, tiles.__getitem__)


def test_a_flipped_bit_in_any_tile_is_named():
    checkpoint, tiles = log_of(1_000)
    chance = Random(3)

    for tile in tiles_of(1_000):
        data = bytearray(tiles[tile])
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        with pytest.raises(Unproven) as found:
            check_log(checkpoint, {**tiles, tile: bytes(data)}.__getitem__)
        # An entry shows where its bundle no longer gives the tile of its leaf hashes.
        told = found.value.reason.parameters["path"]
        assert told in {tile.path, tile.path.replace("entries", "0")}


def test_another_root_is_found():
    _, tiles = log_of(300)
    wrong = Checkpoint(origin="o", size=300, root=bytes(32))

    with pytest.raises(Unproven, match="audit_root"):
        check_log(wrong, tiles.__getitem__)


def test_processes_share_the_work_and_name_what_is_wrong():
    checkpoint, tiles = log_of(17_000)
    wrong = {**tiles, Tile(0, 65): bytes(8_192)}

    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        check_log(checkpoint, tiles.__getitem__, spread=pool.map)
        with pytest.raises(Unproven) as found:
            check_log(checkpoint, wrong.__getitem__, spread=pool.map)

    assert "tile/0/065" == found.value.reason.parameters["path"]


def test_a_full_tile_answers_for_a_partial_one():
    _, tiles = log_of(256)
    for tile in tiles:
        for width in (1, 77) if tile.level == ENTRIES else ():
            part = narrowed(tiles[tile], Tile(tile.level, tile.index, width))
            assert tiles[tile].startswith(part)
