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
from dure.prove.engine.bundle import Key, Proven
from dure.prove.engine.keys import cosigned_at
from dure.prove.engine.policy import Policy, Witnessed
from dure.prove.engine.shard import log_of

Said = tuple[str, str]  # Korean, English
PROVEN: Said = ("증명되었습니다", "Proven")
HELD: Mapping[str, Said] = {
    "device": ("조합원의 기기가 서명", "signed by the member's own device"),
    "custodian": ("조합 서버가 대신 서명", "signed for the member by the cooperative's server"),
    "unknown": ("누가 서명했는지는 증명되지 않음", "who signed is not proven"),
}
_LAST = 253_402_300_799  # the end of the year 9999: a lying witness may sign any time


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenFact:
    """One proven fact, in plain values for a page or JSON; key is what is proven of its key."""

    log: str
    index: int
    time: str
    held: str
    values: Mapping[str, Any]
    key: Key | None = None

    def as_json(self) -> dict[str, Any]:
        """Give the fact as plain JSON values."""
        return {
            "log": self.log,
            "index": self.index,
            "time": self.time,
            "held": self.held,
            "key": self.key and _key_as_json(self.key),
            "fields": dict(self.values),
        }

    def lines(self) -> Iterator[str]:
        """Give the fact as lines of text: place, time, who signed, and a line for each field."""
        shard = visible(self.log.rpartition("/")[2])
        yield f"{shard} #{self.index}  {self.time}  ({' · '.join(HELD[self._signed_by])})"
        for path, value in sorted(self.values.items()):
            yield f"    {visible(path)} = {visible(json.dumps(value, ensure_ascii=False))}"

    @property
    def _signed_by(self) -> str:
        """An entry alone may say 'device' of any key; of the custodian it says the less."""
        return self.held if self.key or self.held == "custodian" else "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """One log (a year's shard) of a verdict: its largest checkpoint, and how much is under it."""

    origin: str
    size: int
    records: int
    witnesses: tuple[str, ...]
    cosigned: str | None

    def as_json(self) -> dict[str, Any]:
        """Give it as plain JSON values."""
        return {
            "origin": self.origin,
            "size": self.size,
            "records": self.records,
            "witnesses": list(self.witnesses),
            "cosigned": self.cosigned,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was proven, under which checkpoints, oldest shard first, and what was not."""

    logs: tuple[Log, ...]
    facts: tuple[ProvenFact, ...]
    proven: tuple[Said, ...]
    not_proven: tuple[Said, ...]

    @property
    def last(self) -> Log:
        """Give the latest of the logs."""
        return self.logs[-1]

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
            "logs": [log.as_json() for log in self.logs],
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
    logs = _logs(proven)
    return Verdict(
        logs=logs,
        facts=tuple(_fact(item) for item in proven),
        proven=_proven(proven, logs, len(policy.witnesses)),
        not_proven=_not_proven(proven, logs),
    )


def _logs(proven: Sequence[Proven]) -> tuple[Log, ...]:
    found: dict[str, list[Witnessed]] = {}
    for item in proven:
        found.setdefault(item.final.checkpoint.origin, []).append(item.final)
    return tuple(_log(finals) for _, finals in sorted(found.items()))


def _log(finals: Sequence[Witnessed]) -> Log:
    last = max(finals, key=lambda final: final.checkpoint.size)
    times = [cosigned_at(signature) for signature in last.witnesses.values()]
    return Log(
        origin=last.checkpoint.origin,
        size=last.checkpoint.size,
        records=len(finals),
        witnesses=tuple(sorted(last.witnesses)),
        cosigned=rfc3339(datetime.fromtimestamp(min(max(times), _LAST), UTC)) if times else None,
    )


def _fact(item: Proven) -> ProvenFact:
    return ProvenFact(
        log=item.final.checkpoint.origin,
        index=item.index,
        time=rfc3339(item.entry.time),
        held=item.entry.held,
        values=item.values,
        key=item.key,
    )


def _key_as_json(key: Key) -> dict[str, Any]:
    ended = key.revoked and {"log": key.revoked[0], "index": key.revoked[1]}
    return {"log": key.registered[0], "index": key.registered[1], "revoked": ended}


def _proven(proven: Sequence[Proven], logs: Sequence[Log], known: int) -> tuple[Said, ...]:
    count = len(proven)
    said = [
        (
            f"기록 {count}건의 보이는 항목은 기록된 뒤로 바뀌지 않았습니다.",
            f"The fields shown of {count} record(s) have not changed since they were recorded.",
        ),
        *(_in_the_log(log, known) for log in logs),
    ]
    keys = {(log_of(item.final.checkpoint.origin), item.entry.issuer): item.key for item in proven}
    registered = [key for key in keys.values() if key]
    if registered:
        said.append(
            (
                f"서명한 열쇠 {len(registered)}개는 서명하기 전에 로그에 등록되었습니다.",
                f"{len(registered)} of the keys that signed were registered in the log before they"
                " did.",
            )
        )
    if ended := sum(key.revoked is not None for key in registered):
        said.append(
            (
                f"그 가운데 {ended}개는 나중에 폐기되었고, 보이는 기록은 그 전의 것입니다.",
                f"{ended} of them were revoked later; the records shown came before.",
            )
        )
    if by_device := sum(item.entry.held == "device" and item.key is not None for item in proven):
        said.append(
            (
                f"{by_device}건은 조합원 자신의 기기가 서명했습니다.",
                f"{by_device} record(s) were signed by the member's own device.",
            )
        )
    return tuple(said)


def _in_the_log(log: Log, known: int) -> Said:
    have = len(log.witnesses)
    if not have:
        return (
            f"{log.records}건은 투명성 로그 {log.origin}에 들어 있습니다.",
            f"{log.records} record(s) are in the transparency log {log.origin}.",
        )
    return (
        f"{log.records}건은 투명성 로그 {log.origin}에 들어 있고, 증인 {known}곳 중 {have}곳이"
        f" 그 체크포인트에 공동서명했습니다 ({log.cosigned}).",
        f"{log.records} record(s) are in the transparency log {log.origin}; {have} of {known}"
        f" witnesses cosigned its checkpoint ({log.cosigned}).",
    )


def _not_proven(proven: Sequence[Proven], logs: Sequence[Log]) -> tuple[Said, ...]:
    said = []
    if by_custodian := sum(item.entry.held == "custodian" for item in proven):
        said.append(
            (
                f"조합원이 직접 서명했다는 것: {by_custodian}건은 조합 서버가 조합원을 대신하여"
                " 서명했습니다.",
                f"That the member itself signed: {by_custodian} record(s) were signed for it by the"
                " cooperative's server.",
            )
        )
    if unknown := sum(item.key is None for item in proven):
        said.append(
            (
                f"{unknown}건에 서명한 열쇠를 누가 지니는지: 열쇠의 등록이 묶음에 없습니다.",
                f"Who holds the keys that signed {unknown} record(s): the bundle does not carry"
                " their registration.",
            )
        )
    if any(item.key and item.key.revoked is None for item in proven):
        said.append(
            (
                "열쇠가 그 전에 폐기되지 않았다는 것: 묶음에 없는 폐기는 로그 전체를 보는 감사가"
                " 찾습니다.",
                "That no key had been revoked before: a revocation that the bundle leaves out is"
                " found by an audit of the whole log.",
            )
        )
    if not all(log.witnesses for log in logs):
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
