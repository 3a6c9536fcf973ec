"""From gathered messages to one commit: understood, sealed per member, and chained to what was."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import pyarrow as pa

from dure.kernel.reason import Reason
from dure.make.consumers.batches import Admitted, Batches, signed_tables
from dure.make.consumers.recent import Recent
from dure.make.engine.chapter import standing_after
from dure.make.engine.health import Trouble
from dure.make.engine.host import Gap, Host, births_as_json, recall_births
from dure.make.engine.manifest import Line, Range, SegmentEntry
from dure.make.engine.told import NO_ROOM
from dure.make.engine.topic import EdgeKey
from dure.make.history.health import Health
from dure.make.history.inbox import Entry
from dure.make.history.keys import Keys
from dure.make.history.latest import Latest
from dure.make.history.manifest import Manifest, read_committed
from dure.make.history.segments import seal
from dure.make.wire.messages import Message, Messages, Quarantined
from dure.make.wire.readings import Reading, Understood
from dure.make.wire.tables import quarantine_table, sorted_readings, troubles_told

READINGS = "readings"
QUARANTINE = "quarantine"
SIGNED = "signed"


@dataclass(slots=True)
class Capture:
    """What ingest keeps in memory between two commits, and how it makes the next one."""

    manifest: Manifest
    reading: Reading
    latest: Latest
    health: Health
    batches: Batches
    recent: Recent
    _is_shown: bool = False

    @classmethod
    def recalled(cls, manifest: Manifest, host: Host) -> Self:
        """Go on from the last commit: births and seqs as they were told until then."""
        known = standing_after(manifest.lines)
        if known.births:
            body = read_committed(manifest.folder, known.births["file"], known.births["sha256"])
            recall_births(host, json.loads(body))
        for place, (seq, ms) in known.heard.items():
            node = EdgeKey(*place.split("/", 1))
            if node in host.edges:
                host.edges[node].next_seq, host.edges[node].heard_ms = seq, ms
        return cls(
            manifest,
            Reading(host),
            Latest(manifest.folder),
            Health(manifest.folder, known.troubles),
            Batches(Keys(manifest.folder), known.ends),
            Recent.recalled(manifest.folder, known.ends),
        )

    def commit(
        self,
        messages: Sequence[Message],
        ranges: Mapping[str, Range],
        missing: Sequence[Mapping[str, Any]] = (),
    ) -> Line:
        """
        Commit messages and the ranges that they came from: all of it stands, or none.

        When this returns the broker may forget them.
        """
        fresh, again = self.recent.first_time(Messages.of(messages), ranges)
        self._note_again(again)
        admitted = self.batches.admit(fresh)
        understood = self.reading.read(admitted.messages)
        told = self._told(understood)
        line = Line(
            number=self.manifest.next_number,
            prev=self.manifest.prev,
            sources={**ranges, **admitted.ranges},
            segments=tuple(self._segments(understood, admitted)),
            births=self._births() if understood.has_births else None,
            heard=self._heard(understood),
            gaps=[*(_gap_row(gap) for gap in self.reading.host.take_gaps()), *told],
            missing=[*(self._dated(row) for row in missing), *admitted.missing],
            troubles=[trouble.as_json() for trouble in self._troubles(understood, admitted)],
        )
        self.manifest.commit(line)
        self.batches.settle(admitted)
        groups = self._concerned(understood, line)
        self.latest.take(understood.readings, self.reading.host, line.number, groups)
        self.health.take(line, self.reading.host, groups)
        return line

    def cut_off(self, now_ms: int) -> None:
        """Show everything as stale while we hear nobody; after the next commit it is as it is."""
        self.latest.cut_off(self.reading.host, self.manifest.next_number - 1, now_ms)
        self._is_shown = False

    def _concerned(self, understood: Understood, line: Line) -> set[str]:
        """Give the members of whom something new is known; after a start, all."""
        everybody = () if self._is_shown else self.reading.host.edges
        self._is_shown = True
        return {
            *(node.group for node in understood.nodes),
            *(node.group for node in everybody),
            *(row["group"] for row in line.troubles),
        }

    def _dated(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Say from when on messages are missing: from the last that anybody was heard."""
        heard = (edge.heard_ms for edge in self.reading.host.edges.values() if edge.heard_ms)
        return {**row, "lo_ms": min(max(heard, default=row["hi_ms"]), row["hi_ms"])}

    def _note_again(self, again: Sequence[Message]) -> None:
        for message in again:
            assert message.topic is not None, "only what could be read is known again"
            node = message.topic.node
            tally = self.reading.host.tally
            tally.note(node.group, node.edge, Reason("make.sent_again"), message.stored_ms)

    def _told(self, understood: Understood) -> list[dict[str, Any]]:
        """Count what gateways said went wrong at their sites; gives what found no room there."""
        gaps = []
        for group, table in understood.readings.items():
            for edge, reason, count, at_ms in troubles_told(table):
                self.reading.host.tally.note(group, edge, reason, at_ms, count)
                if reason.code == NO_ROOM:
                    lo, hi = (int(reason.parameters[name]) for name in ("since", "until"))
                    place = {"group": group, "edge": edge, "kind": "queue"}
                    gaps.append(place | {"expected": 1, "got": count, "lo_ms": lo, "hi_ms": hi})
        return gaps

    def _troubles(self, understood: Understood, admitted: Admitted) -> list[Trouble]:
        tally = self.reading.host.tally
        for row in (*understood.quarantined, *admitted.refused):
            topic = row.message.topic
            edge = topic.node.edge if topic else ""
            tally.note(row.message.group, edge, row.reason, row.message.stored_ms)
        return tally.take()

    def take_in(self, entries: Sequence[Entry]) -> Line:
        """Commit entries of the inbox: each becomes history once, under a source of its own."""
        read = [(entry, entry.table()) for entry in entries]
        tables: dict[str, list[pa.Table]] = {}
        for entry, table in read:
            tables.setdefault(entry.group, []).append(table)
        readings = {group: sorted_readings(mine) for group, mine in sorted(tables.items())}
        line = Line(
            number=self.manifest.next_number,
            prev=self.manifest.prev,
            sources={
                entry.source: Range(epoch=entry.path.stem, lo=1, hi=len(table))
                for entry, table in read
            },
            segments=tuple(
                seal(self.manifest, table, group=group, kind=READINGS)
                for group, table in readings.items()
            ),
        )
        self.manifest.commit(line)
        self.batches.ends.update(line.sources)
        self.latest.take(readings, self.reading.host, line.number, set(readings))
        return line

    def _segments(self, understood: Understood, admitted: Admitted) -> list[SegmentEntry]:
        held: dict[str, list[Quarantined]] = {}
        for row in (*understood.quarantined, *admitted.refused):
            held.setdefault(row.message.group, []).append(row)
        return [
            *(
                seal(self.manifest, table, group=group, kind=READINGS)
                for group, table in understood.readings.items()
            ),
            *(
                seal(self.manifest, quarantine_table(rows), group=group, kind=QUARANTINE)
                for group, rows in sorted(held.items())
            ),
            *(
                seal(self.manifest, table, group=group, kind=SIGNED)
                for group, table in sorted(signed_tables(admitted.signed).items())
            ),
        ]

    def _births(self) -> dict[str, str]:
        file = f"births/{self.manifest.next_number}.json"
        body = json.dumps(births_as_json(self.reading.host), ensure_ascii=False).encode()
        return {"file": file, "sha256": self.manifest.store(file, body)}

    def _heard(self, understood: Understood) -> dict[str, tuple[int, int]]:
        nodes = ((node, self.reading.host.edges.get(node)) for node in understood.nodes)
        return {
            f"{node.group}/{node.edge}": (edge.next_seq, edge.heard_ms)
            for node, edge in nodes
            if edge is not None and edge.next_seq is not None
        }


def _gap_row(gap: Gap) -> dict[str, Any]:
    return {
        "group": gap.node.group,
        "edge": gap.node.edge,
        "expected": gap.expected,
        "got": gap.got,
        "lo_ms": gap.heard_ms,
        "hi_ms": gap.since_ms,
    }
