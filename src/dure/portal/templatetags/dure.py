"""
What every template may use: two languages, figures, reasons, charts. Settings make it a builtin.

    {% t "수주 {n}건" "{n:order|orders}" n=3 %}     3 orders
    {{ row.price|won }}   {{ order.due|day }}   {{ fact.at|moment }}   {{ lot.count|qty:"ea" }}
    {{ reason|words }}    {{ reason|next_words }}
    {% chart spec %}      {% chart_svg spec %}
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

import segno
from django import template
from django.template.context import Context
from django.utils.html import conditional_escape, format_html, json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from dure.kernel.actor import Actor, Role
from dure.kernel.quantity import Quantity
from dure.portal import words as catalogue
from dure.portal.engine import charts, korean, loop

register = template.Library()


def language() -> str:
    """Give the language of this request: "ko" unless English was chosen."""
    return "en" if (get_language() or "ko").startswith("en") else "ko"


@register.simple_tag
def t(ko: str, en: str, **values: object) -> SafeString:
    """Show one of two sentences, with values put in (each escaped)."""
    text = en if language() == "en" else ko
    # The sentence is the template author's own; conditional_escape guards each value.
    safe = {name: _escaped(value) for name, value in values.items()}
    return mark_safe(korean.fill(text, safe, language()))  # noqa: S308


@register.filter
def won(amount: int | None) -> str:
    """Show money."""
    return "" if amount is None else korean.won(int(amount), language())


@register.filter
def day(value: date | datetime | str | None) -> str:
    """Show a date as Seoul's calendars do."""
    return korean.day(value, language()) if value else ""


@register.filter
def moment(value: datetime | str | None) -> str:
    """Show an instant in Korean time."""
    return korean.moment(value, language()) if value else ""


@register.filter
def percent(basis_points: int | None) -> str:
    """Show basis points as percent: 250 is 2.5%."""
    if basis_points is None:
        return ""
    whole, part = divmod(abs(basis_points), 100)
    sign = "−" if basis_points < 0 else ""
    return f"{sign}{whole}.{part:02}".rstrip("0").rstrip(".") + "%"


@register.filter
def weekday_names(numbers: Sequence[int]) -> str:
    """Name days of the week, Monday being 0."""
    return korean.weekdays(numbers, language()) if numbers else ""


@register.filter
def qty(value: Quantity | Decimal | int | str | None, unit: str = "") -> str:
    """Show a quantity with its unit."""
    return "" if value is None else korean.qty(value, unit, language())


@register.filter
def words(reason: object) -> str:
    """Say a reason in the reader's language."""
    return catalogue.say(reason, language()) if reason else ""


@register.filter
def next_words(reason: object) -> str:
    """Say what the reader can do about a reason."""
    return catalogue.what_next(reason, language()) if reason else ""


@register.filter
def either(names: Any) -> str:
    """Choose from an object or mapping with `name` and `name_en`, the name in this language."""
    ko, en = _named(names)
    return (en or ko) if language() == "en" else (ko or en)


@register.filter
def of(things: Mapping[Any, object], key: object) -> object:
    """Give what stands under a key, or nothing: `{{ firms|of:line.member_number|either }}`."""
    return things.get(key)


@register.filter
def role_name(role: Role) -> str:
    """Name a role."""
    return loop.ROLES[role][language() == "en"]


@register.inclusion_tag("portal/_chart.html")
def chart(spec: Mapping[str, Any]) -> dict[str, object]:
    """Draw a Vega-Lite dict in the page, its table one tap away."""
    head, rows = charts.table(spec)
    whole = json_script(charts.themed(spec, language()))
    return {"spec": whole, "head": head, "rows": rows, "alt": spec.get("description", "")}


@register.simple_tag
def chart_svg(spec: Mapping[str, Any], width: int = 720) -> SafeString:
    """Draw a Vega-Lite dict on the server: for print, passports and e-mail."""
    return mark_safe(charts.svg(spec, width, language()))  # noqa: S308 - our own renderer's output


