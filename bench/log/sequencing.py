"""From facts in PostgreSQL to the log: how many a second, how soon, and what a fact costs."""

from collections.abc import Iterator
from datetime import date
from time import perf_counter
from typing import Any

import psycopg

from bench import Figure
from bench.log.cast import NOON
from dure.kernel.actor import THE_COOPERATIVE
from dure.kernel.entry import FIRST, Entry, entry_hash, public_key, sign
from dure.prove.engine.keys import SignatureType, SigningKey, signing_key
from dure.prove.engine.policy import Policy
from dure.stack.home import dure_home
from dure.stack.ids import new_id

FACTS, FIRMS = 40_960, 16


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


def figures() -> Iterator[Figure]:
    """Measure in a database of our own."""
    from bench import database

    with database() as (server, _):
        yield draining(server)
