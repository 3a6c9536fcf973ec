"""One byte changed in a row, an entry, a tile, a segment or a checkpoint is found and named."""

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from django.db import models as columns

from dure.journal import public
from dure.journal import services as journal
from dure.journal.bridge import keep, locked_issuer, sign_entry
from dure.journal.models import Aggregate, Fact, FactKey, Issuer, Outbox
from dure.kernel.canonical import canonical, from_canonical
from dure.kernel.commitment import commit
from dure.kernel.errors import NotFound
from dure.kernel.fact import FactKind
from dure.make.engine.manifest import Line
from dure.members.models import Firm
from dure.members.schemas import FirmIn
from dure.members.services import found_cooperative
from dure.prove import models
from dure.prove.engine.policy import Group
from dure.prove.engine.shard import split
from dure.prove.services.audit import audit, published_files
from dure.prove.services.sequencer import Sequencer
from dure.prove.wire.client import witnesses
from dure.stack.ids import new_id
from dure.stack.tenancy import acting
from tests.cast import AT, BUSAN, BUSAN_OWNER, WORKER
from tests.prove.log import log_key, watched

pytestmark = pytest.mark.django_db

DECEMBER = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
PRESSED = FactKind("PartsPressed", "pressing", ("count",))
SEALED = FactKind("SegmentSealed", "segment", ("content", "line", "line_hash"))
COOPERATIVE = {
    "business_number": "1168200276",
    "name": "구로 두레 협동조합",
    "kind": "cooperative",
    "people": [{"email": "office@guro.example", "name": "박사무", "roles": ["office"]}],
}


@pytest.fixture
def log(tmp_path):
    with watched(tmp_path) as (shards, policy, _), witnesses(policy) as known:
        yield Sequencer.open(log_key, shards, known, lambda: AT)


@pytest.fixture
def home(log, tmp_path):
    """A cooperative, twelve facts of Busan's, a sealed segment; all of it logged in two steps."""
    found_cooperative(FirmIn.model_validate(COOPERATIVE).joining(), legal_form="framework", at=AT)
    (tmp_path / "history").mkdir()
    (tmp_path / "history/7.parquet").write_bytes(b"readings")
    with acting(BUSAN_OWNER):
        for number in range(12):
            press(number)
        log.step()
        journal.record(
            SEALED, aggregate_id=new_id(), aggregate_version=1, at=AT,
            payload={"content": "readings", "line": 1, "line_hash": "0" * 64},
            sets={"firm_id": BUSAN, "file": "7.parquet", "sha256": sha256(b"readings").hexdigest()},
        )  # fmt: skip
    log.step()
    return tmp_path


def press(number):
    return journal.record(
        PRESSED, aggregate_id=new_id(), aggregate_version=1, at=AT, payload={"count": number}
    )


def found(log, home):
    with acting(WORKER):
        findings = list(audit(log.shards, published_files(log.shards), home / "history"))
    # The segment of this story has a fact and no row: its room is not part of it.
    return [one for one in findings if one.code != "prove.audit_row_missing"]


def first(log, home):
    return found(log, home)[0]


def flip(path, at=-1):
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))


def test_nothing_changed_nothing_is_found(log, home):
    assert [] == found(log, home)


def test_facts_that_wait_for_the_log_are_no_finding(log, home):
    with acting(BUSAN_OWNER):
        press(1)

    assert [] == found(log, home)


def test_committed_and_not_yet_placed_is_no_finding(log, home):
    with acting(BUSAN_OWNER):
        press(1)
    log.commit()

    assert [] == found(log, home)


def test_a_changed_segment_is_named(log, home):
    flip(home / "history/7.parquet")

    assert ("prove.audit_segment", {"file": "7.parquet"}) == named(first(log, home))


def test_a_lost_segment_is_named(log, home):
    (home / "history/7.parquet").unlink()

    assert ("prove.audit_segment_missing", {"file": "7.parquet"}) == named(first(log, home))


def tiles(home):
    return sorted(path for path in (home / "log/2026/tile").rglob("*") if path.is_file())


@pytest.mark.parametrize("number", range(4))
def test_a_changed_tile_is_named(log, home, number):
    path = tiles(home)[number]
    flip(path, at=40)

    finding = first(log, home)

    shown = str(path.relative_to(home / "log/2026"))
    assert "prove.audit_tile" == finding.code
    assert finding.parameters["path"].split(".p/")[0] == shown.split(".p/", maxsplit=1)[0]


def test_a_lost_tile_is_named(log, home):
    lost = max((home / "log/2026/tile/0/000.p").iterdir(), key=lambda path: int(path.name))
    lost.unlink()

    assert f"tile/0/000.p/{lost.name}" == first(log, home).parameters["path"]


def test_a_changed_checkpoint_is_found(log, home):
    flip(home / "log/2026/checkpoint", at=-5)

    assert "prove.audit_checkpoint" in {one.code for one in found(log, home)}


def test_a_changed_row_is_named_with_its_column(log, home):
    with acting(WORKER):
        Firm.objects.update(name="다른 이름")
        row = Firm.objects.get()

    finding = first(log, home)

    assert "prove.audit_row" == finding.code
    assert (str(row.id), "name") == (finding.parameters["row"], finding.parameters["what"])


def test_a_changed_version_is_named(log, home):
    with acting(WORKER):
        Firm.objects.update(version=columns.F("version") + 1)

    assert "version" == first(log, home).parameters["what"]