@register.inclusion_tag("portal/_loop.html", takes_context=True)
def loop_nav(context: Context) -> dict[str, object]:
    """Show the loop as navigation: the stages that the present role has a part in."""
    request = context.get("request")
    actor: Actor | None = getattr(request, "actor", None)
    path = getattr(request, "path", "")
    stages = loop.stages_of(actor.role) if actor else ()
    return {"stages": [(stage, path.startswith(stage.path)) for stage in stages]}


@register.inclusion_tag("portal/_place.html")
def place(stage: str, note: str = "") -> dict[str, object]:
    """Show an order's place in the loop: `{% place "make" %}`; stages by the room's name."""
    return {"steps": loop.places(stage), "note": note}


@register.inclusion_tag("portal/_place.html")
def place_of(order_id: UUID, note: str = "") -> dict[str, object]:
    """Show an order's place in the loop, as far as it has come: `{% place_of order.id %}`."""
    from dure.portal.bridge import stage_of_order  # rows, which tags of plain pages need not know

    return {"steps": loop.places(stage_of_order(order_id)), "note": note}


@register.inclusion_tag("portal/_place.html")
def place_of_request(request_id: UUID, note: str = "") -> dict[str, object]:
    """Show how far a request has come: `{% place_of_request request.id %}`."""
    from dure.portal.bridge import stage_of_request

    return {"steps": loop.places(stage_of_request(request_id)), "note": note}


@register.simple_tag
def passport_before(request_id: UUID) -> dict[str, object] | None:
    """Give the passport of what a request goes on from: `{% passport_before id as found %}`."""
    from dure.portal.bridge import passport_before

    found = passport_before(request_id)
    return {"number": found[0], "path": found[1]} if found else None


@register.inclusion_tag("portal/_field.html")
def field(bound: Any, ko: str, en: str, hint_ko: str = "", hint_en: str = "") -> dict[str, object]:
    """Show one form field with its label, hint and errors tied to it for every reader."""
    is_english = language() == "en"
    return {
        "field": bound,
        "label": en if is_english else ko,
        "hint": hint_en if is_english else hint_ko,
    }


@register.simple_tag
def qr(text: str, mask: int | None = None) -> SafeString:
    """
    Draw a QR code (ISO 18004, error correction M) as inline SVG.

    With a mask given (0 to 7) it is drawn four times as fast, and read by the same readers: without
    one, all eight are drawn and the one that is best to read from afar is taken (section 7.8.3).
    """
    return mark_safe(_qr(text, mask))  # noqa: S308 - segno writes numbers only; text is escaped


@register.simple_tag(takes_context=True)
def acting_as(context: Context) -> SafeString:
    """Say who acts: the firm's name, which may be cut short, and the role, which may not."""
    request = context["request"]
    firm = either(request.session.get("firm_name") or {})
    return format_html("<b>{}</b><span> · {}</span>", firm, role_name(request.actor.role))


@register.simple_tag(takes_context=True)
def foot_link(context: Context) -> loop.Stage | None:
    """Give the page of the members, or of one's own firm, to whom it is open."""
    actor: Actor | None = getattr(context.get("request"), "actor", None)
    return loop.members_page(actor.role) if actor else None


@register.simple_tag
def checkpoint() -> tuple[str, ...]:
    """Give the log's latest checkpoint, for the foot of what is printed."""
    from dure.prove.public import latest_checkpoint  # rows, which tags of plain pages need not know

    return latest_checkpoint()


@register.simple_tag
def korean_or_english() -> str:
    """Give the language's code for the page's lang attribute."""
    return language()


@lru_cache(maxsize=512)
def _qr(text: str, mask: int | None) -> str:
    return segno.make(text, error="m", micro=False, mask=mask).svg_inline(
        border=2, omitsize=True, svgclass="qr", lineclass=None
    )


def _escaped(value: object) -> object:
    is_shown_raw = isinstance(value, int | Decimal | date | datetime | Quantity)
    return (
        value
        if is_shown_raw
        else conditional_escape(value if isinstance(value, SafeString) else str(value))
    )


def _named(names: Any) -> tuple[str, str]:
    if isinstance(names, Mapping):
        return names.get("name") or "", names.get("name_en") or ""
    return getattr(names, "name", "") or "", getattr(names, "name_en", "") or ""
