"""Lying witnesses: fewer than 2q - n never make two final histories, and 2q - n can."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dure.kernel import merkle
from dure.prove.engine.checkpoint import Checkpoint
from dure.prove.engine.keys import SignatureType, signing_key
from dure.prove.engine.note import make_signature, read_signatures, sign_note, with_signatures
from dure.prove.engine.policy import Group, Policy, witnessed
from dure.prove.engine.witness import Request, decide

ORIGIN, SHARED, LARGEST = "dure.example/log", 3, 9
LOG = signing_key(ORIGIN, SignatureType.ED25519, bytes(32))
KEYS = [
    signing_key(f"w.example/{n}", SignatureType.COSIGNATURE, bytes([n + 1]) * 32) for n in range(7)
]
BRANCHES = [
    [merkle.leaf_hash(b"shared" if n < SHARED else word) for n in range(LARGEST)]
    for word in (b"one", b"other")
]


def checkpoint(branch, size):
    root = merkle.root(BRANCHES[branch][:size])
    return sign_note(Checkpoint(origin=ORIGIN, size=size, root=root).text(), LOG)


def growth(branch, old, size):
    levels = merkle.nodes(BRANCHES[branch][:size])
    return tuple(merkle.consistency_proof(old, size, lambda k, i: levels[k][i]))


@dataclass
class World:
    """Witnesses of which the first few lie, and the cosignatures that each checkpoint got."""

    count: int
    quorum: int
    liars: int
    last: dict = field(default_factory=dict)
    notes: dict = field(default_factory=dict)

    def ask(self, who, branch, size):
        note = checkpoint(branch, size)
        if who < self.liars:
            lines = (make_signature(note.text, KEYS[who], time=1),)
        else:
            lines = self._honest(who, branch, size, note)
        before = self.notes.get((branch, size), note)
        self.notes[branch, size] = with_signatures(before, lines)

    def _honest(self, who, branch, size, note):
        known = self.last.get(who)
        old = known.checkpoint.size if known else 0
        proof = growth(branch, old, size) if old <= size else ()
        answer = decide(
            bytes(Request(old=old, proof=proof, note=note)),
            logs={ORIGIN: [LOG.verifier]},
            last={ORIGIN: known} if known else {},
            keys=[KEYS[who]],
            now=1,
        )
        if answer.cosigned:
            self.last[who] = answer.cosigned
            return read_signatures(answer.body)
        return ()

    def final_branches(self):
        """Give the branches that have a final checkpoint past what they share."""
        names = {f"w{n}": key.verifier for n, key in enumerate(KEYS[: self.count])}
        policy = Policy(
            logs=(LOG.verifier,), witnesses=names,
            groups={"q": Group(self.quorum, tuple(names))}, quorum="q",
        )  # fmt: skip
        return {
            branch
            for (branch, size), note in self.notes.items()
            if size > SHARED and policy.is_met(set(witnessed(note, policy).witnesses))
        }


@st.composite
def schedules(draw):
    count = draw(st.integers(1, 7))
    quorum = draw(st.integers(count // 2 + 1, count))
    liars = draw(st.integers(0, min(count, 2 * quorum - count - 1)))
    one = st.tuples(st.integers(0, count - 1), st.integers(0, 1), st.integers(1, LARGEST))
    return count, quorum, liars, draw(st.lists(one, min_size=count, max_size=40))


def never_two_histories(schedule):
    count, quorum, liars, events = schedule
    world = World(count, quorum, liars)
    for event in events:
        world.ask(*event)

    assert len(world.final_branches()) < 2


@given(schedules())
@settings(max_examples=60)
def test_fewer_than_2q_less_n_liars_never_make_two_final_histories(schedule):
    never_two_histories(schedule)


@pytest.mark.torture
@given(schedules())
@settings(max_examples=10_000)
def test_ten_thousand_schedules_never_make_two_final_histories(schedule):
    never_two_histories(schedule)


@pytest.mark.parametrize(("count", "quorum"), [(3, 2), (4, 3), (7, 5)])
def test_2q_less_n_liars_can_so_the_bound_is_the_true_one(count, quorum):
    liars = 2 * quorum - count
    world = World(count, quorum, liars)
    honest = range(liars, count)
    for who in range(liars):
        world.ask(who, 0, LARGEST)
        world.ask(who, 1, LARGEST)
    for number, who in enumerate(honest):
        world.ask(who, number % 2, LARGEST)

    assert {0, 1} == world.final_branches()
