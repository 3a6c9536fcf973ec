"""From facts in PostgreSQL to the log: how many a second, how soon, and what a fact costs."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime
from multiprocessing import get_context
from random import Random
from time import perf_counter, sleep
from typing import Any

import psycopg

from bench import Figure, database
from bench.journal import COUNTED, PAYLOAD
from bench.log.cast import NOON
from dure.kernel.actor import THE_COOPERATIVE, Actor, Role
from dure.kernel.entry import FIRST, Entry, entry_hash, public_key, sign
from dure.prove.engine.keys import SignatureType, SigningKey, signing_key
from dure.prove.engine.policy import Policy
from dure.prove.store.keys import found_log
from dure.stack.home import dure_home
from dure.stack.ids import new_id
from dure.stack.nats import free_port

FACTS, FIRMS, SAMPLES = 40_960, 16, 200


def draining(server: Any) -> Figure:
    """Drain committed facts into pending checkpoints, tiles on disk, batch by batch."""
    from dure.prove.services.sequencer import BATCH, Sequencer
    from dure.prove.store.folder import Shards
    from dure.prove.wire.client import witnesses

    shards = Shards(dure_home().log)
    shards.write_policy(
        Policy(logs=(log_key(NOON.year).verifier,), witnesses={}, groups={}, quorum=None)
    )
    lines = stock(FACTS)
    with psycopg.connect(server.url("dure_owner"), autocommit=True) as owner:
        owner.execute("vacuum analyze journal_outbox")  # as PostgreSQL does by itself each minute
    with witnesses(shards.policy()) as known:
        sequencer = Sequencer.open(log_key, shards, known, lambda: NOON)
        began = perf_counter()
        while sequencer.commit():
            sequencer.place()
        taken = perf_counter() - began
    return Figure(
        name=f"committed facts to a pending checkpoint, tiles on disk, batches of {BATCH}",
        value=FACTS / taken,
        unit="facts/s",
        reach=20_000,
        peer="COPY of the same entries, no index, a commit a batch",
        peer_value=FACTS / copied(server, lines, BATCH),
    )


def log_key(year: int) -> SigningKey:
    """Give the log's key of a year."""
    return signing_key(f"dure.bench/log/{year}", SignatureType.ED25519, bytes([year % 256]) * 32)


