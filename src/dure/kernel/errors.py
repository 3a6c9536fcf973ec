"""
The six ways in which Dure says no.

    DureError
    ├── Refused          a rule forbids it; the member can act        409
    ├── Malformed        the input cannot be understood                400
    ├── NotFound         it is not there, or not yours to see          404
    ├── Unproven         a proof or signature does not hold            422
    ├── Unauthenticated  we do not know who asks                       401
    └── Unavailable      a part that we need does not answer           503

Each carries a Reason, so that the portal can say in Korean and English what is
wrong and what to do next. They are raised anywhere and caught only at a door.
"""

from dure.kernel.reason import Parameter, Reason


class DureError(Exception):
    """Something was not done. The reason says why; nothing was half done."""

    def __init__(self, code: str, /, **parameters: Parameter) -> None:
        self.reason = Reason(code, parameters)
        super().__init__(str(self.reason))

    def __reduce__(self) -> tuple[object, ...]:
        """Cross from one process to another with the reason whole."""
        return _said_again, (type(self), self.reason.code, dict(self.reason.parameters))


class Refused(DureError):
    """A rule forbids it; the one who asked can act on the reason."""


class Malformed(DureError):
    """The input cannot be understood."""


class NotFound(DureError):
    """It is not there, or the one who asks may not see it: the two look alike."""


class Unproven(DureError):
    """A proof, hash or signature does not hold."""


class Unauthenticated(DureError):
    """We do not know who asks."""


class Unavailable(DureError):
    """A part that we need does not answer, or has no room left."""


def _said_again(kind: type[DureError], code: str, parameters: dict[str, Parameter]) -> DureError:
    return kind(code, **parameters)
