"""The rulebook of membership: what the law of each legal form asks, as data with its article."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from dure.kernel.errors import Malformed, Refused

WHOLE = 10_000  # basis points


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipRules:
    """The rules of one legal form (법인격)."""

    legal_form: str
    version: str
    share_cap_basis_points: int
    share_cap_article: str
    least_founders: int
    founders_article: str
    vote_presence: tuple[int, int]
    vote_assent: tuple[int, int]
    vote_article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bylaws:
    """
    What the members resolved (정관).

    fee_basis_points: the cooperative's fee on the members' work. fair_share_basis_points:
    how much dearer a member looks to the match for each full share of the work it already has.
    trial_basis_points: the part of the steps kept for newcomers. again_basis_points: how much more
    the makers of an earlier order may cost and still come first. region_basis_points: the most of
    an order's steps that go to one region, so that no flood or strike there stops all of it;
    10,000 sets no bound.
    """

    legal_form: str
    fee_basis_points: int
    fair_share_basis_points: int
    trial_basis_points: int
    again_basis_points: int
    region_basis_points: int = 10_000

    def most_in_region(self, steps: int) -> int | None:
        """Give how many of so many steps one region may get, rounded up; None: no bound."""
        if self.region_basis_points >= WHOLE:
            return None
        return max(1, -(-steps * self.region_basis_points // WHOLE))


@cache
def membership_rules(legal_form: str) -> MembershipRules:
    """Give the rules of a legal form; raises Malformed for one that the rulebook does not know."""
    book = tomllib.loads(files(__package__).joinpath("rulebook.toml").read_text("utf-8"))
    if not isinstance(rules := book.get(legal_form), dict):
        raise Malformed("members.unknown_legal_form", legal_form=legal_form)
    return MembershipRules(
        legal_form=legal_form,
        version=book["version"],
        share_cap_basis_points=rules["share_cap"]["basis_points"],
        share_cap_article=rules["share_cap"]["article"],
        least_founders=rules["founders"]["least"],
        founders_article=rules["founders"]["article"],
        vote_presence=tuple(rules["bylaw_vote"]["presence"]),
        vote_assent=tuple(rules["bylaw_vote"]["assent"]),
        vote_article=rules["bylaw_vote"]["article"],
    )


def check_shares(rules: MembershipRules, shares: Mapping[int, int]) -> None:
    """
    Ensure that no member holds more than its cap of all shares.

    The cap is meant once the founders are together: until then the first
    subscriber alone would hold everything. Checked at every change, also when
    others leave. Keys are member numbers.

    Raises Refused naming the member, its share and the article.
    """
    total = sum(shares.values())
    if len(shares) < rules.least_founders or total == 0:
        return
    for member, held in sorted(shares.items()):
        if held * 10_000 > total * rules.share_cap_basis_points:
            raise Refused(
                "members.share_cap",
                member=member,
                percent=held * 100 // total,
                cap=rules.share_cap_basis_points // 100,
                article=rules.share_cap_article,
            )
