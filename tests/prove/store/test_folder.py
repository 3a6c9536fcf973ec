import os

import pytest

from dure.kernel.errors import NotFound, Unproven
from dure.prove.engine.growth import EMPTY, grow
from dure.prove.engine.tiles import ENTRIES, Tile, tiles_of
from dure.prove.store.folder import LogFolder


@pytest.fixture
def folder(tmp_path):
    return LogFolder(tmp_path)


def entries(start, end):
    return [b"entry %d" % number for number in range(start, end)]


def test_a_tile_is_read_back(folder):
    tile = Tile(0, 1234, 7)

    folder.write({tile: bytes(7 * 32)})

    assert bytes(7 * 32) == folder.read(tile)
    assert [tile] == list(folder.tiles())


def test_a_tile_is_never_overwritten(folder):
    tile = Tile(0, 0, 1)
    folder.write({tile: bytes(32)})

    folder.write({tile: bytes(32)})
    with pytest.raises(Unproven, match="tile_differs"):
        folder.write({tile: b"x" * 32})
    assert bytes(32) == folder.read(tile)


def test_a_full_tile_replaces_the_partial_ones_and_answers_for_them(folder):
    edge, first = grow(EMPTY, entries(0, 200))
    folder.write(first)

    folder.write(grow(edge, entries(200, 256))[1])

    assert {Tile(0, 0), Tile(ENTRIES, 0), Tile(1, 0, 1)} == set(folder.tiles())
    for tile, data in first.items():
        assert data == folder.read(tile)


def test_every_tile_of_the_tree_is_there_after_each_step(folder):
    edge = EMPTY
    for size in (1, 5, 255, 256, 257, 600):
        edge, tiles = grow(edge, entries(edge.size, size))
        folder.write(tiles)

        for tile in tiles_of(size):
            assert folder.read(tile)


def test_a_tile_that_is_not_there_is_not_found(folder):
    with pytest.raises(NotFound):
        folder.read(Tile(0, 0, 1))


def test_a_draft_that_a_killed_process_left_is_no_tile(folder):
    folder.write({Tile(0, 0, 1): bytes(32)})
    (folder.path / "tile/0/000.p/.draft").write_bytes(b"half")

    assert [Tile(0, 0, 1)] == list(folder.tiles())


def test_tiles_are_for_everybody_to_read(folder):
    folder.write({Tile(0, 0, 1): bytes(32)})

    assert 0o644 == os.stat(folder.path / "tile/0/000.p/1").st_mode & 0o777
