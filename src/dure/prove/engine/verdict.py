"""
Verdicts: what a bundle proves and what it does not, in words that a buyer understands.

Korean first. The words promise no more than the checks before them: that nothing was
changed since, not that it was true when it was written.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dure.kernel.canonical import rfc3339
from dure.prove.engine.bundle import Proven
from dure.prove.engine.keys import cosigned_at
from dure.prove.engine.policy import Policy

Said = tuple[str, str]  # Korean, English
PROVEN: Said = ("증명되었습니다", "Proven")
HELD: Mapping[str, Said] = {
    "device": ("조합원의 기기가 서명", "signed by the member's own device"),
    "custodian": ("조합 서버가 대신 서명", "signed for the member by the cooperative's server"),
}
_LAST = 253_402_300_799  # the end of the year 9999: a lying witness may sign any time


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenFact:
    """One proven fact, in plain values for a page or JSON."""

    index: int
    time: str
    held: str
    values: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """Give the fact as plain JSON values."""
        return {
            "index": self.index,
            "time": self.time,
            "held": self.held,
            "fields": dict(self.values),
        }

    def lines(self) -> Iterator[str]:
        """Give the fact as lines of text: place, time, who signed, and a line for each field."""
        yield f"#{self.index}  {self.time}  ({' · '.join(HELD[self.held])})"
        for path, value in sorted(self.values.items()):
            yield f"    {visible(path)} = {visible(json.dumps(value, ensure_ascii=False))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was proven, under which checkpoint, and what was not."""

    origin: str
    size: int
    witnesses: tuple[str, ...]
    cosigned: str | None
    facts: tuple[ProvenFact, ...]
    proven: tuple[Said, ...]
    not_proven: tuple[Said, ...]

    def page(self) -> list[str]:
        """Give the whole verdict as lines of text: the facts, and what they prove and do not."""
        facts = [line for fact in self.facts for line in fact.lines()]
        return [" · ".join(PROVEN), "", *facts, "", *self.lines()]

    def lines(self) -> list[str]:
        """Give what is proven and what is not, as lines of text: Korean, and then English."""
        heads = ("증명된 것", "증명되지 않은 것"), ("What is proven", "What is not proven")
        lines = []
        for language, (proven, not_proven) in enumerate(heads):
            lines += [f"{proven}:", *(f"  ✓ {said[language]}" for said in self.proven)]
            lines += [f"{not_proven}:", *(f"  – {said[language]}" for said in self.not_proven), ""]
        return lines[:-1]

    def as_json(self) -> dict[str, Any]:
        """Give the verdict as plain JSON values."""
        return {
            "origin": self.origin,
            "size": self.size,
            "witnesses": list(self.witnesses),
            "cosigned": self.cosigned,
            "facts": [fact.as_json() for fact in self.facts],
            "proven": [{"ko": ko, "en": en} for ko, en in self.proven],
            "not_proven": [{"ko": ko, "en": en} for ko, en in self.not_proven],
        }


def visible(text: str) -> str:
    """Spell out letters that would move a cursor or turn the line: somebody else wrote them."""
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in text)


def verdict(proven: Sequence[Proven], policy: Policy) -> Verdict:
    """Say in words what the checked facts of a bundle prove under a policy."""
    assert proven, "a bundle has a fact"
    last = max((item.final for item in proven), key=lambda final: final.checkpoint.size)
    times = [cosigned_at(signature) for signature in last.witnesses.values()]
    cosigned = rfc3339(datetime.fromtimestamp(min(max(times), _LAST), UTC)) if times else None
    return Verdict(
        origin=last.checkpoint.origin,
        size=last.checkpoint.size,
        witnesses=tuple(sorted(last.witnesses)),
        cosigned=cosigned,
        facts=tuple(_fact(item) for item in proven),
        proven=_proven(proven, last.checkpoint.origin, len(times), len(policy.witnesses), cosigned),
        not_proven=_not_proven(proven, len(times)),
    )


def _fact(item: Proven) -> ProvenFact:
    return ProvenFact(
        index=item.index,
        time=rfc3339(item.entry.time),
        held=item.entry.held,
        values=item.values,
    )


def _proven(
    proven: Sequence[Proven], origin: str, have: int, known: int, cosigned: str | None
) -> tuple[Said, ...]:
    count = len(proven)
    by_device = sum(item.entry.held == "device" for item in proven)
    said = [
        (
            f"기록 {count}건의 보이는 항목은 기록된 뒤로 바뀌지 않았습니다.",
            f"The fields shown of {count} record(s) have not changed since they were recorded.",
        ),
        (
            f"모두 투명성 로그 {origin}에 들어 있습니다.",
            f"All of them are in the transparency log {origin}.",
        ),
    ]
    if have:
        said.append(
            (
                f"증인 {known}곳 중 {have}곳이 체크포인트에 공동서명했습니다 ({cosigned}).",
                f"{have} of {known} witnesses cosigned the log's checkpoint ({cosigned}).",
            )
        )
    if by_device:
        said.append(
            (
                f"{by_device}건은 조합원 자신의 기기가 서명했습니다.",
                f"{by_device} record(s) were signed by the member's own device.",
            )
        )
    return tuple(said)


def _not_proven(proven: Sequence[Proven], have: int) -> tuple[Said, ...]:
    by_custodian = sum(item.entry.held == "custodian" for item in proven)
    said = []
    if by_custodian:
        said.append(
            (
                f"조합원이 직접 서명했다는 것: {by_custodian}건은 조합 서버가 조합원을 대신하여"
                " 서명했습니다.",
                f"That the member itself signed: {by_custodian} record(s) were signed for it by the"
                " cooperative's server.",
            )
        )
    if not have:
        said.append(
            (
                "로그가 모두에게 같은 역사를 보인다는 것: 공동서명한 증인이 없습니다.",
                "That the log shows everybody the same history: no witness cosigned.",
            )
        )
    return (*said, *_NEVER_PROVEN)


_NEVER_PROVEN = (
    (
        "적힌 내용이 처음부터 사실이었다는 것. 기록은 뒤에 바뀐 것만 드러냅니다.",
        "That what was written was true. The log shows later changes, not false input.",
    ),
    (
        "이것이 가장 최근의 기록이거나 전부라는 것. 뒤에 정정이 있을 수 있습니다.",
        "That this is the latest, or all there is. A correction may have followed.",
    ),
)
