"""Members' gateways: the keys that were made on their own machines, registered and revoked."""

from uuid import UUID

from django.conf import settings
from django.db import transaction

from dure.journal.services import tell
from dure.kernel.errors import Malformed, NotFound
from dure.kernel.fact import Fact
from dure.kernel.ids import FirmId
from dure.kernel.time import Instant
from dure.make import models
from dure.make.engine import facts
from dure.make.engine.batch import check_proof
from dure.make.history.keys import write_keys
from dure.make.public import group_of
from dure.make.services.jobs import acting_firm
from dure.members import public as members

KEY_BYTES = 32


@transaction.atomic
def register_key(*, public_key: str, proof: str, name: str, at: Instant) -> models.GatewayKey:
    """
    Register the public key of one's own gateway; registering it again changes nothing.

    public_key and proof are hexadecimal; proof signs the member's group, so nobody registers
    a key without its private half. Raises Malformed, Unproven.
    """
    firm = acting_firm()
    try:
        key, signature = bytes.fromhex(public_key), bytes.fromhex(proof)
    except ValueError as odd:
        raise Malformed("make.odd_key") from odd
    if len(key) != KEY_BYTES:
        raise Malformed("make.odd_key")
    check_proof(group_of(members.firm(firm).number), key, signature)
    known = models.GatewayKey.objects.filter(firm_id=firm, public_key=public_key.lower()).first()
    if known is not None and known.is_active:
        return known
    row = known or models.GatewayKey(name=name)
    tell(
        row,
        facts.GATEWAY_KEY_REGISTERED,
        at=at,
        payload={"name": name},
        firm_id=firm,
        public_key=public_key.lower(),
        is_active=True,
    )
    return row


@transaction.atomic
def revoke_key(key_id: UUID, *, at: Instant) -> models.GatewayKey:
    """Take a gateway's key back: what it signs from now on counts as unsigned."""
    row = models.GatewayKey.objects.filter(id=key_id, firm_id=acting_firm()).first()
    if row is None:
        raise NotFound("make.no_gateway_key")
    if row.is_active:
        tell(row, facts.GATEWAY_KEY_REVOKED, at=at, is_active=False)
    return row


def tell_ingest(fact: Fact, at: Instant) -> None:
    """
    Write the active keys of all members where ingest reads them.

    Follows GatewayKeyRegistered and GatewayKeyRevoked.
    """
    groups = {firm.id: group_of(firm.number) for firm in members.firms()}
    keys: dict[str, list[bytes]] = {}
    for row in models.GatewayKey.objects.filter(is_active=True).order_by("id"):
        keys.setdefault(groups[FirmId(row.firm_id)], []).append(bytes.fromhex(row.public_key))
    write_keys(settings.HOME.history, keys)