def stock(count: int) -> list[bytes]:
    """Commit facts with their signed entries, as `record` would one by one; gives the entries."""
    from dure.journal import models
    from dure.stack.tenancy import acting

    lines: list[bytes] = []
    with acting(THE_COOPERATIVE):
        for number in range(FIRMS):
            chain = list(signed_chain(bytes([number + 1]) * 32, count // FIRMS))
            issuer = models.Issuer.objects.create(
                firm_id=new_id(), month=date(2026, 12, 1), sealed_key=b"",
                public_key=public_key(bytes([number + 1]) * 32),
            )  # fmt: skip
            facts = [fact_row(issuer.firm_id) for _ in chain]
            models.Fact.objects.bulk_create(facts)
            models.Outbox.objects.bulk_create(
                models.Outbox(fact=fact, issuer=issuer, seq=seq, entry=line)
                for seq, (fact, line) in enumerate(zip(facts, chain, strict=True))
            )
            lines += chain
    return lines


def signed_chain(seed: bytes, count: int) -> Iterator[bytes]:
    """Sign one issuer's entries."""
    prev = FIRST
    for seq in range(count):
        unsigned = Entry(
            kind="fact", issuer=public_key(seed), commit=seq.to_bytes(32), time=NOON, seq=seq,
            prev=prev, held="custodian",
        )  # fmt: skip
        line = sign(unsigned, seed).line()
        prev = entry_hash(line)
        yield line


def fact_row(firm: Any) -> Any:
    """Give a fact's row."""
    from dure.journal import models

    return models.Fact(
        id=new_id(), kind="BenchCounted", schema=1, aggregate="bench", aggregate_id=new_id(),
        aggregate_version=1, parties=[firm], at=NOON, commitment=bytes(32),
    )  # fmt: skip


def copied(server: Any, lines: list[bytes], batch: int) -> float:
    """Copy entries into a bare table; gives the seconds."""
    with psycopg.connect(server.url("dure_owner")) as connection:
        connection.execute("create table bench_copied (place bigint, line bytea)")
        connection.commit()
        began = perf_counter()
        for at in range(0, len(lines), batch):
            with connection.cursor().copy("copy bench_copied from stdin (format binary)") as copy:
                copy.set_types(["int8", "bytea"])
                for place, line in enumerate(lines[at : at + batch], start=at):
                    copy.write_row((place, line))
            connection.commit()
        return perf_counter() - began


class Told:
    """Facts told at random moments, and when each became pending and final."""

    def __init__(self) -> None:
        self.at: dict[Any, float] = {}
        self.pending: dict[Any, tuple[float, int]] = {}
        self.final: dict[Any, float] = {}

    def tell(self, count: int) -> None:
        """Tell facts from a thread of its own, some of them close together."""
        from django.db import connection

        from dure.journal.services import record
        from dure.stack.tenancy import acting

        chance = Random(1)
        for _ in range(count):
            with acting(THE_COOPERATIVE):
                fact = record(
                    COUNTED,
                    aggregate_id=new_id(),
                    aggregate_version=1,
                    at=datetime.now(UTC),
                    payload=PAYLOAD,
                )
            self.at[fact.id] = perf_counter()
            sleep(chance.expovariate(8))
        connection.close()

    def look(self) -> None:
        """Note what has become pending or final since."""
        from django.db import connection

        from dure.stack.tenancy import acting

        waiting = [fact for fact in list(self.at) if fact not in self.pending]
        with acting(THE_COOPERATIVE), connection.cursor() as cursor:
            cursor.execute(
                "select fact_id, place from journal_outbox where status = 'logged'"
                " and fact_id = any(%s)", [waiting],
            )  # fmt: skip
            found = cursor.fetchall()
            cursor.execute("select max(size) from prove_logcheckpoint where final is not null")
            (final,) = cursor.fetchone()
        seen = perf_counter()
        self.pending |= {fact: (seen, place) for fact, place in found}
        for fact, (_, place) in self.pending.items():
            if place < (final or 0):
                self.final.setdefault(fact, seen)


def latency(server: Any) -> Iterator[Figure]:
    """Run the sequencer and seven witnesses as processes; tell facts, and wait for each."""
    from django.db import connection

    with house(server):
        gathered(1)  # all processes have started
        told = gathered(SAMPLES)
    with psycopg.connect(server.url("dure_owner"), autocommit=True) as owner:
        owner.execute("create table bench_floor (n int)")
        floor = p99([timed(owner, "insert into bench_floor values (1)") for _ in range(SAMPLES)])
    connection.close()
    for name, reach, seen in (
        ("pending", 1.0, {fact: at for fact, (at, _) in told.pending.items()}),
        ("final", 2.0, told.final),
    ):
        yield Figure(
            name=f"one fact, from record() to a {name} checkpoint, seven local witnesses, p99",
            value=p99([seen[fact] - told.at[fact] for fact in told.at]), unit="s", reach=reach,
            peer="a row committed alone, p99", peer_value=floor,
        )  # fmt: skip


def gathered(count: int) -> Told:
    """Tell facts, and look until the last is final."""
    told = Told()
    with ThreadPoolExecutor(1) as threads:
        telling = threads.submit(told.tell, count)
        while len(told.final) < count:
            assert not (telling.done() and telling.exception()), "facts are told"
            told.look()
            sleep(0.005)
    return told


@contextmanager
def house(server: Any) -> Iterator[None]:
    """Run `dure sequencer` and seven of `dure witness` for the length of a block."""
    home = dure_home()
    local = found_log(home, [free_port() for _ in range(7)])
    verbs = [["sequencer"], *(["witness", *each.arguments] for each in local)]
    started = [
        subprocess.Popen([sys.executable, "-m", "dure.cli", *verb], env=here()) for verb in verbs
    ]
    try:
        yield
    finally:
        for each in started:
            each.terminate()
        for each in started:
            each.wait()


def here() -> dict[str, str]:
    """Let a process find what this one found."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def timed(connection: Any, statement: str) -> float:
    """Give the seconds of one statement."""
    began = perf_counter()
    connection.execute(statement)
    return perf_counter() - began


def p99(seconds: list[float]) -> float:
    """Give what 99 of a hundred stay under."""
    return sorted(seconds)[len(seconds) * 99 // 100]


def costs(server: Any) -> Figure:
    """Tell facts in two processes, each for a firm of its own, beside two that commit a row."""
    with psycopg.connect(server.url("dure_owner"), autocommit=True) as owner:
        owner.execute("create table bench_rows (id uuid primary key)")
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        list(pool.map(tell_for, [new_id(), new_id()], [5, 5]))
        facts = sum(pool.map(tell_for, [new_id(), new_id()], [300, 300]))
        rows = sum(pool.map(insert_rows, [server.url("dure_owner")] * 2, [300, 300]))
    return Figure(
        name="record() of twelve fields, committed and signed, two processes", value=facts,
        unit="facts/s", reach=None, peer="single rows committed, two processes", peer_value=rows,
    )  # fmt: skip


def tell_for(firm: Any, count: int) -> float:
    """Tell facts for a firm; gives facts a second."""
    from dure.cli.django import set_up_django

    set_up_django()
    from dure.journal.services import record
    from dure.stack.tenancy import acting

    actor = Actor(firm=firm, role=Role.OWNER)
    began = perf_counter()
    for _ in range(count):
        with acting(actor):
            record(COUNTED, aggregate_id=new_id(), aggregate_version=1, at=NOON, payload=PAYLOAD)
    return count / (perf_counter() - began)


def insert_rows(url: str, count: int) -> float:
    """Commit rows one by one; gives rows a second."""
    with psycopg.connect(url, autocommit=True) as connection:
        began = perf_counter()
        for _ in range(count):
            connection.execute("insert into bench_rows values (%s)", [new_id()])
        return count / (perf_counter() - began)


def figures() -> Iterator[Figure]:
    """Measure in a database of our own."""
    with database() as (server, _):
        yield costs(server)
        yield from latency(server)
    with database() as (server, _):
        yield draining(server)
