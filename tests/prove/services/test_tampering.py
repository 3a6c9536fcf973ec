"""
Tampering with a home: rows of PostgreSQL, tiles and segments on disk, as its administrator could.

Rows are edited, deleted, inserted, swapped, with every trigger and policy out of the way; bytes of
files flipped, cut, moved. The audit finds each change, and its first finding names the row, or the
tile in which it stands. The suite samples; `make torture` does thousands.
"""

from hashlib import sha256
from random import Random

import pytest
from django.db import DataError, IntegrityError, connection, transaction

from dure.journal import services as journal
from dure.kernel.fact import FactKind
from dure.members.schemas import FirmIn
from dure.members.services import found_cooperative
from dure.prove.engine.shard import place, split
from dure.prove.services.audit import audit, published_files
from dure.prove.services.sequencer import Sequencer
from dure.prove.wire.client import witnesses
from dure.stack.ids import new_id
from dure.stack.tenancy import acting
from tests.cast import AT, BUSAN, BUSAN_OWNER, GIMHAE_OWNER, WORKER
from tests.prove.engine.test_tampering import mutated
from tests.prove.log import YEAR, log_key, watched
from tests.prove.services.test_audit import COOPERATIVE, SEALED

PRESSED = FactKind("PartsPressed", "pressing", ("count",))
SEGMENTS = 4
SEGMENT_ROWS = "select aggregate_id from journal_fact where aggregate = 'segment'"
COLUMNS = {  # what an audit answers for; of what was published the file counts, not `final`
    "journal_fact": "id kind schema aggregate aggregate_id aggregate_version parties at commitment",
    "journal_factkey": "fact_id key body",
    "journal_outbox": "fact_id issuer_id seq entry status place",
    "journal_issuer": "firm_id month held public_key next_seq last_hash",
    "prove_logentry": "place line",
    "prove_logcheckpoint": "size follows note",
    "prove_logstatement": "note place",
    "members_firm": "id name number version",
}
KEYS = {
    "journal_factkey": "fact_id", "journal_outbox": "fact_id", "prove_logentry": "place",
    "prove_logcheckpoint": "size",
}  # fmt: skip
NOT_NAMED_FIRST = {"journal_issuer", "prove_logstatement"}  # what follows from them may come before


@pytest.fixture(scope="module")
def home(tmp_path_factory, postgres, django_db_setup, django_db_blocker):
    """Be the database's superuser, in a transaction that never ends, at a home with facts."""
    from dure.project.settings import database

    def connect_as(role):
        connection.close()
        connection.settings_dict.update(database(postgres.url(role)))

    path = tmp_path_factory.mktemp("home")
    with django_db_blocker.unblock():
        connect_as("postgres")
        try:
            with (
                watched(path) as (shards, policy, _),
                witnesses(policy) as known,
                transaction.atomic(),
            ):
                log = Sequencer.open(log_key, shards, known, lambda: AT)
                live(log, path)
                ask("set constraints all immediate")
                ask("set local session_replication_role = replica")
                for table in COLUMNS:
                    for constraint in free(table):
                        ask(f'alter table {table} drop constraint "{constraint}"')
                yield log, path
                transaction.set_rollback(True)
        finally:
            connect_as("dure_worker")


def live(log, path):
    found_cooperative(FirmIn.model_validate(COOPERATIVE).joining(), legal_form="framework", at=AT)
    (path / "history").mkdir()
    for number in range(SEGMENTS):
        data = b"readings %d" % number * 40
        (path / f"history/{number}.parquet").write_bytes(data)
        with acting(BUSAN_OWNER):
            journal.record(
                SEALED, aggregate_id=new_id(), aggregate_version=1, at=AT,
                payload={"content": "readings", "line": number + 1, "line_hash": "0" * 64},
                sets={
                    "firm_id": BUSAN,
                    "file": f"{number}.parquet",
                    "sha256": sha256(data).hexdigest(),
                },
            )  # fmt: skip
        with acting(GIMHAE_OWNER):
            journal.record(
                PRESSED, aggregate_id=new_id(), aggregate_version=1, at=AT,
                payload={"count": number},
            )  # fmt: skip
        log.step()


def findings(home):
    log, path = home
    with acting(WORKER):
        found = audit(log.shards, published_files(log.shards), path / "history")
        # The segments of this story have facts and no rows: their room is not part of it.
        segments = {str(row) for (row,) in ask(SEGMENT_ROWS)}
        return [one for one in found if one.parameters.get("row") not in segments]


