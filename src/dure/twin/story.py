"""
One order, all the way round: 500 G-Valley coffee sets for Hanbit Café.

    tell(Scene(people=..., audience=..., summary=..., folder=..., found=..., verify=...))

Everything happens through the HTTP API and MQTT, by whoever would do it: the office, the
buyer, members, suppliers, foremen, machines. Business time passes when the story lets it;
wall time is spent waiting only for GET /status to say that nothing is pending. A POST is
tried again until it is answered, so a killed process costs a second and changes nothing.
"""

from collections.abc import Callable

from dure.twin import closing, moving, ordering, shopfloor
from dure.twin.scene import Scene

STAGES: tuple[tuple[str, Callable[[Scene], None]], ...] = (
    ("found", ordering.found),
    ("sense", ordering.sense),
    ("match", ordering.match),
    ("plan", ordering.plan),
    ("buy", ordering.buy),
    ("make", shopfloor.make),
    ("move", moving.deliver),
    ("prove", closing.prove),
    ("settle", closing.settle),
)


def tell(scene: Scene) -> None:
    """Tell the whole story, stage by stage."""
    for name, stage in STAGES:
        scene.audience.stage(name)
        with scene.summary.timed(name):
            stage(scene)
    scene.summary.sign_ins = closing.sign_ins(scene)
