import json

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import InternalError, ProgrammingError

from dure.journal import models, public, services
from dure.kernel.errors import Malformed, NotFound, Refused, Unauthenticated
from dure.kernel.fact import FactKind
from dure.stack.ids import new_id
from dure.stack.tenancy import acting
from tests.cast import (
    BUSAN,
    BUSAN_OWNER,
    GIMHAE,
    GIMHAE_OWNER,
    OFFICE,
    RIVAL_OWNER,
    STRANGER,
    WORKER,
)

pytestmark = pytest.mark.django_db

PRESSED = FactKind("PartsPressed", "pressing", ("count",))


def press(count, at, *, aggregate=None, version=1, parties=(GIMHAE,)):
    return services.record(
        PRESSED,
        aggregate_id=aggregate or new_id(),
        aggregate_version=version,
        at=at,
        parties=parties,
        payload={"count": count},
    )


def test_it_works(at):
    with acting(BUSAN_OWNER):
        fact = press(500, at)

    with acting(WORKER):
        assert fact == public.fact(fact.id)
        assert [fact] == public.facts_of(fact.aggregate_id)


@pytest.mark.parametrize("party", [BUSAN_OWNER, GIMHAE_OWNER, OFFICE])
def test_its_parties_and_the_office_see_a_fact(at, party):
    with acting(BUSAN_OWNER):
        fact = press(500, at)

    with acting(party):
        assert fact == public.fact(fact.id)


@pytest.mark.parametrize("other", [RIVAL_OWNER, STRANGER])
def test_a_rival_sees_neither_fact_nor_key_nor_entry(at, other):
    with acting(BUSAN_OWNER):
        fact = press(500, at)

    with acting(other):
        with pytest.raises(NotFound):
            public.fact(fact.id)
        assert 0 == models.FactKey.objects.count()
        assert 0 == models.Outbox.objects.count()
        assert 0 == models.Issuer.objects.count()


def test_nobody_records_anything(at):
    with acting(STRANGER), pytest.raises(Unauthenticated):
        press(500, at)


def test_a_payload_with_other_fields_is_malformed(at):
    with acting(BUSAN_OWNER), pytest.raises(Malformed):
        services.record(
            PRESSED, aggregate_id=new_id(), aggregate_version=1, at=at, payload={"cnt": 1}
        )


def test_the_entries_of_an_issuer_form_one_chain(at):
    from dure.kernel.entry import FIRST, check_signature, entry_hash, parse

    with acting(BUSAN_OWNER):
        for count in range(3):
            press(count, at)

    with acting(WORKER):
        lines = [bytes(row.entry) for row in models.Outbox.objects.order_by("seq")]
    entries = [parse(line) for line in lines]
    for entry in entries:
        check_signature(entry)
    assert [FIRST, *map(entry_hash, lines[:-1])] == [entry.prev for entry in entries]
    assert [(0, "key"), (1, "fact"), (2, "fact"), (3, "fact")] == [
        (entry.seq, entry.kind) for entry in entries
    ]


def test_an_issuer_has_another_pseudonym_in_the_next_month(at):
    with acting(BUSAN_OWNER):
        press(1, at)
        press(2, at.replace(month=12))

    with acting(WORKER):
        keys = {bytes(row.public_key) for row in models.Issuer.objects.filter(firm_id=BUSAN)}
    assert 2 == len(keys)


def test_two_facts_cannot_share_a_version(at):
    aggregate = new_id()
    with acting(BUSAN_OWNER):
        press(1, at, aggregate=aggregate)

    with pytest.raises(IntegrityError, match="one_fact_a_version"), acting(BUSAN_OWNER):
        press(2, at, aggregate=aggregate)


@pytest.mark.parametrize(
    "statement", ["update journal_fact set kind = 'x'", "delete from journal_fact"]
)
def test_a_fact_cannot_be_changed_or_deleted(at, statement):
    with acting(WORKER):
        press(1, at)

    with (
        acting(WORKER),
        pytest.raises((InternalError, ProgrammingError)),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_a_fact_that_is_rolled_back_leaves_no_entry(at):
    with acting(BUSAN_OWNER):
        with transaction.atomic():
            press(1, at)
            transaction.set_rollback(True)

        assert 0 == models.Fact.objects.count()
        assert 0 == models.Outbox.objects.count()


def test_numbers_are_dense(at):
    with acting(BUSAN_OWNER):
        first = public.next_number("pressing")
        with transaction.atomic():
            public.next_number("pressing")
            transaction.set_rollback(True)
        second = public.next_number("pressing")

    assert (1, 2) == (first, second)


def test_the_body_is_what_the_commitment_stands_for(at):
    from dure.kernel.commitment import commit

    with acting(WORKER):
        fact = press(7, at)
        row = models.Fact.objects.get(id=fact.id)
        key = bytes(row.key.key)

    assert commit(json.loads(bytes(row.key.body)), key) == bytes(row.commitment)


def test_the_stored_clock_runs_forward_only(at):
    with acting(OFFICE):
        services.set_clock(at)

        assert at == public.now()
        with pytest.raises(Refused):
            services.set_clock(at.replace(year=2025))
