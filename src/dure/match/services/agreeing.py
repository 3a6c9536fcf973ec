"""The agreement of a cluster: made when all have accepted, made anew when a step changes hands."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from dure.journal.public import facts_of, next_number
from dure.journal.services import tell
from dure.kernel.canonical import plain
from dure.kernel.fact import Fact, FactKind
from dure.kernel.ids import FactId
from dure.kernel.time import Instant
from dure.match import models
from dure.match.engine.agreement import rules
from dure.match.engine.cluster import OfferState
from dure.match.engine.facts import AGREEMENT_SIGNED, SHARE_AGREED, STEP_ACCEPTED
from dure.members import public as members
from dure.sense import public as sense


def sign_agreement(fact: Fact, at: Instant) -> None:
    """
    Make the agreement of a cluster that has formed; follows ClusterFormed.

    A member has signed with its acceptance, which the agreement names; the co-op signs the whole.
    """
    _sign(models.Cluster.objects.get(id=fact.aggregate_id), at)


def sign_anew(fact: Fact, at: Instant) -> None:
    """
    Make an agreement anew for whoever has the steps now; follows StepTakenOver.

    Its fact supersedes that of the agreement before, which stays to be read; so do the shares'.
    """
    _sign(models.Cluster.objects.get(id=UUID(str(fact.payload["cluster"]))), at)


def _sign(cluster: models.Cluster, at: Instant) -> None:
    accepted = models.Assignment.objects.filter(
        cluster_id=cluster.id, state=OfferState.ACCEPTED, is_beside=False
    )
    steps = list(accepted.order_by("position", "id"))
    known = models.Agreement.objects.filter(cluster_id=cluster.id).first()
    number = known.number if known else next_number("agreement")
    row = known or models.Agreement(request_id=cluster.request_id)
    row.body, row.signed_at = _body(cluster, steps), at
    parties = sorted({step.firm_id for step in steps})
    tell(
        row,
        AGREEMENT_SIGNED,
        at=at,
        parties=parties,
        supersedes=_latest(row.id, AGREEMENT_SIGNED) if known else None,
        payload={**row.body, "cluster": cluster.id, "request": cluster.request_id},
        number=number,
        cluster_id=cluster.id,
        party_ids=parties,
    )
    _share(row, steps, at)


def _body(cluster: models.Cluster, steps: Sequence[models.Assignment]) -> dict[str, object]:
    asked, coop, bylaws = sense.request(cluster.request_id), members.cooperative(), members.bylaws()
    body: dict[str, object] = plain(
        {
            "brand": {
                "name": coop.name,
                "name_en": coop.name_en or coop.name,
                "product": asked.product_name,
                "product_en": asked.product_name_en or asked.product_name,
            },
            "bylaws": {"fee_basis_points": bylaws.fee_basis_points},
            "roles": [_role(step) for step in steps],
            "rules": [reason.as_json() for reason in rules(bylaws.fee_basis_points)],
        }
    )
    return body


def _role(step: models.Assignment) -> Mapping[str, object]:
    said = [fact for fact in facts_of(step.id) if fact.kind == STEP_ACCEPTED.name]
    return {
        "acceptance": said[-1].id,
        "due": step.due,
        "firm": step.firm_id,
        "good": step.good,
        "name": step.name,
        "name_en": step.name_en,
        "quantity": step.quantity,
        "step": step.step,
        "unit": step.unit,
    }


def _latest(aggregate: UUID, kind: FactKind) -> FactId | None:
    told = [fact.id for fact in facts_of(aggregate) if fact.kind == kind.name]
    return told[-1] if told else None


def _share(row: models.Agreement, steps: Sequence[models.Assignment], at: Instant) -> None:
    """Tell each party, and nobody else, what it gets; who has no step any more gets nothing."""
    known = {share.firm_id: share for share in row.shares.all()}
    for firm in sorted({*known, *(step.firm_id for step in steps)}):
        own = [step for step in steps if step.firm_id == firm]
        share = known.get(firm) or models.AgreedShare(agreement=row)
        tell(
            share,
            SHARE_AGREED,
            at=at,
            parties=[firm],
            supersedes=_latest(share.id, SHARE_AGREED) if firm in known else None,
            payload={"agreement": row.id, "steps": [step.step for step in own]},
            firm_id=firm,
            won=sum(step.price_won for step in own),
        )