def test_an_entry_signed_for_another_fact_is_named(log, home):
    with acting(WORKER):
        one, other = Outbox.objects.order_by("place")[10:12]
        Outbox.objects.filter(pk=one.pk).update(entry=bytes(other.entry))

    finding = first(log, home)

    assert ("prove.audit_entry_differs", 11) == (finding.code, finding.parameters["index"])


def test_a_fact_that_was_not_what_was_committed_is_named(log, home):
    """What changing a fact's row comes to: body and commitment do not go together."""
    fact, key = new_id(), bytes(32)
    with acting(BUSAN_OWNER):
        true = press(1)
        body = {**true.as_json(), "id": str(fact), "aggregate_id": str(fact)}
        committed = commit({**body, "payload": {"count": 2}}, key)
        row = Fact.objects.create(
            id=fact, kind="PartsPressed", schema=1, aggregate="pressing", aggregate_id=fact,
            aggregate_version=1, parties=[BUSAN], at=AT, commitment=committed,
        )  # fmt: skip
        FactKey.objects.create(fact=row, key=key, body=canonical(body))
        issuer = locked_issuer(BUSAN, AT)
        keep(row, issuer, sign_entry(row, issuer, AT))

    finding = first(log, home)

    assert ("prove.audit_fact", str(fact)) == (finding.code, finding.parameters["fact"])


def test_a_fact_without_its_key_is_named(log, home):
    with acting(WORKER):
        key = FactKey.objects.select_related("fact").order_by("pk").last()
        gone = str(key.fact_id)
        key.delete()

    finding = first(log, home)

    assert ("prove.audit_key_missing", gone) == (finding.code, finding.parameters["fact"])


def test_an_erased_fact_is_no_finding_and_its_erasing_is_a_fact(log, home):
    with acting(BUSAN_OWNER):
        fact = press(1)
        journal.erase(fact.id, at=AT, right="person", reason="asked")
    log.step()

    assert [] == found(log, home)
    with acting(BUSAN_OWNER), pytest.raises(NotFound):
        public.fact(fact.id)
    with acting(BUSAN_OWNER):
        assert ["FactErased"] == [told.kind for told in public.facts_of(fact.id)]


def test_the_columns_of_a_row_whose_fact_was_erased_are_checked_from_the_next_fact_on(log, home):
    with acting(WORKER):
        row = Firm.objects.get()
        fact = Fact.objects.get(aggregate_id=row.id)
        journal.erase(fact.id, at=AT, right="person", reason="asked")

    assert [] == found(log, home)


def test_a_policy_that_is_not_the_logs_is_found(log, home):
    policy = log.shards.policy()
    log.shards.write_policy(replace(policy, groups={"quorum": Group(1, ("w1",))}))

    assert "prove.audit_policy" in {one.code for one in found(log, home)}


def test_a_statement_that_was_changed_is_named(log, home):
    with acting(WORKER):
        row = models.LogStatement.objects.get()
        note = bytes(row.note).replace(b"group quorum 3", b"group quorum 1")
        models.LogStatement.objects.filter(pk=row.pk).update(note=note)

    finding = first(log, home)

    assert ("prove.audit_statement", {"shard": 2026, "index": 0}) == named(finding)


def test_a_month_begins_with_a_key_that_says_where_the_last_one_ended(log, home):
    with acting(BUSAN_OWNER):
        journal.record(
            PRESSED, aggregate_id=new_id(), aggregate_version=1, at=DECEMBER, payload={"count": 1}
        )
    log.step()
    assert [] == found(log, home)

    with acting(WORKER):
        key = FactKey.objects.filter(fact__kind="KeyRegistered").order_by("pk").last()
        body = from_canonical(bytes(key.body))
        body["payload"]["before_seq"] -= 1
        FactKey.objects.filter(pk=key.pk).update(body=canonical(body))

    assert "prove.audit_restart" in {one.code for one in found(log, home)}


def test_a_revoked_key_is_followed_by_another(log, home):
    with acting(BUSAN_OWNER):
        journal.revoke_key(at=AT, reason="lost")
        press(1)
    log.step()

    assert [] == found(log, home)
    with acting(WORKER):
        assert [True, False] == list(
            Issuer.objects.filter(firm_id=BUSAN)
            .order_by("number")
            .values_list("is_revoked", flat=True)
        )


def test_a_manifest_that_was_changed_is_named(log, home):
    line = Line(number=1, prev="0" * 64, sources={})
    (home / "history/manifest").write_bytes(line.body() + b"\n")
    assert [] == found(log, home)
    (home / "history/manifest").write_bytes(
        line.body().replace(b'"number":1', b'"number":2') + b"\n"
    )

    assert "make.manifest_changed" == first(log, home).code


def test_a_changed_checkpoint_row_is_named(log, home):
    with acting(WORKER):
        row = models.LogCheckpoint.objects.order_by("size").first()
        _, size = split(row.size)
        models.LogCheckpoint.objects.filter(pk=row.pk).update(
            note=bytes(row.note).replace(b"\n%d\n" % size, b"\n%d\n" % (size - 1))
        )

    assert ("prove.audit_checkpoint_row", {"size": size}) == named(first(log, home))


def test_every_room_declares_columns_that_exist():
    from django.apps import apps

    for model in apps.get_models():
        if issubclass(model, Aggregate):
            for name in model.audited:
                assert model._meta.get_field(name)


def named(reason):
    return reason.code, dict(reason.parameters)
