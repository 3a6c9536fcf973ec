"""Between rows of agreements and their values."""

from datetime import date
from typing import Any
from uuid import UUID

from dure.kernel.ids import FirmId
from dure.kernel.money import Won
from dure.match import models
from dure.match.bridge.clusters import read_reason
from dure.match.engine.agreement import Agreement, Brand, Part


def read_agreement(row: models.Agreement) -> Agreement:
    """Give an agreement with the shares that the actor may see, added up."""
    shares = [share.won for share in row.shares.all()]
    return Agreement(
        id=row.id,
        number=row.number,
        cluster=row.cluster_id,
        request=row.request_id,
        signed_at=row.signed_at,
        version=row.version,
        roles=tuple(_role(body) for body in row.body["roles"]),
        rules=tuple(read_reason(body) for body in row.body["rules"]),
        brand=Brand(**row.body["brand"]),
        mine=Won(sum(shares)) if shares else None,
    )


def _role(body: dict[str, Any]) -> Part:
    return Part(
        step=body["step"],
        name=body["name"],
        name_en=body["name_en"],
        firm=FirmId(UUID(body["firm"])),
        quantity=body["quantity"],
        good=body["good"],
        unit=body["unit"],
        due=date.fromisoformat(body["due"]),
        acceptance=UUID(body["acceptance"]),
    )
