"""What the doors (pages, API, command line) ask of the portal: reasons in words."""

from dure.portal.words import say, what_next


def sentence(reason: object, language: str) -> str:
    """Say a reason (a Reason, its JSON value or its JSON text) in "ko" or "en"."""
    return say(reason, language)


def next_step(reason: object, language: str) -> str:
    """Say what the reader can do about it; empty where there is nothing to do."""
    return what_next(reason, language)
