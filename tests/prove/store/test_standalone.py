"""A log without a database: what was appended is there, whatever the disk does."""

import errno

import pytest

from dure.kernel.errors import DureError, Refused, Unproven
from dure.prove.engine.audit import audit_tree
from dure.prove.engine.checkpoint import read_checkpoint
from dure.prove.engine.keys import SignatureType, signing_key
from dure.prove.engine.tiles import ENTRIES, Tile, read_entries
from dure.prove.store import standalone
from dure.prove.store.folder import LogFolder
from dure.prove.store.standalone import StandaloneLog
from tests.prove.faults import Failing, Forgetful, PowerCut
from tests.prove.log import LOG

FAULTS = {
    "EIO": lambda step: Failing(step, OSError(errno.EIO, "i/o error")),
    "ENOSPC": lambda step: Failing(step, OSError(errno.ENOSPC, "no space")),
    "killed": lambda step: Failing(step, PowerCut()),
    "power": Forgetful,
}


@pytest.fixture(autouse=True)
def small_journal(monkeypatch):
    monkeypatch.setattr(standalone, "ROOM", 60_000)


def opened(path, **disk):
    return StandaloneLog.open(LOG, LogFolder(path, **disk))


def entries(start, count):
    return [b"entry %d" % number for number in range(start, start + count)]


def held(log):
    """Give the entries that the folder holds, by its published checkpoint."""
    size = read_checkpoint(log.folder.published().text).size
    found = []
    for index in range(-(-size // 256)):
        width = min(256, size - index * 256)
        found += read_entries(log.folder.read(Tile(ENTRIES, index, width)), width)
    return found


def test_it_works(ram):
    log = opened(ram / "log")

    log.append(entries(0, 3))
    note = log.append(entries(3, 300))

    assert entries(0, 303) == held(log)
    assert str(note) == str(log.folder.published())
    assert [] == list(audit_tree(held(log), [read_checkpoint(note.text)], log.folder.read))


def test_many_batches_stand_one_after_another(ram):
    one_by_one, log = opened(ram / "one"), opened(ram / "log")
    batches = [entries(at, 70) for at in range(0, 700, 70)]
    expected = [str(one_by_one.append(batch)) for batch in batches]

    notes = []
    for note in log.extend(batches):
        notes.append(str(note))
        assert read_checkpoint(note.text).size <= log.edge.size

    assert expected == notes
    assert entries(0, 700) == held(log)


def test_opened_again_it_goes_on(ram):
    opened(ram / "log").append(entries(0, 300))

    log = opened(ram / "log")
    log.append(entries(300, 5))

    assert entries(0, 305) == held(log)


def test_partial_tiles_that_were_replaced_are_not_waited_for(ram):
    log = opened(ram / "log")
    log.append(entries(0, 3))
    log.append(entries(3, 300))

    log.settle()

    assert entries(0, 303) == held(opened(ram / "log"))


@pytest.mark.parametrize("left", [b"", None])
def test_a_checkpoint_that_a_power_cut_took_comes_out_of_the_journal(ram, left):
    log = opened(ram / "log")
    log.append(entries(0, 3))
    log.append(entries(3, 2))
    file = (ram / "log/checkpoint").resolve()
    file.write_bytes(left) if left is not None else file.unlink()

    assert entries(0, 5) == held(opened(ram / "log"))


def test_it_is_nobody_elses_log(ram):
    opened(ram / "log").append(entries(0, 3))
    other = signing_key("other.example/log", SignatureType.ED25519, bytes(32))

    with pytest.raises(Refused, match="another_log"):
        StandaloneLog.open(other, LogFolder(ram / "log"))


def test_a_tile_that_was_changed_is_refused(ram):
    log = opened(ram / "log")
    log.append(entries(0, 3))
    log.settle()
    log.append(entries(3, 2))
    log.settle()
    (ram / "log/journal").write_bytes(bytes(60_000))
    (ram / "log/tile/0/000.p/5").write_bytes(bytes(5 * 32))

    with pytest.raises(Unproven, match="tiles_differ"):
        opened(ram / "log")


def one_by_one(log, batches):
    return map(log.append, batches)


WAYS = pytest.mark.parametrize("way", [one_by_one, StandaloneLog.extend])


@WAYS
@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_the_disk_does_no_appended_entry_is_lost(ram, fault, way):
    nothing_is_lost(ram, fault, way, range(list(FAULTS).index(fault) + 1, 80, 11))


@pytest.mark.torture
@WAYS
@pytest.mark.parametrize("fault", FAULTS)
def test_at_every_step_of_the_disk_no_appended_entry_is_lost(ram, fault, way):
    nothing_is_lost(ram, fault, way, range(1, 80))


def nothing_is_lost(folder, fault, way, steps):
    for step in steps:
        path, disk, acknowledged = folder / str(step), FAULTS[fault](step), 0
        path.mkdir()
        try:
            log = opened(path, disk=disk)
            for note in way(log, [entries(batch * 70, 70) for batch in range(4)]):
                acknowledged = read_checkpoint(note.text).size
        except (DureError, PowerCut):
            if isinstance(disk, Forgetful):
                disk.power_cut()

        revived = opened(path)
        revived.append(entries(revived.edge.size, 1))

        assert revived.edge.size > acknowledged
        assert entries(0, revived.edge.size) == held(revived)