def ask(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


def another(value, chance):
    """A value of the same type that is another one."""
    match value:
        case bool():
            return not value
        case int():
            return value + chance.choice([-1, 1, 7]) if value else value + 1
        case bytes() | memoryview():
            return mutated(bytes(value), chance) or b"x"
        case str():
            at = chance.randrange(len(value) + 1)
            return f"{value[:at]}x{value[at:]}"[: len(value) or 1].replace(value, "y")
        case list():
            return [*value, new_id()]
        case None:
            return place(YEAR, 999)
    return new_id() if hasattr(value, "hex") else value.replace(year=value.year - 1)


def edit(table, key, chance):
    column = chance.choice(COLUMNS[table].split())
    ((value,),) = ask(f'select "{column}" from {table} where "{KEYS.get(table, "id")}" = %s', key)
    changed = another(value, chance)
    if column == KEYS.get(table, "id"):
        changed = changed + 10**6 if isinstance(changed, int) else changed
    ask(f'update {table} set "{column}" = %s where "{KEYS.get(table, "id")}" = %s', changed, key)
    return changed if column == KEYS.get(table, "id") else None


def delete(table, key, chance):
    ask(f'delete from {table} where "{KEYS.get(table, "id")}" = %s', key)


def insert(table, key, chance):
    """The same row once more, under another key."""
    columns = [name for (name,) in ask(
        "select column_name from information_schema.columns where table_name = %s", table
    )]  # fmt: skip
    name = KEYS.get(table, "id")
    new = another(key, chance) + 10**6 if isinstance(key, int) else new_id()
    given = ", ".join("%s" if each == name else f'"{each}"' for each in columns)
    listed = ", ".join(f'"{each}"' for each in columns)
    rows = f'select {given} from {table} where "{name}" = %s'
    ask(f"insert into {table} ({listed}) {rows}", new, key)
    return new


def swap(table, key, chance):
    """Two rows change what they say."""
    name = KEYS.get(table, "id")
    others = [each for (each,) in ask(f'select "{name}" from {table} where "{name}" <> %s', key)]
    other = chance.choice(others)
    column = chance.choice([each for each in COLUMNS[table].split() if each != name])
    ask(f'update {table} a set "{column}" = b."{column}" from {table} b'
        f' where (a."{name}", b."{name}") in ((%s, %s), (%s, %s))',
        key, other, other, key)  # fmt: skip
    return other


def free(table):
    """Constraints that would only say no to what an administrator could do without them."""
    return [name for (name,) in ask(
        "select conname from pg_constraint where conrelid = %s::regclass and contype in ('u', 'c')",
        table,
    )]  # fmt: skip


def state(table):
    return ask(f"select md5(string_agg(t::text, ',' order by t::text)) from {table} t")


def tampered(home, seed):
    """Change one row; gives what was done, and what the audit finds. None where nothing changed."""
    chance = Random(f"rows {seed}")
    table = chance.choice(sorted(COLUMNS))
    name = KEYS.get(table, "id")
    key = chance.choice([each for (each,) in ask(f'select "{name}" from {table} order by 1')])
    way = chance.choice([edit, edit, edit, delete, insert, swap])
    if way is swap and len(ask(f"select from {table}")) < 2:
        way = edit
    names = {str(key), *named_by(table, key)}
    if table == "prove_logcheckpoint":  # one that is gone is named by the one that followed it
        rows = ask("select size from prove_logcheckpoint where follows = %s", key)
        names |= {str(split(size)[1]) for (size,) in rows}
    point = transaction.savepoint()
    try:
        before = state(table)
        try:
            other = way(table, key, chance)
        except (IntegrityError, DataError):
            return None  # two rows with one key are more than a database can hold
        if state(table) == before:
            return None
        names |= {str(other), *named_by(table, other)} if other is not None else set()
        return (seed, way.__name__, table, str(key)), names, findings(home)
    finally:
        transaction.savepoint_rollback(point)


def named_by(table, key):
    """How a finding may name a row: its id, its index or size, its fact, its tile."""
    if isinstance(key, int):
        return {str(split(key)[1]), *(str(split(key)[1] + n) for n in (-1, 1)), "tile/"}
    asked = {
        "journal_fact": "select place::text from journal_outbox where fact_id = %s",
        "prove_logstatement": "select place::text from prove_logstatement where id = %s",
        "members_firm": "select number::text from members_firm where id = %s",
    }
    return {row[0] for row in ask(asked[table], key) if row[0]} if table in asked else set()


def is_named(found, names):
    said = " ".join(str(value) for value in found[0].parameters.values())
    return any(name in said for name in names)


def missed(home, seeds):
    """Give the changes that were not found, or of which the first finding names another place."""
    wrong = []
    for seed in seeds:
        if (result := tampered(home, seed)) is None:
            continue
        done, names, found = result
        if not found or (done[2] not in NOT_NAMED_FIRST and not is_named(found, names)):
            wrong.append((*done, [str(one) for one in found[:2]]))
    return wrong


def test_what_nobody_touched_gives_no_finding(home):
    assert [] == findings(home)


def test_a_sample_of_changed_rows_is_found_and_named(home):
    assert [] == missed(home, range(10**6, 10**6 + 40))


@pytest.mark.torture
def test_thousands_of_changed_rows_are_found_and_named(home):
    assert [] == missed(home, range(1_000))


def changed_segments(home, seeds):
    """Change one sealed file each; gives those that the audit did not name at once."""
    _, path = home
    wrong = []
    for seed in seeds:
        chance = Random(f"segments {seed}")
        number = chance.randrange(SEGMENTS)
        file = path / f"history/{number}.parquet"
        data = file.read_bytes()
        others = path / f"history/{(number + 1) % SEGMENTS}.parquet"
        file.write_bytes(mutated(data, chance) if chance.random() < 0.9 else others.read_bytes())
        found = findings(home)
        file.write_bytes(data)
        if [{"file": file.name}] != [dict(one.parameters) for one in found]:
            wrong.append((seed, found))
    return wrong


def test_a_sample_of_changed_segments_is_named(home):
    assert [] == changed_segments(home, range(10**6, 10**6 + 20))


@pytest.mark.torture
def test_thousands_of_changed_segments_are_named(home):
    assert [] == changed_segments(home, range(500))
