"""Django, for the verbs that need it: set up when a verb runs, not when it is listed."""

import os


def set_up_django() -> None:
    """Load settings and rooms; the database's address must stand in the environment by now."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dure.project.settings")
    import django

    django.setup()
