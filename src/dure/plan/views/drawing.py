"""Charts of plans in the reader's language, with as much in them as the reader may see."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from django.template import Context, Template
from django.utils.translation import get_language

from dure.journal.public import now
from dure.kernel.actor import Actor, Role
from dure.kernel.reason import Reason
from dure.members import public as members
from dure.plan import public
from dure.plan.engine.gantt import Bar, Spec, Titles, gantt, row_name
from dure.plan.engine.values import JobOrder

STATES = {
    "released": ("지시됨", "released"),
    "started": ("작업 중", "started"),
    "done": ("끝남", "done"),
}
KOREAN = Titles(
    machine="설비",
    order="수주",
    step="공정",
    quantity="수량",
    starts="시작",
    ends="끝",
    state="상태",
    setup="준비 교체",
    late="늦는 까닭",
    now="지금",
    frozen="확정 구간",
    minutes="{n}분",
    description="설비마다 언제 무슨 일을 하는지",
)
ENGLISH = Titles(
    machine="Machine",
    order="Order",
    step="Step",
    quantity="Quantity",
    starts="Starts",
    ends="Ends",
    state="State",
    setup="Set-up",
    late="Why late",
    now="now",
    frozen="frozen zone",
    minutes="{n} min",
    description="What each machine does when",
)


def is_english() -> bool:
    """Say whether the page is read in English."""
    return (get_language() or "ko").startswith("en")


def in_words(reasons: Sequence[Reason], most: int = 2) -> str:
    """Say the first reasons in the reader's language, as the pages do."""
    page = Template("{% for reason in reasons %}{{ reason|words }} {% endfor %}")
    return str(page.render(Context({"reasons": reasons[:most]}, autoescape=False))).strip()


def machine_names() -> dict[UUID, str]:
    """Give the codes of the machines one may see; a lane is called by its process."""
    place = int(is_english())
    lanes = {
        each.capability: (
            members.process_code(each.process).ko,
            members.process_code(each.process).en,
        )[place]
        for each in public.free_time()
    }
    return {**lanes, **{machine.id: machine.code for machine in members.equipment()}}


def with_firms(machines: Iterable[UUID]) -> list[tuple[UUID, str, str]]:
    """Give machines, the names of their firms and their own, by firm number: codes recur."""
    names = machine_names()
    owners = {each.id: each.firm for each in members.equipment()}
    owners |= {each.capability: each.firm for each in public.free_time()}
    firms = members.firms_by_id(owners.values())
    language = "en" if is_english() else "ko"
    known = sorted(machines, key=lambda each: (firms[owners[each]].number, names[each]))
    return [(each, firms[owners[each]].called(language), names[each]) for each in known]


def chart_of(
    actor: Actor,
    job_orders: Sequence[JobOrder],
    late: Mapping[UUID, str],
    *,
    by_order: bool = False,
    rows: Sequence[str] = (),
) -> Spec:
    """
    Draw what machines do: the office sees all firms, a member its own.

    late: why, by order. by_order: rows are the orders and their steps instead of machines.
    rows: all that are drawn, in their order, where some machines have nothing to do.
    """
    machines, setups = machine_names(), _setups(job_orders)
    firms = members.firms_by_id({each.firm for each in job_orders})
    place, language = int(is_english()), "en" if is_english() else "ko"

    def bar(each: JobOrder) -> Bar:
        order = f"Order {each.order_number}" if place else f"수주 {each.order_number}호"
        step = each.name_en if place and each.name_en else each.name
        firm = firms[each.firm].called(language) if actor.role is Role.OFFICE else ""
        return Bar(
            firm=firm,
            machine=machines.get(each.equipment, ""),
            order=order,
            row=f"{order} · {step}" if by_order else "",
            step=step,
            quantity=f"{each.quantity:,} {each.unit}",
            starts=each.starts,
            ends=each.ends,
            state=STATES[each.state][place],
            is_done=each.state == "done",
            setup=setups.get(each.id, 0),
            late="" if each.state == "done" else late.get(each.order, ""),
            key=str(each.id) if each.state == "released" else "",
            lane=str(each.equipment),
        )

    at = now()
    return gantt(
        [bar(each) for each in _in_rows(job_orders, firms, by_order=by_order)],
        ENGLISH if place else KOREAN,
        at,
        frozen_until=at + timedelta(hours=public.frozen_hours()),
        rows=rows,
    )


def lanes_for(job_orders: Sequence[JobOrder]) -> dict[str, UUID]:
    """Give the machines that job orders stand on or could, by the names of their rows."""
    wanted = {(each.firm, each.family.split("/")[0]) for each in job_orders}
    found = {each.equipment for each in job_orders}
    for each in _abilities(job_orders):
        if (each.firm, each.process) in wanted:
            found.update(each.equipment if isinstance(each, members.Capability) else ())
    known = with_firms(found & machine_names().keys())
    return {row_name(firm, machine): lane for lane, firm, machine in known}


def _in_rows(
    job_orders: Sequence[JobOrder], firms: Mapping[UUID, members.Firm], *, by_order: bool
) -> list[JobOrder]:
    if by_order:
        return sorted(job_orders, key=lambda each: (each.order_number, each.place))
    machines = machine_names()
    return sorted(
        job_orders,
        key=lambda each: (
            firms[each.firm].number,
            machines.get(each.equipment, ""),
            each.starts,
            each.number,
        ),
    )


def _setups(job_orders: Sequence[JobOrder]) -> dict[UUID, int]:
    """Say for how long the machine is set up before each: not where it went on with the same."""
    minutes = {(each.firm, each.process): each.setup_minutes for each in _abilities(job_orders)}
    before: dict[UUID, str] = {}
    found = {}
    for each in sorted(job_orders, key=lambda each: (each.starts, each.number)):
        if before.get(each.equipment) != each.family:
            found[each.id] = minutes.get((each.firm, each.family.split("/")[0]), 0)
        before[each.equipment] = each.family
    return found


def _abilities(job_orders: Sequence[JobOrder]) -> Iterable[public.FreeTime | members.Capability]:
    """Give what is known of set-ups: of members that keep to themselves only what they say."""
    published = public.free_time()
    apart = {each.firm for each in published}
    yield from published
    for firm in dict.fromkeys(each.firm for each in job_orders):
        if firm not in apart:
            yield from members.capabilities(firm_id=firm)
