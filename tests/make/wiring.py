"""The reactions of Make alone: the job orders of these tests stand in no plan."""

from dure.project import wiring

REACTIONS = {
    kind: mine
    for kind, reactions in wiring.REACTIONS.items()
    if (mine := tuple(each for each in reactions if each.startswith("dure.make.")))
}
