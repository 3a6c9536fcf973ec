"""
Between what is to be told to members and its rows.

A step's verdicts are kept packed, eight bytes each, until its request is closed: the member's
number (4), the place of the code among the row's codes (2), the third (1) and a spare byte.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from uuid import UUID

import numpy as np

from dure.kernel.reason import Reason
from dure.kernel.time import Instant, seoul_date
from dure.match import models
from dure.match.engine.cluster import OfferState
from dure.match.engine.quality import Inspected, expected_failures_bp
from dure.match.engine.why import DECLINED, OTHERWISE, TAKEN, YOURS, Position, Reckoned, Why
from dure.sense import public as sense

PACKED = np.dtype([("member", "<i4"), ("code", "<u2"), ("third", "u1"), ("spare", "u1")])
LEAST_MEMBERS = 5
DAYS_KEPT = 180


def reckoning_row(search: models.Search, reckoned: Reckoned) -> models.Reckoning:
    """Give the row of what is to be said about a step, not stored yet."""
    codes = sorted({verdict.code for verdict in reckoned.verdicts})
    place = {code: at for at, code in enumerate(codes)}
    packed = np.array(
        [(each.member, place[each.code], each.third, 0) for each in reckoned.verdicts],
        dtype=PACKED,
    )
    return models.Reckoning(
        search=search,
        step=reckoned.task,
        told=reckoned.told,
        codes=codes,
        verdicts=packed.tobytes(),
    )


def whys(
    search: models.Search,
    firms: Mapping[int, UUID],
    answers: Mapping[tuple[str, UUID], str],
    on: date,
) -> Iterator[models.Why]:
    """Give what each member is told about each step, not stored yet. answers: by step and firm."""
    for row in search.reckonings.order_by("step"):
        for packed in np.frombuffer(bytes(row.verdicts), dtype=PACKED):
            firm = firms.get(int(packed["member"]))
            if firm is None:
                continue
            code = row.codes[int(packed["code"])]
            yield models.Why(
                firm_id=firm,
                request_id=search.request_id,
                step=row.step,
                code=_as_it_came(code, answers.get((row.step, firm))),
                parameters=row.told,
                third=int(packed["third"]),
                on=on,
            )


def _as_it_came(code: str, answer: str | None) -> str:
    """Say what became of it: who was weighed first may have declined, or stood in another plan."""
    if answer == OfferState.ACCEPTED:
        return YOURS
    if answer in (OfferState.DECLINED, OfferState.EXPIRED):
        return DECLINED
    return OTHERWISE if code == TAKEN else code


def answers_to(request_id: UUID) -> Mapping[tuple[str, UUID], str]:
    """Give what each member answered to the steps of a request, by step and firm."""
    clusters = models.Cluster.objects.filter(request_id=request_id)
    rows = models.Assignment.objects.filter(cluster_id__in=clusters.values("id")).order_by("id")
    return {(sense.step_of(row.step), row.firm_id): row.state for row in rows}


def read_why(row: models.Why) -> Why:
    """Give what a member was told about a step."""
    return Why(step=row.step, reason=Reason(row.code, row.parameters), third=row.third, on=row.on)


def read_position(firm_id: UUID, at: Instant) -> Position:
    """Give how a member stands, from rows that are its own."""
    today = seoul_date(at)
    since = today - timedelta(days=DAYS_KEPT)
    offers = models.Assignment.objects.filter(firm_id=firm_id)
    states = list(offers.values_list("state", flat=True))
    seen = models.QualitySeen.objects.filter(firm_id=firm_id, on__gte=today - timedelta(days=720))
    history = [Inspected(on=row.on, pieces=row.pieces, failed=row.failed) for row in seen]
    share = models.FairShare.objects.filter(firm_id=firm_id).first()
    return Position(
        weighed=models.Why.objects.filter(firm_id=firm_id, on__gte=since).count(),
        offered=len(states),
        accepted=states.count(OfferState.ACCEPTED),
        declined=states.count(OfferState.DECLINED),
        silent=states.count(OfferState.EXPIRED),
        share_percent=share.percent if share else None,
        fails_bp=expected_failures_bp(history, today=today),
        usual_bp=expected_failures_bp([], today=today),
        inspected=sum(each.pieces for each in history),
    )


def write_fair_shares(shares_bp: Mapping[UUID, int], everybody: Iterable[UUID], on: date) -> None:
    """Store each member's part of the work in tens of percent; of fewer than five, of nobody."""
    enough = len(shares_bp) >= LEAST_MEMBERS
    rows = [
        models.FairShare(
            firm_id=firm, percent=tens(shares_bp.get(firm, 0)) if enough else None, on=on
        )
        for firm in everybody
    ]
    models.FairShare.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["firm_id"], update_fields=["percent", "on"]
    )


def tens(basis_points: int) -> int:
    """Give basis points as percent, to the nearest ten."""
    return (basis_points + 500) // 1000 * 10
