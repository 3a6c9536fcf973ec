"""The disk fails, dies or forgets under the sequencer: nothing that was logged is lost."""

import errno

import pytest

from dure.journal import services as journal
from dure.journal.models import Outbox
from dure.kernel.errors import DureError
from dure.kernel.fact import FactKind
from dure.prove.bridge import evidence
from dure.prove.engine.audit import audit_tree
from dure.prove.engine.checkpoint import read_checkpoint
from dure.prove.engine.note import read_note
from dure.prove.engine.policy import check_final
from dure.prove.services.sequencer import Sequencer
from dure.prove.store.folder import Shards
from dure.prove.wire.client import witnesses
from dure.stack.ids import new_id
from dure.stack.tenancy import acting
from tests.cast import BUSAN_OWNER, WORKER
from tests.prove.faults import Failing, Forgetful, PowerCut
from tests.prove.log import YEAR, log_key, watched

pytestmark = pytest.mark.django_db

PRESSED = FactKind("PartsPressed", "pressing", ("count",))
STEPS = 34  # more things than one batch asks of the disk
FAULTS = {
    "EIO": lambda step: Failing(step, OSError(errno.EIO, "i/o error")),
    "ENOSPC": lambda step: Failing(step, OSError(errno.ENOSPC, "no space")),
    "killed": lambda step: Failing(step, PowerCut()),
    "power": Forgetful,
}


@pytest.fixture
def shards(ram):
    with watched(ram) as (shards, policy, here), witnesses(policy) as known:
        yield shards, known, here


def press(at):
    with acting(BUSAN_OWNER):
        journal.record(
            PRESSED, aggregate_id=new_id(), aggregate_version=1, at=at, payload={"count": 1}
        )


def disturbed(sequencer, disk):
    """Let one step meet its fault; says whether it came through."""
    try:
        sequencer.step()
    except (DureError, PowerCut):
        if isinstance(disk, Forgetful):
            disk.power_cut()
        return False
    return True


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_the_disk_does_the_log_goes_on_from_what_it_acknowledged(shards, at, fault):
    goes_on(shards, at, fault, range(list(FAULTS).index(fault) + 1, STEPS, 7))


@pytest.mark.torture
@pytest.mark.parametrize("fault", FAULTS)
def test_at_every_step_the_log_goes_on_from_what_it_acknowledged(shards, at, fault):
    goes_on(shards, at, fault, range(1, STEPS))


def goes_on(shards, at, fault, steps):
    log, known, here = shards
    finals, came_through = [], []
    for step in steps:
        press(at)
        disk = FAULTS[fault](step)
        broken = Sequencer.open(log_key, Shards(log.path, disk), known, lambda: at)
        came_through.append(disturbed(broken, disk))
        if published := log.shard(YEAR).published():
            finals.append(check_final(published, known.policy).checkpoint)

        Sequencer.open(log_key, log, known, lambda: at).step()
        finals.append(check_final(log.shard(YEAR).published(), known.policy).checkpoint)

    assert False in came_through
    assert finals == sorted(finals, key=lambda one: one.size)
    with acting(WORKER):
        assert not Outbox.objects.filter(status="pending").exists()
        signed = [read_checkpoint(read_note(note).text) for _, _, note, _ in evidence.read_notes()]
        lines = (line for _, line in evidence.read_lines())
        assert [] == list(audit_tree(lines, signed, log.shard(YEAR).read))
    assert set(finals) <= set(signed)
    assert not any(list(each.folder.path.glob("evidence/*")) for each in here)
