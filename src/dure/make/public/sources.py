"""What is asked of sources: keys of gateways, gaps, troubles, and what nobody could read."""

import re
from collections.abc import Mapping, Sequence
from hmac import compare_digest
from typing import Any
from uuid import UUID

from django.conf import settings

from dure.kernel.actor import Actor, Role
from dure.kernel.ids import FirmId
from dure.kernel.reason import Reason
from dure.kernel.time import Instant
from dure.make import bridge, models
from dure.make.engine.health import THE_HOUSE, Gap, Trouble, read_troubles
from dure.make.engine.shop import SourceHealth
from dure.make.engine.topic import group_of
from dure.make.history import queries
from dure.make.history.health import read_health
from dure.members import public as members

HOUR_SECONDS = 3_600
_CODE = re.compile(r"F(\d{3,9})(?:-[A-Z2-7]{4}){3}")


def gateway_code(firm: UUID, at: Instant) -> str:
    """Give the code by which a firm's gateway may join now, and for an hour at least."""
    return bridge.gateway_code(group_of(members.firm(firm).number), _hour(at))


def gateway_with(code: str, at: Instant) -> Actor | None:
    """Give whom the code of a gateway that joins stands for; None for a stray or an old one."""
    read = _CODE.fullmatch(code)
    firm = members.member_numbers().get(int(read[1])) if read else None
    if firm is None:
        return None
    group = code.partition("-")[0]
    known = [bridge.gateway_code(group, _hour(at) - before) for before in (0, 1)]
    if not any(compare_digest(code, each) for each in known):
        return None
    return Actor(firm=FirmId(firm), role=Role.OWNER)


def _hour(at: Instant) -> int:
    return int(at.timestamp()) // HOUR_SECONDS


def gateway_keys(firm: UUID) -> tuple[models.GatewayKey, ...]:
    """Give the keys of a firm's gateways, those in use first."""
    rows = models.GatewayKey.objects.filter(firm_id=firm)
    return tuple(rows.order_by("-is_active", "-id"))


def quarantined(firm: UUID) -> list[queries.QuarantineRow]:
    """Give a firm's last messages that nobody could read, newest first."""
    return queries.quarantined(settings.HOME.history, group_of(members.firm(firm).number))


def gaps(
    firm: UUID, *, edge: str | None = None, lo_ms: int = 0, hi_ms: int = 2**53, limit: int = 200
) -> tuple[Gap, ...]:
    """Give what never came from a firm's machines between two times, the latest first."""
    rows = models.Gap.objects.filter(firm_id=firm, hi_ms__gte=lo_ms, lo_ms__lte=hi_ms)
    if edge is not None:
        rows = rows.filter(edge__in=(edge, ""))
    return tuple(bridge.read_gap(row) for row in rows.order_by("-hi_ms", "-line")[:limit])


def source_health(firm: UUID) -> tuple[SourceHealth, ...]:
    """Give how a firm's sources are, by edge node: online, last heard, troubles counted."""
    health = read_health(settings.HOME.history, group_of(members.firm(firm).number))
    nodes = health.get("nodes", {})
    troubles = list(read_troubles(health.get("troubles", ())))
    places = sorted({*nodes, *(trouble.edge for trouble in troubles)})
    return tuple(_source(edge, nodes.get(edge, {}), troubles) for edge in places)


def _source(edge: str, node: Mapping[str, Any], troubles: Sequence[Trouble]) -> SourceHealth:
    return SourceHealth(
        edge=edge,
        is_online=bool(node.get("is_online")),
        heard_ms=node.get("heard") or None,
        devices=node.get("devices", {}),
        troubles=tuple(trouble for trouble in troubles if trouble.edge == edge),
    )


def house_troubles() -> tuple[Trouble, ...]:
    """Give what went wrong in the house itself, the broker or the disk; for the office."""
    return tuple(read_troubles(read_health(settings.HOME.history, THE_HOUSE).get("troubles", ())))


def full_disk() -> Reason | None:
    """Say that the house's disk is full, as long as it is: nothing can be written down then."""
    home = settings.HOME
    return None if home.has_room() else Reason("make.disk_full", {"path": str(home.path)})
