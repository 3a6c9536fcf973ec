"""What `dure up` does between starting the database and opening the doors."""

from dure.cli.django import set_up_django

HIDDEN = True


def prepare(*, embedded: bool = True) -> None:
    """Migrate an embedded database, or check one's own; and lay out the portal's static files."""
    from django.core.management import call_command

    from dure.cli.migrate import bring_up_to_date

    if embedded:
        bring_up_to_date()
    else:
        set_up_django()
        from dure.stack.schema import check_up_to_date

        check_up_to_date()
    call_command("collectstatic", interactive=False, verbosity=0)
