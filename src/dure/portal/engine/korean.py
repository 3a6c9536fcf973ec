"""
Korean as people write it: particles, dates, units, money; and the same in English.

Nothing here knows Django or a request: the language is an argument, "ko" or "en".
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from dure.kernel.quantity import Quantity
from dure.kernel.time import SEOUL, seoul_date

LANGUAGES = ("ko", "en")

_WEEKDAYS = "월화수목금토일"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UNITS_KO = {
    "record": "건",
    "place": "곳",
    "ea": "개",
    "set": "세트",
    "sheet": "장",
    "box": "상자",
    "min": "분",
}
_UNITS_EN = {
    "place": ("place", "places"),
    "record": ("record", "records"),
    "ea": ("pc", "pcs"),
    "set": ("set", "sets"),
    "sheet": ("sheet", "sheets"),
}
_UNITS_BOTH = {"m2": "m²", "l": "L", "kwh": "kWh", "min": "min"}

# A digit is read aloud: 0 영, 1 일, 3 삼, 6 육, 7 칠, 8 팔 close with a consonant; 1, 7, 8 with ㄹ.
_CLOSED_DIGITS = "013678"
_RIEUL_DIGITS = "178"
_PARTICLES = {
    "은(는)": ("은", "는"),
    "이(가)": ("이", "가"),
    "을(를)": ("을", "를"),
    "과(와)": ("과", "와"),
    "(으)로": ("으로", "로"),
    "(이)": ("이", ""),
}
_PARTICLE = re.compile(r"(\w|[)\]%²])?(은\(는\)|이\(가\)|을\(를\)|과\(와\)|\(으\)로|\(이\))")
_FIELD = re.compile(r"\{(\w+)(?::([^{}]+))?\}")


def fill(text: str, parameters: Mapping[str, Any], language: str) -> str:
    """
    Put parameters into text and settle the particles that follow them.

    `{price:won}`, `{due:day}`, `{at:moment}`, `{count:n}` (1,234), `{amount:qty}`,
    `{minutes:span}` (19시간 22분) and
    `{n:order|orders}` (count and noun) say how a value is shown; `{name}` shows it as it
    is. `{name}을(를)` becomes 을 or 를 by the sound before it. A name without a parameter
    stays as written, so that a missing value is seen and never breaks a page.
    """
    filled = _FIELD.sub(lambda field: _shown(field, parameters, language), text)
    return particles(filled) if language == "ko" else filled


def particles(text: str) -> str:
    """Choose each written-both-ways particle, such as 을(를), by the last sound before it."""
    return _PARTICLE.sub(_particle, text)


def won(amount: int, language: str) -> str:
    """Write money: 1,234,000원, ₩1,234,000; a negative amount with a real minus sign."""
    sign = "−" if amount < 0 else ""
    return f"{sign}{abs(amount):,}원" if language == "ko" else f"{sign}₩{abs(amount):,}"


def day(value: date | datetime | str, language: str) -> str:
    """Write a date: 2026년 12월 3일(목), Thu 3 Dec 2026. An instant gives its date in Seoul."""
    when = _as_date(value)
    if language == "ko":
        return f"{when.year}년 {when.month}월 {when.day}일({_WEEKDAYS[when.weekday()]})"
    return f"{_DAYS[when.weekday()]} {when.day} {_MONTHS[when.month - 1]} {when.year}"


def weekdays(numbers: Sequence[int], language: str) -> str:
    """Name days of the week, Monday being 0: 월–금, Mon–Fri; 월·수, Mon, Wed."""
    names = [_WEEKDAYS[n] if language == "ko" else _DAYS[n] for n in numbers]
    is_run = len(numbers) > 2 and list(numbers) == list(range(numbers[0], numbers[-1] + 1))
    return f"{names[0]}–{names[-1]}" if is_run else ("·" if language == "ko" else ", ").join(names)


def moment(value: datetime | str, language: str) -> str:
    """Write an instant in Korean time: 2026년 12월 3일(목) 14:05, Thu 3 Dec 2026, 14:05 KST."""
    instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    there = instant.astimezone(SEOUL)
    if language == "ko":
        return f"{day(there.date(), 'ko')} {there:%H:%M}"
    return f"{day(there.date(), 'en')}, {there:%H:%M} KST"


def span(minutes: int, language: str) -> str:
    """Write a length of time: 40분, 19시간 22분, 3일 4시간; 40 min, 19 h 22 min, 3 d 4 h."""
    days, hours, left = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, "일", " d"), (hours, "시간", " h"), (left, "분", " min")]
    told = [f"{n}{ko if language == 'ko' else en}" for n, ko, en in parts if n][:2]
    return " ".join(told) or ("0분" if language == "ko" else "0 min")


def qty(value: Quantity | Decimal | int | str, unit: str, language: str) -> str:
    """Write a quantity with its unit: 508개, 12.5 kg, 508 pcs."""
    if isinstance(value, Quantity):
        return qty(value.amount, value.unit, language)
    amount = Decimal(value)
    number = f"{amount.normalize():,f}"
    if language == "ko" and unit in _UNITS_KO:
        return f"{number}{_UNITS_KO[unit]}"
    if unit in _UNITS_EN:
        return f"{number} {_UNITS_EN[unit][abs(amount) != 1]}"
    if unit == "box":
        return f"{number} {'box' if abs(amount) == 1 else 'boxes'}"
    return f"{number} {_UNITS_BOTH.get(unit, unit)}".rstrip()


def _shown(field: re.Match[str], parameters: Mapping[str, Any], language: str) -> str:
    name, how = field.groups()
    if name not in parameters:
        return field.group()
    value = parameters[name]
    if how is None:
        return str(value)
    if "|" in how:
        one, many = how.split("|", 1)
        return f"{int(value):,} {one if abs(int(value)) == 1 else many}"
    return _WAYS[how](value, language) if how in _WAYS else str(value)


_WAYS: dict[str, Callable[[Any, str], str]] = {
    "won": lambda value, language: won(int(value), language),
    "day": day,
    "moment": moment,
    "span": lambda value, language: span(int(value), language),
    "n": lambda value, _: f"{int(value):,}",
    "qty": lambda value, language: qty(*_amount_and_unit(value), language),
}


def _amount_and_unit(value: Quantity | str | int) -> tuple[Quantity | str | int, str]:
    """Read "12.5 kg", the form in which a Reason carries a quantity."""
    if isinstance(value, str) and " " in value:
        amount, unit = value.split(" ", 1)
        return amount, unit
    return value, ""


def _particle(found: re.Match[str]) -> str:
    before, written = found.groups(default="")
    closed, opened = _PARTICLES[written]
    if not before:
        return written
    is_rieul_before_ro = written == "(으)로" and _ends_in_rieul(before)
    return before + (closed if _is_closed(before) and not is_rieul_before_ro else opened)


def _is_closed(letter: str) -> bool:
    """Say whether the sound of letter ends in a consonant (받침)."""
    if "가" <= letter <= "힣":
        return (ord(letter) - ord("가")) % 28 != 0
    return letter in _CLOSED_DIGITS or letter.lower() in "lmnr"


def _ends_in_rieul(letter: str) -> bool:
    if "가" <= letter <= "힣":
        return (ord(letter) - ord("가")) % 28 == 8
    return letter in _RIEUL_DIGITS or letter.lower() in "lr"


def _as_date(value: date | datetime | str) -> date:
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    return seoul_date(value) if isinstance(value, datetime) else value
