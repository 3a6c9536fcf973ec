"""The loop: its eight stages, where their pages stand, and who has a part in which."""

from dataclasses import dataclass

from dure.kernel.actor import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage of the loop: a room, its words and the door to its pages."""

    room: str
    path: str
    ko: str
    en: str


LOOP = (
    Stage(room="sense", path="/needs/", ko="수요", en="Needs"),
    Stage(room="match", path="/clusters/", ko="클러스터", en="Clusters"),
    Stage(room="plan", path="/plan/", ko="계획", en="Plan"),
    Stage(room="buy", path="/buying/", ko="공동구매", en="Buying"),
    Stage(room="make", path="/making/", ko="생산", en="Making"),
    Stage(room="move", path="/moving/", ko="이동", en="Moving"),
    Stage(room="prove", path="/proof/", ko="증명", en="Proof"),
    Stage(room="settle", path="/money/", ko="정산", en="Money"),
)
ROLES = {
    Role.OFFICE: ("사무국", "Office"),
    Role.OWNER: ("대표", "Owner"),
    Role.BOOKKEEPER: ("경리", "Bookkeeper"),
    Role.FOREMAN: ("반장", "Foreman"),
    Role.BUYER: ("구매 담당", "Buyer"),
    Role.SUPPLIER: ("공급사", "Supplier"),
    Role.AUDITOR: ("감사", "Auditor"),
    Role.DOOR: ("", ""),
    Role.SYSTEM: ("두레", "Dure"),
}
_EVERY = frozenset(stage.room for stage in LOOP)
_PARTS = {
    Role.OFFICE: _EVERY,
    Role.OWNER: _EVERY,
    Role.BOOKKEEPER: frozenset({"plan", "buy", "move", "prove", "settle"}),
    Role.BUYER: frozenset({"sense", "match", "plan", "move", "prove", "settle"}),
    Role.SUPPLIER: frozenset({"buy"}),
    Role.AUDITOR: frozenset({"prove", "settle"}),
}


def stages_of(role: Role) -> tuple[Stage, ...]:
    """Give the stages that a role has a part in, in the order of the loop."""
    return tuple(stage for stage in LOOP if stage.room in _PARTS.get(role, frozenset()))


def members_page(role: Role) -> Stage | None:
    """Give where a role finds the members, or its own firm."""
    if role is Role.OFFICE:
        return Stage(room="members", path="/members/", ko="조합원", en="Members")
    if role in (Role.OWNER, Role.BOOKKEEPER):
        return Stage(room="members", path="/members/", ko="우리 업체", en="Our firm")
    return None


def places(now: str) -> list[tuple[Stage, str]]:
    """
    Give every stage with "done", "now" or "ahead", for an order that stands at stage now.

    "closed" as the stage means that the order has been all the way round.
    """
    rooms = [stage.room for stage in LOOP]
    at = rooms.index(now) if now != "closed" else len(rooms)
    return [(stage, _state(index, at)) for index, stage in enumerate(LOOP)]


def _state(index: int, at: int) -> str:
    return "done" if index < at else "now" if index == at else "ahead"
