"""The members as the match sees them: what counts for all of a member's capabilities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dure.match.engine.shelf import Column, Mask, Skill


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """
    What counts for all of a member's capabilities, by its place in the table.

    permits: for each kind of licence and certificate, the last day on which each member
    holds it, 0 where it does not. refused: who does not work for a buyer.
    """

    place: Mapping[int, int]
    number: Column
    share_bp: Column
    is_new: Mask
    consents: Mask
    permits: Mapping[tuple[str, str], Column]
    refused: Mapping[str, frozenset[int]]


def members_of(skills: Sequence[Skill]) -> Members:
    """Gather what counts for a member as a whole out of all of its skills."""
    by_number: dict[int, list[Skill]] = {}
    for skill in skills:
        by_number.setdefault(skill.member, []).append(skill)
    table = no_members()
    for number in sorted(by_number):
        table.add(number, by_number[number])
    return table.members()


def with_member(members: Members, number: int, skills: Sequence[Skill]) -> Members:
    """Give the table of members with one of them as its skills say."""
    table = no_members(members)
    table.add(number, skills)
    return table.members()


class _Table:
    """The table of members while it is written."""

    def __init__(self, members: Members | None) -> None:
        self.before = members
        self.rows: dict[int, Sequence[Skill]] = {}

    def add(self, number: int, skills: Sequence[Skill]) -> None:
        self.rows[number] = skills

    def members(self) -> Members:
        place = dict(self.before.place) if self.before else {}
        for number in self.rows:
            place.setdefault(number, len(place))
        numbers = np.fromiter(place, dtype=np.int64, count=len(place))
        share, is_new, consents = (
            np.zeros(len(place), dtype=np.int64),
            np.zeros(len(place), dtype=np.bool_),
            np.ones(len(place), dtype=np.bool_),
        )
        permits: dict[tuple[str, str], Column] = {}
        refused: dict[str, set[int]] = {}
        if old := self.before:
            count = len(old.number)
            share[:count], is_new[:count], consents[:count] = (
                old.share_bp,
                old.is_new,
                old.consents,
            )
            for key, days in old.permits.items():
                permits[key] = np.append(days, np.zeros(len(place) - count, dtype=np.int32))
            refused = {buyer: set(who) for buyer, who in old.refused.items()}
        for number, skills in self.rows.items():
            at = place[number]
            share[at] = max((skill.share_bp for skill in skills), default=0)
            is_new[at] = any(skill.is_new for skill in skills)
            consents[at] = all(skill.consents for skill in skills)
            for held_until in permits.values():
                held_until[at] = 0
            for who in refused.values():
                who.discard(at)
            for skill in skills:
                for buyer in skill.refuses:
                    refused.setdefault(buyer, set()).add(at)
                for sort, held in (
                    ("licence", skill.licences),
                    ("certificate", skill.certificates),
                ):
                    for kind, until in held.items():
                        column = permits.setdefault(
                            (sort, kind), np.zeros(len(place), dtype=np.int32)
                        )
                        column[at] = max(int(column[at]), until)
        return Members(
            place=place,
            number=numbers,
            share_bp=share,
            is_new=is_new,
            consents=consents,
            permits=permits,
            refused={buyer: frozenset(who) for buyer, who in refused.items()},
        )


def no_members(members: Members | None = None) -> _Table:
    """Give a table to write members into, on top of those that stand already."""
    return _Table(members)
